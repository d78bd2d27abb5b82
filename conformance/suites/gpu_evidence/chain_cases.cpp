// The device's certificate chain as a path: length, names, signatures, the pinned root (RFC 5280, 6.1).
#include <set>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/certificate_facts.hpp"
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {
namespace chain_topic {

void can_be_read(Trial& trial) {
    const gpu::Evidence one = evidence(trial);
    const auto certificates = chain_of(trial, one);
    for (std::size_t i = 0; i < certificates.size(); ++i)
        trial.expect(read_certificate(certificates[i].der()).has_value(), "certificate-malformed",
                     "every certificate is DER by RFC 5280", fmt::format("certificate {} is not", i));
}
void has_five(Trial& trial) {
    const auto certificates = chain(trial);
    trial.expect(certificates.size() == 5,
                 wrong("chain-length", "5 certificates: leaf, device identity, provisioner, product, root",
                       fmt::format("there are {}", certificates.size())));
}
void nothing_else_in_pem(Trial& trial) {
    const gpu::Evidence one = evidence(trial);
    const auto certificates = chain_of(trial, one);
    std::string blocks = one.chain_pem;
    for (const auto& certificate : certificates) {
        const std::string body = to_base64(certificate.der());
        std::string flat;
        for (const char c : blocks)
            if (c != '\n' && c != '\r') flat += c;
        blocks = flat;
        const auto at = blocks.find(body);
        trial.expect(at != std::string::npos, "pem-other-bytes",
                     "each block is the certificate it decodes to", "a block is not");
        blocks.erase(at, body.size());
    }
    for (const std::string_view armour : {"-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"})
        for (auto at = blocks.find(armour); at != std::string::npos; at = blocks.find(armour))
            blocks.erase(at, armour.size());
    trial.expect(blocks.find_first_not_of(" \t\r\n") == std::string::npos, "pem-extra",
                 "the PEM text holds certificates and nothing else",
                 fmt::format("{} more bytes stand between them", blocks.size()));
}
void names_chain(Trial& trial) {
    const auto c = chain(trial);
    for (std::size_t i = 0; i + 1 < c.size(); ++i)
        trial.expect(equal(c[i].issuer_name(), c[i + 1].subject_name()),
                     wrong("chain-names",
                           fmt::format("certificate {} is issued by the subject of certificate {}", i, i + 1),
                           fmt::format("issuer {}, next subject {}", c[i].issuer(), c[i + 1].subject()),
                           {{"chain", fmt::format("[{}].issuer", i), 0, c[i + 1].subject_name(),
                             c[i].issuer_name(), ""}}));
    trial.expect(c.size() > 1, "chain-length", "the leaf has an issuer", "the chain is one certificate");
}
void signatures_chain(Trial& trial) {
    const auto c = chain(trial);
    for (std::size_t i = 0; i < c.size(); ++i) {
        const auto facts = read_certificate(c[i].der());
        const std::size_t by = i + 1 < c.size() ? i + 1 : i;
        trial.expect(facts && c[by].public_key().verify(crypto::SignatureScheme::ecdsa_der,
                                                        crypto::Hash::sha384, facts->tbs, facts->signature),
                     "chain-signature",
                     fmt::format("certificate {} is signed by the key of certificate {}", i, by),
                     "the signature does not verify");
    }
}
void root_is_self_signed(Trial& trial) {
    const auto c = chain(trial);
    trial.expect(equal(c.back().issuer_name(), c.back().subject_name()), "root-not-self-issued",
                 "the last certificate names itself as issuer",
                 fmt::format("it is issued by {}", c.back().issuer()));
    const auto facts = read_certificate(c.back().der());
    trial.expect(facts && c.back().public_key().verify(crypto::SignatureScheme::ecdsa_der,
                                                       crypto::Hash::sha384, facts->tbs, facts->signature),
                 "root-not-self-signed", "the last certificate is signed by its own key", "it is not");
}
void ends_in_pinned_root(Trial& trial) {
    const auto c = chain(trial);
    const GpuReferences references = trial.need(trial.gpu().references(), "pinned device roots");
    if (references.device_roots.empty())
        trial.not_tested(NotTested::missing_data, "no device root is pinned for this target");
    crypto::ChainRules rules;
    rules.roots = references.device_roots;
    rules.at = references.device_chain_time;
    const auto verdict = crypto::verify_chain(c, rules);
    trial.expect(
        static_cast<bool>(verdict),
        wrong("chain-untrusted", "a path from the leaf to a pinned root, valid at the time it is judged",
              verdict ? std::string{}
                      : fmt::format("certificate {}: {}: {}", verdict.error().index,
                                    crypto::name(verdict.error().kind), verdict.error().what)));
    bool last_is_pinned = false;
    for (const auto& root : references.device_roots)
        last_is_pinned = last_is_pinned || root.public_key() == c.back().public_key();
    trial.expect(last_is_pinned, "root-other-key", "the last certificate has the key of a pinned root",
                 "it has another key");
}
void is_valid_now(Trial& trial) {
    const auto c = chain(trial);
    const GpuReferences references = trial.need(trial.gpu().references(), "the time of judging");
    for (std::size_t i = 0; i < c.size(); ++i)
        trial.expect(
            c[i].not_before() <= references.device_chain_time &&
                references.device_chain_time <= c[i].not_after(),
            wrong("certificate-not-valid",
                  fmt::format("certificate {} is valid at {}", i, to_rfc3339(references.device_chain_time)),
                  fmt::format("it is valid from {} to {}", to_rfc3339(c[i].not_before()),
                              to_rfc3339(c[i].not_after()))));
}
void never_expires(Trial& trial) {
    const auto c = chain(trial);
    for (std::size_t i = 0; i < c.size(); ++i)
        trial.expect(
            to_rfc3339(c[i].not_after()) == "9999-12-31T23:59:59Z",
            wrong("certificate-expiry", "notAfter is 99991231235959Z: devices have no end of validity",
                  fmt::format("certificate {} ends at {}", i, to_rfc3339(c[i].not_after()))));
}
void keys_and_serials_differ(Trial& trial) {
    const auto c = chain(trial);
    std::set<Bytes> keys;
    std::set<std::pair<Bytes, Bytes>> serials;
    for (std::size_t i = 0; i < c.size(); ++i) {
        trial.expect(keys.insert(c[i].public_key_bits()).second, "key-reused",
                     "every certificate has a key of its own",
                     fmt::format("certificate {} has the key of one below it", i));
        trial.expect(serials.emplace(c[i].issuer_name(), c[i].serial()).second, "serial-reused",
                     "issuer and serial number are unique",
                     fmt::format("certificate {} has those of one below it", i));
    }
}
void key_identifiers_chain(Trial& trial) {
    const auto c = chain(trial);
    trial.expect(c.size() > 1, "chain-length", "the leaf has an issuer", "the chain is one certificate");
    for (std::size_t i = 0; i + 1 < c.size(); ++i) {
        const auto below = read_certificate(c[i].der());
        const auto above = read_certificate(c[i + 1].der());
        trial.expect(below && above, "certificate-malformed", "both certificates can be read", "one cannot");
        const auto wanted = above->subject_key();
        const auto named = below->authority_key();
        trial.expect(
            wanted && named && equal(*wanted, *named),
            wrong("key-identifier",
                  fmt::format("the authorityKeyIdentifier of certificate {} is the subjectKeyIdentifier "
                              "of certificate {}, {}",
                              i, i + 1, wanted ? to_hex(*wanted) : "which is missing"),
                  named ? to_hex(*named) : std::string{"there is none"}));
    }
}
void stays_the_same(Trial& trial) {
    const gpu::Evidence one = collect(trial, random_bytes(trial, 32));
    const gpu::Evidence two = collect(trial, random_bytes(trial, 32), "second");
    trial.expect(chain_of(trial, one) == chain_of(trial, two), "chain-changed",
                 "two reports between resets come with the same chain", "the chains differ");
}

std::vector<Case> all() {
    return {
        make_case("chain.readable", "Every certificate of the chain can be read", {"GPU-CHN-001"}, {},
                  nullptr, can_be_read),
        make_case("chain.five", "The chain has five certificates", {"GPU-CHN-002"}, {}, nullptr, has_five),
        make_case("chain.pem-clean", "The chain's PEM text holds certificates and nothing else",
                  {"GPU-CHN-003"}, {}, needs_chain, nothing_else_in_pem),
        make_case("chain.names", "Each certificate names the next as its issuer", {"GPU-CHN-004"}, {},
                  needs_chain, names_chain),
        make_case("chain.signatures", "Each certificate is signed by the next", {"GPU-CHN-005"}, {},
                  needs_chain, signatures_chain),
        make_case("chain.root-self-signed", "The chain ends in a self-signed root", {"GPU-CHN-006"}, {},
                  needs_chain, root_is_self_signed),
        make_case("chain.pinned-root", "The chain is a valid path to a pinned root", {"GPU-CHN-007"}, {},
                  needs_chain, ends_in_pinned_root),
        make_case("chain.validity", "Every certificate is valid when it is judged", {"GPU-CHN-008"}, {},
                  needs_chain, is_valid_now),
        make_case("chain.no-expiry", "Device certificates have no end of validity", {"GPU-CHN-009"}, {},
                  needs_chain, never_expires),
        make_case("chain.distinct", "Keys and serial numbers are not used twice", {"GPU-CHN-010"}, {},
                  needs_chain, keys_and_serials_differ),
        make_case("chain.key-identifiers", "Key identifiers lead from each certificate to the next",
                  {"GPU-CHN-011"}, {}, needs_chain, key_identifiers_chain),
        make_case("chain.stable", "The chain does not change between two reports", {"GPU-CHN-012"},
                  {"fresh-nonce"}, needs_chain, stays_the_same),
    };
}

}  // namespace chain_topic

std::vector<Case> chain_cases() { return chain_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
