// Tokens as a relying party sees them: only the pinned key, only in time, only for it.
#include "models/verifier/relying_party.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/verifier/eat.hpp"

namespace assay::verifier {
namespace {

using nlohmann::json;

struct Relying {
    crypto::Drbg random{as_bytes("relying party")};
    crypto::Context context{random};
    crypto::PrivateKey p384 = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
    crypto::PrivateKey p256 = crypto::PrivateKey::generate(context, crypto::KeyType::p256);
    crypto::PrivateKey rsa = crypto::PrivateKey::generate(context, crypto::KeyType::rsa);
    TokenTrust trust{.issuer = "https://verifier.example",
                     .keys = {{"a", p384.public_key()}, {"b", p256.public_key()}, {"c", rsa.public_key()}}};
    json header{{"alg", "ES384"}, {"kid", "a"}, {"typ", "JWT"}};
    json claims{{"iss", "https://verifier.example"}, {"iat", 1000}, {"nbf", 1000}, {"exp", 2000}};
    std::int64_t now = 1500;

    std::string token(const crypto::PrivateKey& key, crypto::SignatureScheme scheme,
                      crypto::Hash hash) const {
        const std::string signed_part =
            to_base64url(as_bytes(header.dump())) + "." + to_base64url(as_bytes(claims.dump()));
        return signed_part + "." + to_base64url(key.sign(scheme, hash, as_bytes(signed_part)));
    }
    std::string judge(std::string_view jwt) const {
        const auto out = trusted_claims(jwt, trust, Instant{std::chrono::seconds{now}});
        return out ? "trusted" : out.error().reason;
    }
    std::string outcome() const {
        return judge(token(p384, crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384));
    }
};

BOOST_AUTO_TEST_SUITE(relying_parties)

BOOST_AUTO_TEST_CASE(each_algorithm_is_that_of_its_pinned_key) {
    using crypto::Hash;
    using crypto::SignatureScheme;
    Relying r;
    BOOST_TEST(r.outcome() == "trusted");
    r.header = {{"alg", "ES256"}, {"kid", "b"}};
    BOOST_TEST(r.judge(r.token(r.p256, SignatureScheme::ecdsa_raw, Hash::sha256)) == "trusted");
    r.header = {{"alg", "RS256"}, {"kid", "c"}};
    BOOST_TEST(r.judge(r.token(r.rsa, SignatureScheme::rsa_pkcs1, Hash::sha256)) == "trusted");
    r.header = {{"alg", "PS256"}, {"kid", "c"}};
    BOOST_TEST(r.judge(r.token(r.rsa, SignatureScheme::rsa_pss, Hash::sha256)) == "trusted");
    r.header = {{"alg", "RS256"}, {"kid", "a"}};
    BOOST_TEST(r.judge(r.token(r.rsa, SignatureScheme::rsa_pkcs1, Hash::sha256)) == "E_TOKEN_ALG");
    for (const char* const alg : {"none", "HS256", "es384", "ES512", ""}) {
        r.header = {{"alg", alg}, {"kid", "a"}};
        BOOST_TEST(r.outcome() == "E_TOKEN_ALG", alg);
    }
}

BOOST_AUTO_TEST_CASE(a_token_says_nothing_about_its_own_key) {
    Relying r;
    for (const char* const member : {"jwk", "x5c", "x5u", "jku"}) {
        r.header = {{"alg", "ES384"}, {"kid", "a"}, {member, "https://verifier.example/certs"}};
        BOOST_TEST(r.outcome() == "E_TOKEN_KEY_SOURCE", member);
    }
    r.trust.key_url = "https://verifier.example/certs";
    BOOST_TEST(r.outcome() == "trusted");  // the jku that was pinned
    r.header = {{"alg", "ES384"}, {"kid", "z"}};
    BOOST_TEST(r.outcome() == "E_TOKEN_SIGNATURE");
    r.header = {{"alg", "ES384"}, {"kid", "a"}, {"crit", json::array({"x"})}};
    BOOST_TEST(r.outcome() == "E_TOKEN_FORMAT");
}

BOOST_AUTO_TEST_CASE(times_are_kept_to_the_second) {
    Relying r;
    const auto at = [&](std::int64_t now) {
        r.now = now;
        return r.outcome();
    };
    BOOST_TEST(at(1999) == "trusted");
    BOOST_TEST(at(2000) == "E_TOKEN_EXPIRED");
    BOOST_TEST(at(940) == "trusted");
    BOOST_TEST(at(939) == "E_TOKEN_EXPIRED");
    r.claims["exp"] = 18446744073709551615ULL;
    BOOST_TEST(at(1500) == "E_TOKEN_EXPIRED");
    r.claims.erase("exp");
    BOOST_TEST(at(1500) == "E_TOKEN_EXPIRED");
    r.claims["exp"] = "2000";
    BOOST_TEST(at(1500) == "E_TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(issuer_audience_and_nonce_are_compared_whole) {
    Relying r;
    r.claims["iss"] = "https://verifier.example/";
    BOOST_TEST(r.outcome() == "E_TOKEN_ISSUER");
    r.claims["iss"] = r.trust.issuer;
    r.trust.audience = "kms";
    BOOST_TEST(r.outcome() == "E_TOKEN_AUDIENCE");
    r.claims["aud"] = "kms";
    BOOST_TEST(r.outcome() == "trusted");
    r.claims["aud"] = json::array({"kms", "other"});
    BOOST_TEST(r.outcome() == "E_TOKEN_AUDIENCE");
    r.claims["aud"] = json::array({"kms"});
    r.trust.nonce = Bytes(32, 1);
    BOOST_TEST(r.outcome() == "E_QUOTE_NONCE");
    r.claims["eat_nonce"] = to_hex(*r.trust.nonce);
    BOOST_TEST(r.outcome() == "trusted");
}

BOOST_AUTO_TEST_CASE(anything_but_a_whole_token_is_refused) {
    const Relying r;
    const std::string jwt = r.token(r.p384, crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384);
    BOOST_TEST(r.judge("") == "E_TOKEN_FORMAT");
    BOOST_TEST(r.judge("a.b") == "E_TOKEN_FORMAT");
    BOOST_TEST(r.judge(jwt + ".") == "E_TOKEN_FORMAT");
    for (std::size_t at = 0; at < jwt.size(); at += 7) {
        std::string changed = jwt;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        BOOST_TEST(r.judge(changed) != "trusted", at);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::verifier
