// Names, policy digests and quotes that a peer has given (libtpms 0.9.2), and the policies of key release.
#include "models/tpm/digests.hpp"

#include <boost/test/unit_test.hpp>

#include "models/tpm/handlers.hpp"
#include "models/tpm/test_tpm.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/key.hpp"

namespace assay::tpm {
namespace {

using nlohmann::json;

/// A vector's assertion as the classes of this folder make it; nothing for one that is not known yet.
std::optional<Bytes> digest_by_policy(const json& v) {
    Policy policy{alg_named(v.at("hashAlg").get<std::string>()), bytes_of(v.at("oldDigest"))};
    const Bytes params = bytes_of(v.at("params"));
    Reader in{params, byte_order};
    switch (Cc{static_cast<std::uint32_t>(std::stoul(v.at("code").get<std::string>(), nullptr, 16))}) {
        case Cc::policy_auth_value:
        case Cc::policy_password: return policy.auth_value().digest();
        case Cc::policy_command_code: {
            PolicyCommandCodeIn one;
            return in.get(one) ? std::optional{policy.command_code(one.code).digest()} : std::nullopt;
        }
        case Cc::policy_or: {
            PolicyOrIn one;
            if (!in.get(one)) return {};
            std::vector<Bytes> digests;
            for (const auto& digest : one.p_hash_list.items) digests.push_back(digest.value);
            return policy.any_of(digests).digest();
        }
        case Cc::policy_pcr: {
            PolicyPcrIn one;
            if (!in.get(one) || one.pcr_digest.value.empty()) return {};  // else: PCR values of the peer
            return policy.pcr(one.pcrs, one.pcr_digest.value).digest();
        }
        case Cc::policy_secret: {
            PolicySecretIn one;
            if (!in.get(one)) return {};
            const bool owner = v.at("command").get<std::string>().find("OWNER") != std::string::npos;
            return policy.secret(name_of(owner ? rh::owner : rh::endorsement), one.policy_ref.value).digest();
        }
        default: return {};
    }
}

BOOST_AUTO_TEST_CASE(policy_digests_are_those_of_a_peer) {
    std::size_t checked = 0;
    const json vectors = shared_json("tpm/derived/policy-digests.json");
    for (const json& v : vectors)
        if (const auto digest = digest_by_policy(v)) {
            BOOST_TEST(to_hex(*digest) == v.at("expected").get<std::string>());
            ++checked;
        }
    std::printf("vectors: policy digests %zu checked of %zu\n", checked, vectors.size());
    if (!vectors.empty()) BOOST_TEST(checked >= 13U);
}

BOOST_AUTO_TEST_CASE(the_pcr_policy_of_key_release_is_the_published_one) {
    const json vectors = shared_json("key-release/pcr-policy.json");
    if (vectors.empty()) return;
    const json& cases = vectors.at("cases");
    std::vector<Bytes> values(16, Bytes(32));
    values[8] = bytes_of(cases.at(0).at("pcr8_after"));
    BOOST_TEST(digest(Alg::sha256, {Bytes(32), bytes_of(cases.at(0).at("initdata_digest"))}) == values[8]);
    for (const json& one : {cases.at(1), cases.at(2)}) {
        const auto selection = decode<PcrReadIn>(bytes_of(one.at("pcr_selection")), byte_order);
        BOOST_REQUIRE(selection);
        std::vector<Bytes> selected;
        for (std::size_t pcr = 0; pcr < 16; ++pcr)
            if (selection->pcr_selection_in.items.at(0).has(pcr)) selected.push_back(values[pcr]);
        const Bytes composite = pcr_composite(Alg::sha256, selected);
        BOOST_TEST(to_hex(composite) == one.at("pcr_digest").get<std::string>());
        BOOST_TEST(to_hex(Policy{Alg::sha256}.pcr(selection->pcr_selection_in, composite).digest()) ==
                   one.at("policy_digest").get<std::string>());
    }
}

BOOST_AUTO_TEST_CASE(endorsement_policies_are_those_of_the_credential_profile) {
    const Bytes policy = templates::endorsement_key(Alg::rsa).auth_policy.value;
    BOOST_TEST(to_hex(policy) == "837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa");
    const auto file = shared_data("vectors/tpm/tpm2-tools/ek-template-default.bin");
    if (!file) {
        std::puts("skipped: shared data vectors/tpm/tpm2-tools/ek-template-default.bin");
        return;
    }
    std::ifstream in{*file, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    BOOST_TEST(to_hex(encode(templates::endorsement_key(Alg::rsa), byte_order)) == to_hex(as_bytes(text)));
}

struct QuoteVector {
    TpmtPublic key;
    Bytes attest;
    TpmtSignature signature;
};
bool is_signed(const QuoteVector& quote) {
    const auto half = public_key_of(quote.key);
    if (!half) return false;
    Bytes raw = quote.signature.rsa.value;
    auto scheme = quote.signature.sig_alg == Alg::rsassa ? crypto::SignatureScheme::rsa_pkcs1
                                                         : crypto::SignatureScheme::rsa_pss;
    if (quote.key.type == Alg::ecc) {
        const std::size_t size = coordinate_size(quote.key.curve);
        raw = concat({padded(quote.signature.r.value, size), padded(quote.signature.s.value, size)});
        scheme = crypto::SignatureScheme::ecdsa_raw;
    }
    return half->verify(scheme, hash_of(quote.signature.hash), quote.attest, raw);
}

BOOST_AUTO_TEST_CASE(quotes_of_a_peer_are_read_whole_and_verify) {
    const json vectors = shared_json("tpm/derived/quotes.json");
    for (const json& v : vectors) {
        QuoteVector quote{*decode<TpmtPublic>(bytes_of(v.at("akPublic")), byte_order),
                          bytes_of(v.at("attest")),
                          *decode<TpmtSignature>(bytes_of(v.at("signature")), byte_order)};
        const auto attest = decode<TpmsAttest>(quote.attest, byte_order);
        BOOST_REQUIRE(attest);
        BOOST_TEST(encode(*attest, byte_order) == quote.attest);
        BOOST_TEST(attest->extra_data.value == bytes_of(v.at("nonce")));
        BOOST_TEST(is_signed(quote));
        std::vector<Bytes> values;
        for (const json& pcr : v.at("pcrs")) values.push_back(bytes_of(pcr.at("value")));
        BOOST_TEST(pcr_composite(quote.signature.hash, values) == attest->quote.pcr_digest.value);
        // An endorsement key's qualified Name follows from its public area.
        if (v.at("hierarchy").get<std::string>() == "0x4000000b")
            BOOST_TEST(qualified_name(quote.key.name_alg, name_of(rh::endorsement), name_of(quote.key)) ==
                       attest->qualified_signer.value);
        for (std::size_t i = 0; i < quote.attest.size(); i += 7) {
            QuoteVector bent = quote;
            bent.attest[i] ^= 0x10;
            BOOST_TEST(!is_signed(bent));
        }
    }
    std::printf("vectors: quotes %zu checked\n", vectors.size());
}

}  // namespace
}  // namespace assay::tpm
