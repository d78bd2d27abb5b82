// Reference manifests: signed, by a pinned authority, for this device, well-formed.
#include <set>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/certificate_facts.hpp"
#include "conformance/suites/gpu_evidence/manifest_facts.hpp"

namespace assay::conformance::gpu_evidence {
namespace rim_topic {

void can_be_read(Trial& trial) {
    const References all = references(trial);
    trial.expect(!all.manifests.empty(), "manifest-missing", "there is a manifest", "there is none");
}
void signatures_verify(Trial& trial) {
    const References all = references(trial);
    for (const ManifestFacts& one : all.manifests) {
        const Bytes digest = crypto::digest(crypto::Hash::sha384, {one.signature.document});
        trial.expect(equal(digest, one.signature.digest_value),
                     wrong("manifest-digest",
                           fmt::format("{}: DigestValue is the SHA-384 of the canonical document", one.file),
                           fmt::format("the digest is {}, DigestValue {}", to_hex(digest),
                                       to_hex(one.signature.digest_value))));
        trial.expect(
            !one.signature.certificates.empty() &&
                signed_by(one.signature.certificates.front(), one.signature.signed_info,
                          one.signature.signature_value),
            "manifest-signature",
            fmt::format("{}: SignatureValue is r || s by the first certificate over SignedInfo", one.file),
            "it does not verify");
    }
}
void signers_are_trusted(Trial& trial) {
    const References all = references(trial);
    if (all.given.rim_roots.empty())
        trial.not_tested(NotTested::missing_data, "no manifest root is pinned for this target");
    for (const ManifestFacts& one : all.manifests) {
        crypto::ChainRules rules;
        rules.roots = all.given.rim_roots;
        rules.at = all.given.rim_chain_time;
        const auto verdict = crypto::verify_chain(one.signature.certificates, rules);
        trial.expect(static_cast<bool>(verdict),
                     wrong("manifest-untrusted",
                           fmt::format("{}: the signer's chain leads to a pinned root and is valid at {}",
                                       one.file, to_rfc3339(all.given.rim_chain_time)),
                           verdict ? std::string{}
                                   : fmt::format("certificate {}: {}: {}", verdict.error().index,
                                                 crypto::name(verdict.error().kind), verdict.error().what)));
    }
}
void signers_may_sign(Trial& trial) {
    const References all = references(trial);
    for (const ManifestFacts& one : all.manifests) {
        trial.expect(one.signature.certificates.size() == 4, "manifest-chain-length",
                     fmt::format("{}: four certificates, leaf first", one.file),
                     fmt::format("there are {}", one.signature.certificates.size()));
        for (std::size_t i = 0; i < one.signature.certificates.size(); ++i) {
            const crypto::Certificate& certificate = one.signature.certificates[i];
            const auto facts = read_certificate(certificate.der());
            trial.expect(facts && certificate.public_key().type() == crypto::KeyType::p384 &&
                             facts->outer_algorithm == ecdsa_with_sha384,
                         "manifest-chain-algorithm",
                         fmt::format("{}: certificate {} has a P-384 key and ecdsa-with-SHA384", one.file, i),
                         "it has not");
            trial.expect(i == 0 ? facts->ca() != true && facts->key_usage(0) != false : facts->ca() == true,
                         "manifest-chain-usage",
                         fmt::format("{}: the leaf may sign and is no CA, all others are CAs", one.file),
                         fmt::format("certificate {} breaks this", i));
        }
    }
}

void driver_manifest(Trial& trial) {
    const gpu::Evidence one = evidence(trial);
    if (is_switch(one)) trial.not_tested(NotTested::not_supported, "an NVSwitch has no driver manifest");
    const ReportFacts facts = facts_of(trial, one);
    const References all = references(trial);
    const OpaqueFacts* field = facts.field(3);
    trial.expect(field != nullptr, "driver-version-missing", "the report names its driver", "it does not");
    trial.expect(choose(all, facts, false).driver != nullptr,
                 wrong("driver-manifest",
                       fmt::format("there is a manifest of driver {}", opaque_text(*field).value_or("?")),
                       "no manifest has this colloquialVersion"));
}
void vbios_manifest(Trial& trial) {
    const gpu::Evidence one = evidence(trial);
    const ReportFacts facts = facts_of(trial, one);
    const References all = references(trial);
    const OpaqueFacts* field = facts.field(6);
    trial.expect(field != nullptr, "vbios-version-missing", "the report names its VBIOS", "it does not");
    trial.expect(choose(all, facts, is_switch(one)).vbios != nullptr,
                 wrong("vbios-manifest",
                       fmt::format("there is a manifest of VBIOS {}",
                                   vbios_text(*field, is_switch(one)).value_or("?")),
                       "no manifest has this colloquialVersion"));
}
void describes_itself(Trial& trial) {
    const References all = references(trial);
    for (const ManifestFacts& one : all.manifests) {
        trial.expect(one.root == "SoftwareIdentity", "manifest-root",
                     fmt::format("{}: the root element is SoftwareIdentity", one.file), one.root);
        trial.expect(one.metas == 1, "manifest-meta", fmt::format("{}: there is exactly one Meta", one.file),
                     fmt::format("there are {}", one.metas));
        trial.expect(
            !one.version.empty() && !one.edition.empty() && !one.product.empty() && !one.manufacturer.empty(),
            "manifest-meta-member",
            fmt::format("{}: Meta has version, edition, product and manufacturer", one.file),
            fmt::format("version \"{}\", edition \"{}\", product \"{}\", manufacturer \"{}\"", one.version,
                        one.edition, one.product, one.manufacturer));
    }
}
void is_for_this_kind(Trial& trial) {
    const gpu::Evidence device = evidence(trial);
    const References all = references(trial);
    const Chosen chosen = choose(all, facts_of(trial, device), is_switch(device));
    const auto c = chain_of(trial, device);
    const std::string model = c.size() > 1 ? c[1].common_name().value_or("") : "";
    std::size_t judged = 0;
    for (const ManifestFacts* one : {chosen.driver, chosen.vbios}) {
        if (one == nullptr) continue;
        ++judged;
        trial.expect(one->edition == (is_switch(device) ? "SWITCH" : "GPU"), "manifest-edition",
                     fmt::format("{}: edition fits the device kind", one->file), one->edition);
        // "LS10" is "LS_10" in certificates.
        std::string name;
        for (const char ch : model)
            if (ch != '_') name += ch;
        trial.expect(name.starts_with(one->product), "manifest-product",
                     fmt::format("{}: product begins the device's model \"{}\"", one->file, model),
                     one->product);
    }
    trial.expect(judged > 0, "manifest-missing", "a manifest of this device is there", "there is none");
}

void goldens_are_well_formed(Trial& trial) {
    const References all = references(trial);
    for (const ManifestFacts& one : all.manifests) {
        trial.expect(!one.goldens.empty(), "manifest-empty", fmt::format("{}: there is a Resource", one.file),
                     "there is none");
        std::set<unsigned> active;
        for (const GoldenFacts& golden : one.goldens) {
            const std::string where = fmt::format("{}: {}", one.file, golden.name);
            trial.expect(golden.index && *golden.index < 64 && golden.size && golden.alternatives,
                         "golden-members", fmt::format("{} has index below 64, size and alternatives", where),
                         "one is missing or no number");
            trial.expect(golden.active == "True" || golden.active == "False", "golden-active",
                         fmt::format("{}: active is True or False", where), golden.active);
            trial.expect(
                *golden.alternatives >= 1 && golden.hashes.size() == *golden.alternatives,
                "golden-alternatives",
                fmt::format("{} has as many hashes as alternatives says, at least one", where),
                fmt::format("alternatives {}, hashes {}", *golden.alternatives, golden.hashes.size()));
            const auto values = golden.values();
            bool sized = values.has_value();
            for (const Bytes& value : values.value_or(std::vector<Bytes>{}))
                sized = sized && value.size() == *golden.size && value.size() == 48;
            trial.expect(sized, "golden-hash",
                         fmt::format("{}: every hash is 48 bytes in hexadecimal", where), "one is not");
            trial.expect(!golden.is_active() || active.insert(*golden.index).second, "golden-duplicate",
                         fmt::format("{}: no index is active twice", one.file),
                         fmt::format("index {} is", *golden.index));
        }
    }
}
void something_is_active(Trial& trial) {
    const References all = references(trial);
    for (const ManifestFacts& one : all.manifests) {
        std::size_t active = 0;
        for (const GoldenFacts& golden : one.goldens) active += golden.is_active() ? 1 : 0;
        trial.expect(active > 0, "manifest-inactive",
                     fmt::format("{}: at least one golden is active", one.file), "none is");
    }
}

std::vector<Case> all() {
    return {
        make_case("rim.readable", "Reference manifests are XML documents with one enveloped signature",
                  {"GPU-RIM-001"}, {"references"}, nullptr, can_be_read),
        make_case("rim.signature", "Reference manifests are signed by their first certificate",
                  {"GPU-RIM-002"}, {"references"}, nullptr, signatures_verify),
        make_case("rim.trusted", "Signers of reference manifests lead to a pinned root", {"GPU-RIM-003"},
                  {"references"}, nullptr, signers_are_trusted),
        make_case("rim.signer", "Signers of reference manifests have P-384 keys that may sign",
                  {"GPU-RIM-004"}, {"references"}, nullptr, signers_may_sign),
        make_case("rim.driver", "There is a manifest of the driver that the report names", {"GPU-RIM-005"},
                  {"references"}, needs_report, driver_manifest),
        make_case("rim.vbios", "There is a manifest of the VBIOS that the report names", {"GPU-RIM-005"},
                  {"references"}, needs_report, vbios_manifest),
        make_case("rim.meta", "Reference manifests say what they are of", {"GPU-RIM-006"}, {"references"},
                  nullptr, describes_itself),
        make_case("rim.device-kind", "Reference manifests are of the device's kind and product",
                  {"GPU-RIM-007"}, {"references"}, needs_both, is_for_this_kind),
        make_case("rim.goldens", "Golden values are well-formed and unique", {"GPU-RIM-008"}, {"references"},
                  nullptr, goldens_are_well_formed),
        make_case("rim.active", "Every manifest has something to compare", {"GPU-RIM-009"}, {"references"},
                  nullptr, something_is_active),
    };
}

}  // namespace rim_topic

std::vector<Case> rim_cases() { return rim_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
