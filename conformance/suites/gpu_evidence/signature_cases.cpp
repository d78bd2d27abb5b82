// The signature of a report (DSP0274 1.1: L1/L2, no VCA, no prefix).
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {
namespace signature_topic {

/// Order of the group of P-384 (FIPS 186-4, D.1.2.4).
constexpr std::string_view p384_order =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";

struct Signed {
    ReportFacts facts;
    std::vector<crypto::Certificate> chain;
};
Signed collected(Trial& trial) {
    const gpu::Evidence one = evidence(trial);
    return {facts_of(trial, one), chain_of(trial, one)};
}

Bytes reversed(ByteView bytes) { return {bytes.rbegin(), bytes.rend()}; }

/// What the device did instead, where it is one of the usual mistakes.
std::string diagnose(const Signed& is) {
    const crypto::Certificate& leaf = is.chain.front();
    const ByteView message = is.facts.signed_part();
    const ByteView signature = is.facts.signature();
    if (signed_by(leaf, is.facts.response().first(is.facts.response().size() - 96), signature))
        return "it covers the response alone, without the request";
    if (signed_by(leaf, is.facts.request(), signature)) return "it covers the request alone";
    const Bytes digest = crypto::digest(crypto::Hash::sha384, {message});
    if (signed_by(leaf, digest, signature)) return "the digest was hashed once more";
    Bytes prefix;
    for (int i = 0; i < 4; ++i) append(prefix, as_bytes("dmtf-spdm-v1.2.*"));
    const std::string_view context = "responder-measurements signing";
    prefix.resize(100 - context.size());
    append(prefix, as_bytes(context));
    if (signed_by(leaf, concat({prefix, digest}), signature)) return "it has the prefix of SPDM 1.2";
    if (signed_by(leaf, message, concat({reversed(signature.first(48)), reversed(signature.last(48))})))
        return "r and s are little endian";
    if (signed_by(leaf, message, concat({signature.last(48), signature.first(48)})))
        return "s stands before r";
    for (std::size_t i = 1; i < is.chain.size(); ++i)
        if (signed_by(is.chain[i], message, signature)) return fmt::format("certificate {} signed it", i);
    return "it does not verify, and is none of the usual mistakes";
}

void verifies(Trial& trial) {
    const Signed is = collected(trial);
    const bool held = signed_by(is.chain.front(), is.facts.signed_part(), is.facts.signature());
    trial.expect(held,
                 wrong("signature-invalid",
                       "an ECDSA P-384 signature with SHA-384, by the leaf certificate's key, over request "
                       "and response but for the last 96 bytes",
                       held ? "" : diagnose(is),
                       {in_report("Signature", is.facts.bytes.size() - 96, {}, is.facts.signature())}));
}
void parts_are_in_range(Trial& trial) {
    const Signed is = collected(trial);
    const Bytes order = *from_hex(p384_order);
    for (const std::size_t at : {std::size_t{0}, std::size_t{48}}) {
        const ByteView part = is.facts.signature().subspan(at, 48);
        const bool zero = std::ranges::all_of(part, [](std::uint8_t byte) { return byte == 0; });
        trial.expect(
            !zero && std::ranges::lexicographical_compare(part, order),
            wrong("signature-range", fmt::format("{} is from 1 to the group order - 1", at == 0 ? "r" : "s"),
                  to_hex(part), {in_report("Signature", is.facts.bytes.size() - 96 + at, {}, part)}));
    }
    trial.expect(signed_by(is.chain.front(), is.facts.signed_part(), is.facts.signature()),
                 "signature-invalid", "r and s are of a signature that verifies", "they are not");
}
void is_raw(Trial& trial) {
    const Signed is = collected(trial);
    const bool der = crypto::ecdsa_der_to_raw(crypto::KeyType::p384, is.facts.signature()).has_value();
    trial.expect(!der, "signature-der", "the signature is r and s of 48 bytes each", "it is a DER sequence");
    trial.expect(signed_by(is.chain.front(), is.facts.signed_part(), is.facts.signature()), "signature-form",
                 "the 96 bytes verify as r || s", "they do not");
}
void covers_every_part(Trial& trial) {
    const Signed is = collected(trial);
    const crypto::Certificate& leaf = is.chain.front();
    trial.expect(signed_by(leaf, is.facts.signed_part(), is.facts.signature()), "signature-invalid",
                 "the signature verifies over the report as it is", "it does not");
    const ByteView part = is.facts.signed_part();
    // A byte of each part, then bytes from anywhere.
    std::vector<std::size_t> places{
        0, 2, 4, 35, 36, 37, 41, 42, is.facts.nonce_offset, is.facts.opaque_offset, part.size() - 1};
    for (int i = 0; i < 13; ++i) {
        const Bytes draw = random_bytes(trial, 4);
        places.push_back(load<std::uint32_t>(draw, std::endian::big) % part.size());
    }
    Bytes changed(part.begin(), part.end());
    for (const std::size_t place : places) {
        const std::uint8_t mask = static_cast<std::uint8_t>(1U << (random_bytes(trial, 1)[0] & 7U));
        changed[place] = static_cast<std::uint8_t>(changed[place] ^ mask);
        trial.expect(!signed_by(leaf, changed, is.facts.signature()),
                     wrong("signature-uncovered", "no byte of the report can change under its signature",
                           fmt::format("the byte at offset {} can", place)));
        changed[place] = part[place];
    }
}
void nonces_of_ecdsa_differ(Trial& trial) {
    std::set<Bytes> seen;
    for (int i = 0; i < 8; ++i) {
        const gpu::Evidence one = collect(trial, random_bytes(trial, 32),
                                          i == 0 ? std::optional<std::string_view>{""} : std::nullopt);
        const ReportFacts facts = facts_of(trial, one);
        const auto certificates = chain_of(trial, one);
        trial.expect(signed_by(certificates.front(), facts.signed_part(), facts.signature()),
                     "signature-invalid", "every report is signed", fmt::format("report {} is not", i + 1));
        const ByteView r = facts.signature().first(48);
        trial.expect(seen.emplace(r.begin(), r.end()).second, "ecdsa-nonce-reused",
                     "no two signatures have the same r: two messages under one r give the private key away",
                     fmt::format("report {} has the r of one before it", i + 1));
    }
}
void one_key_signs(Trial& trial) {
    const gpu::Evidence first = collect(trial, random_bytes(trial, 32));
    const gpu::Evidence second = collect(trial, random_bytes(trial, 32), "second");
    const auto one = chain_of(trial, first);
    const auto two = chain_of(trial, second);
    trial.expect(one.front().public_key() == two.front().public_key(), "leaf-key-changed",
                 "the leaf key stays the same between two reports without a reset", "it has changed");
    const ReportFacts facts = facts_of(trial, second);
    trial.expect(signed_by(one.front(), facts.signed_part(), facts.signature()), "signature-other-key",
                 "the second report verifies under the first chain's leaf", "it does not");
}

std::vector<Case> all() {
    return {
        make_case("signature.verifies", "The leaf key signs request and response", {"GPU-SIG-001"}, {},
                  needs_both, verifies),
        make_case("signature.range", "r and s are numbers of the P-384 group", {"GPU-SIG-002"}, {},
                  needs_both, parts_are_in_range),
        make_case("signature.raw", "The signature is r || s, not DER", {"GPU-SIG-003"}, {}, needs_both,
                  is_raw),
        make_case("signature.covers-everything", "No byte before the signature can change", {"GPU-SIG-001"},
                  {}, needs_both, covers_every_part),
        make_case("signature.ecdsa-nonces", "No ECDSA nonce is used for two reports", {"GPU-SIG-004"},
                  {"fresh-nonce"}, needs_both, nonces_of_ecdsa_differ),
        make_case("signature.one-key", "One alias key signs all reports between two resets", {"GPU-SIG-005"},
                  {"fresh-nonce"}, needs_both, one_key_signs),
    };
}

}  // namespace signature_topic

std::vector<Case> signature_cases() { return signature_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
