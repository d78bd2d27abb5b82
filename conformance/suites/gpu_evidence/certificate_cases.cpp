// Each certificate of the chain: algorithms, extensions, what its key may do.
#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/certificate_facts.hpp"
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {
namespace certificate_topic {

constexpr unsigned digital_signature = 0, key_cert_sign = 5;

std::vector<CertificateFacts> facts(Trial& trial) {
    std::vector<CertificateFacts> out;
    for (const auto& certificate : chain(trial)) {
        auto one = read_certificate(certificate.der());
        trial.expect(one.has_value(), "certificate-malformed", "every certificate is DER by RFC 5280",
                     fmt::format("certificate {} is not", out.size()));
        out.push_back(*std::move(one));
    }
    trial.expect(out.size() == 5, "chain-length", "5 certificates", fmt::format("there are {}", out.size()));
    return out;
}

void keys_are_p384(Trial& trial) {
    const auto c = chain(trial);
    for (std::size_t i = 0; i < c.size(); ++i)
        trial.expect(c[i].public_key().type() == crypto::KeyType::p384,
                     wrong("certificate-key", fmt::format("the key of certificate {} is P-384", i),
                           fmt::format("it is {} with {} bits", crypto::name(c[i].public_key().type()),
                                       c[i].public_key().bits())));
}
void curves_are_named(Trial& trial) {
    // AlgorithmIdentifier { id-ecPublicKey, secp384r1 } and an uncompressed point (RFC 5480, 2.1.1, 2.2).
    const Bytes head = *from_hex("3076301006072a8648ce3d020106052b8104002203620004");
    const auto all = facts(trial);
    for (std::size_t i = 0; i < all.size(); ++i)
        trial.expect(
            all[i].spki.size() == 120 && equal(ByteView{all[i].spki}.first(head.size()), head),
            wrong("certificate-curve",
                  fmt::format("certificate {} names the curve secp384r1 and gives an uncompressed point", i),
                  fmt::format("its key is {}", to_hex(all[i].spki).substr(0, 80))));
}
void signed_with_sha384(Trial& trial) {
    const auto all = facts(trial);
    for (std::size_t i = 0; i < all.size(); ++i)
        trial.expect(
            all[i].outer_algorithm == ecdsa_with_sha384 && all[i].inner_algorithm == ecdsa_with_sha384,
            wrong("certificate-algorithm",
                  fmt::format("certificate {} says ecdsa-with-SHA384, inside and outside", i),
                  fmt::format("inside {}, outside {}", all[i].inner_algorithm, all[i].outer_algorithm)));
}
void version_three(Trial& trial) {
    const auto all = facts(trial);
    for (std::size_t i = 0; i < all.size(); ++i)
        trial.expect(all[i].version == 2, "certificate-version", fmt::format("certificate {} is v3", i),
                     fmt::format("its version is {}", all[i].version + 1));
}
void serials_are_positive(Trial& trial) {
    const auto all = facts(trial);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Bytes& serial = all[i].serial;
        const bool zero = serial == Bytes{0};
        trial.expect(
            !serial.empty() && serial.size() <= 20 && serial[0] < 0x80 && !zero,
            wrong("certificate-serial",
                  fmt::format("the serial number of certificate {} is positive and at most 20 octets", i),
                  fmt::format("it is {}", to_hex(serial))));
    }
}
void issuers_are_cas(Trial& trial) {
    const auto all = facts(trial);
    for (std::size_t i = 1; i < all.size(); ++i) {
        const ExtensionFacts* constraints = all[i].extension(basic_constraints_oid);
        trial.expect(all[i].ca() == true, "issuer-not-ca",
                     fmt::format("certificate {} has basicConstraints with cA", i), "it has not");
        trial.expect(constraints != nullptr && constraints->critical, "constraints-not-critical",
                     fmt::format("basicConstraints of certificate {} is critical", i), "it is not");
    }
}
void issuers_may_issue(Trial& trial) {
    const auto all = facts(trial);
    for (std::size_t i = 1; i < all.size(); ++i)
        trial.expect(all[i].key_usage(key_cert_sign) == true, "issuer-key-usage",
                     fmt::format("keyUsage of certificate {} has keyCertSign", i), "it has not");
}
void usages_are_critical(Trial& trial) {
    const auto all = facts(trial);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const ExtensionFacts* usage = all[i].extension(key_usage_oid);
        trial.expect(usage != nullptr && usage->critical, "key-usage-not-critical",
                     fmt::format("certificate {} has a critical keyUsage", i),
                     usage == nullptr ? "it has no keyUsage" : "it is not critical");
    }
}
void leaf_is_no_ca(Trial& trial) {
    const auto all = facts(trial);
    trial.expect(all[0].ca() != true, "leaf-is-ca", "the leaf is no CA", "basicConstraints has cA");
    trial.expect(all[0].key_usage(key_cert_sign) != true, "leaf-may-issue",
                 "keyUsage of the leaf has no keyCertSign", "it has");
}
void leaf_may_sign(Trial& trial) {
    const auto all = facts(trial);
    trial.expect(all[0].key_usage(digital_signature) == true, "leaf-key-usage",
                 "keyUsage of the leaf has digitalSignature", "it has not");
}
void no_extension_twice(Trial& trial) {
    const auto all = facts(trial);
    for (std::size_t i = 0; i < all.size(); ++i)
        for (const ExtensionFacts& extension : all[i].extensions)
            trial.expect(all[i].extension(extension.oid) == &extension, "extension-twice",
                         fmt::format("no extension of certificate {} stands twice", i),
                         fmt::format("{} does", extension.oid));
}
void critical_ones_are_known(Trial& trial) {
    const auto all = facts(trial);
    for (std::size_t i = 0; i < all.size(); ++i)
        for (const ExtensionFacts& extension : all[i].extensions)
            trial.expect(
                !extension.critical || extension.oid == key_usage_oid ||
                    extension.oid == basic_constraints_oid || extension.oid == fwid_device_id_oid ||
                    extension.oid == fwid_tcb_info_oid,
                "extension-unknown-critical",
                fmt::format("every critical extension of certificate {} is one that verifiers know", i),
                fmt::format("{} is critical", extension.oid));
}
void key_identifiers_are_digests(Trial& trial) {
    const auto c = chain(trial);
    for (std::size_t i = 0; i < c.size(); ++i) {
        const auto one = read_certificate(c[i].der());
        const auto identifier = one ? one->subject_key() : std::nullopt;
        const Bytes expected = crypto::digest(crypto::Hash::sha1, {c[i].public_key_bits()});
        trial.expect(identifier && equal(*identifier, expected),
                     wrong("subject-key-identifier",
                           fmt::format("subjectKeyIdentifier of certificate {} is SHA-1 of its key bits, {}",
                                       i, to_hex(expected)),
                           identifier ? to_hex(*identifier) : std::string{"there is none"}));
    }
}

