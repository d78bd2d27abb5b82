// OCSP responses for device and manifest chains (RFC 6960).
#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/manifest_facts.hpp"
#include "sim/crypto/ocsp.hpp"

namespace assay::conformance::gpu_evidence {
namespace ocsp_topic {

/// A certificate that needs a status, its issuer, and the response about it if there is one.
struct Subject {
    std::string what;
    crypto::Certificate certificate, issuer;
    Instant at{};
    std::optional<Bytes> response;
};

Bytes binary(const Bytes& content) {
    if (!content.empty() && content.front() == 0x30) return content;
    return from_base64(as_text(content), true).value_or(content);
}

void add(std::vector<Subject>& out, const GpuReferences& given, const std::string& what,
         const crypto::Certificate& certificate, const crypto::Certificate& issuer, Instant at) {
    Subject subject{what, certificate, issuer, at, std::nullopt};
    for (const GpuReferences::File& file : given.ocsp_responses) {
        Bytes der = binary(file.content);
        if (crypto::ocsp_response_is_for(der, certificate, issuer)) {
            subject.response = std::move(der);
            break;
        }
    }
    out.push_back(std::move(subject));
}

/// The device's certificates between leaf and root: the leaf is made at boot and no responder knows it.
std::vector<Subject> of_device(Trial& trial) {
    const auto c = chain(trial);
    const GpuReferences given = trial.need(trial.gpu().references(), "OCSP responses");
    std::vector<Subject> out;
    for (std::size_t i = 1; i + 1 < c.size(); ++i)
        add(out, given, fmt::format("device certificate {}", i), c[i], c[i + 1], given.device_ocsp_time);
    trial.expect(!out.empty(), "chain-length", "the chain has certificates between leaf and root",
                 "there is none");
    return out;
}
std::vector<Subject> of_manifests(Trial& trial) {
    const References all = references(trial);
    std::vector<Subject> out;
    for (const ManifestFacts& one : all.manifests) {
        const auto& c = one.signature.certificates;
        for (std::size_t i = 0; i + 1 < c.size(); ++i)
            add(out, all.given, fmt::format("{}, certificate {}", one.file, i), c[i], c[i + 1],
                all.given.rim_ocsp_time);
    }
    trial.expect(!out.empty(), "chain-length", "manifests have certificates below their root",
                 "there is none");
    return out;
}

void all_answered(Trial& trial, const std::vector<Subject>& subjects) {
    for (const Subject& subject : subjects)
        trial.expect(subject.response.has_value(), "ocsp-missing",
                     fmt::format("there is an OCSP response for {}", subject.what), "there is none");
}

crypto::OcspAnswer verified(Trial& trial, const Subject& subject, bool with_times) {
    if (!subject.response)
        trial.not_tested(NotTested::dependency, fmt::format("no response for {}", subject.what));
    const auto answer = crypto::verify_ocsp_response(*subject.response, subject.certificate, subject.issuer,
                                                     with_times ? std::optional{subject.at} : std::nullopt);
    trial.expect(
        static_cast<bool>(answer),
        wrong("ocsp-not-verified",
              fmt::format("{}: signed by the issuer or by a responder it delegated{}", subject.what,
                          with_times ? ", valid at " + to_rfc3339(subject.at) : ""),
              answer ? std::string{}
                     : fmt::format("{}: {}", crypto::name(answer.error().kind), answer.error().what)));
    return *answer;
}

void judge_signers(Trial& trial, const std::vector<Subject>& subjects) {
    for (const Subject& subject : subjects) verified(trial, subject, false);
}
void judge_good(Trial& trial, const std::vector<Subject>& subjects) {
    for (const Subject& subject : subjects) {
        const crypto::OcspAnswer answer = verified(trial, subject, false);
        trial.expect(answer.status == crypto::CertStatus::good,
                     wrong("ocsp-not-good", fmt::format("{} is good", subject.what),
                           fmt::format("it is {}, {}", crypto::name(answer.status),
                                       answer.revocation_reason.value_or("without a reason"))));
    }
}
void judge_fresh(Trial& trial, const std::vector<Subject>& subjects) {
    for (const Subject& subject : subjects) {
        const crypto::OcspAnswer answer = verified(trial, subject, true);
        trial.expect(answer.this_update <= subject.at, "ocsp-future",
                     fmt::format("{}: thisUpdate is not after {}", subject.what, to_rfc3339(subject.at)),
                     to_rfc3339(answer.this_update));
        const Instant until = answer.next_update.value_or(answer.this_update + std::chrono::hours{1});
        trial.expect(subject.at <= until, "ocsp-stale",
                     fmt::format("{}: it is still valid at {}", subject.what, to_rfc3339(subject.at)),
                     fmt::format("it ended at {}", to_rfc3339(until)));
        trial.expect(
            !answer.next_update || *answer.next_update - answer.this_update <= std::chrono::hours{24 * 7},
            "ocsp-long-lived", fmt::format("{}: it lives at most seven days", subject.what),
            answer.next_update ? to_rfc3339(*answer.next_update) : "");
    }
}

void device_answered(Trial& trial) { all_answered(trial, of_device(trial)); }
void device_signers(Trial& trial) { judge_signers(trial, of_device(trial)); }
void device_good(Trial& trial) { judge_good(trial, of_device(trial)); }
void device_fresh(Trial& trial) { judge_fresh(trial, of_device(trial)); }
void manifest_answered(Trial& trial) { all_answered(trial, of_manifests(trial)); }
void manifest_signers(Trial& trial) { judge_signers(trial, of_manifests(trial)); }
void manifest_good(Trial& trial) { judge_good(trial, of_manifests(trial)); }
void manifest_fresh(Trial& trial) { judge_fresh(trial, of_manifests(trial)); }

std::vector<Case> all() {
    return {
        make_case("ocsp.device-answered", "There is a status for every device certificate below the root",
                  {"GPU-OCSP-001"}, {"ocsp"}, needs_chain, device_answered),
        make_case("ocsp.device-signer", "Device statuses are signed by an authorised responder",
                  {"GPU-OCSP-002"}, {"ocsp"}, needs_chain, device_signers),
        make_case("ocsp.device-good", "No device certificate is revoked", {"GPU-OCSP-003"}, {"ocsp"},
                  needs_chain, device_good),
        make_case("ocsp.device-fresh", "Device statuses are fresh when they are judged", {"GPU-OCSP-004"},
                  {"ocsp"}, needs_chain, device_fresh),
        make_case("ocsp.manifest-answered", "There is a status for every manifest signer below the root",
                  {"GPU-OCSP-001"}, {"ocsp", "references"}, nullptr, manifest_answered),
        make_case("ocsp.manifest-signer", "Manifest statuses are signed by an authorised responder",
                  {"GPU-OCSP-002"}, {"ocsp", "references"}, nullptr, manifest_signers),
        make_case("ocsp.manifest-good", "No manifest signer is revoked", {"GPU-OCSP-003"},
                  {"ocsp", "references"}, nullptr, manifest_good),
        make_case("ocsp.manifest-fresh", "Manifest statuses are fresh when they are judged", {"GPU-OCSP-004"},
                  {"ocsp", "references"}, nullptr, manifest_fresh),
    };
}

}  // namespace ocsp_topic

std::vector<Case> ocsp_cases() { return ocsp_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