std::vector<Case> all() {
    return {
        make_case("certificate.p384", "Every key of the chain is P-384", {"GPU-CRT-001"}, {}, needs_chain,
                  keys_are_p384),
        make_case("certificate.named-curve", "Every key names its curve and gives its point uncompressed",
                  {"GPU-CRT-002"}, {}, needs_chain, curves_are_named),
        make_case("certificate.algorithm", "Every certificate is signed with ecdsa-with-SHA384",
                  {"GPU-CRT-003"}, {}, needs_chain, signed_with_sha384),
        make_case("certificate.v3", "Every certificate is X.509 version 3", {"GPU-CRT-004"}, {}, needs_chain,
                  version_three),
        make_case("certificate.serial", "Serial numbers are positive and at most 20 octets", {"GPU-CRT-005"},
                  {}, needs_chain, serials_are_positive),
        make_case("certificate.ca", "Every issuer of the chain is a CA", {"GPU-CRT-006"}, {}, needs_chain,
                  issuers_are_cas),
        make_case("certificate.ca-usage", "Every issuer of the chain may sign certificates", {"GPU-CRT-007"},
                  {}, needs_chain, issuers_may_issue),
        make_case("certificate.usage-critical", "Key usage is there and critical in every certificate",
                  {"GPU-CRT-008"}, {}, needs_chain, usages_are_critical),
        make_case("certificate.leaf-no-ca", "The leaf can issue nothing", {"GPU-CRT-009"}, {}, needs_chain,
                  leaf_is_no_ca),
        make_case("certificate.leaf-usage", "The leaf's key may sign reports", {"GPU-CRT-010"}, {},
                  needs_chain, leaf_may_sign),
        make_case("certificate.extensions", "No certificate has an extension twice", {"GPU-CRT-011"}, {},
                  needs_chain, no_extension_twice),
        make_case("certificate.critical",
                  "No certificate has a critical extension that verifiers do not know", {"GPU-CRT-012"}, {},
                  needs_chain, critical_ones_are_known),
        make_case("certificate.key-identifier", "Key identifiers are SHA-1 of the key", {"GPU-CRT-013"}, {},
                  needs_chain, key_identifiers_are_digests),
    };
}

}  // namespace certificate_topic

std::vector<Case> certificate_cases() { return certificate_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
