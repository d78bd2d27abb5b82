// Tokens as a relying party reads them: one thing wrong at a time.
#include "models/kms/token.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace assay::kms {
namespace {

using nlohmann::json;

const Instant now = *from_rfc3339("2026-11-26T12:00:00Z");
constexpr std::int64_t hour = 3600;

std::int64_t seconds_of(Instant at) { return at.time_since_epoch().count(); }

struct Desk {
    crypto::Drbg random{as_bytes("token_test")};
    crypto::Context context{random};
    crypto::PrivateKey p384 = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
    crypto::PrivateKey p256 = crypto::PrivateKey::generate(context, crypto::KeyType::p256);
    crypto::PrivateKey rsa = crypto::PrivateKey::generate(context, crypto::KeyType::rsa);
    Bytes nonce = Bytes(32, 0xA5);
    std::vector<TrustedIssuer> issuers{
        {"https://verifier.example/",
         {{"k384", p384.public_key()}, {"k256", p256.public_key()}, {"rsa", rsa.public_key()}},
         "https://verifier.example/certs",
         {},
         true}};
    json header{{"alg", "ES384"}, {"kid", "k384"}, {"typ", "JWT"}};
    json claims{{"iss", "https://Verifier.example"},
                {"iat", seconds_of(now)},
                {"nbf", seconds_of(now)},
                {"exp", seconds_of(now) + hour},
                {"eat_nonce", to_hex(nonce)}};

    std::string signed_with(const crypto::PrivateKey& key, crypto::SignatureScheme scheme,
                            crypto::Hash hash) const {
        const std::string head = to_base64url(as_bytes(header.dump())),
                          body = to_base64url(as_bytes(claims.dump()));
        const std::string input = head + "." + body;
        return input + "." + to_base64url(key.sign(scheme, hash, as_bytes(input)));
    }
    std::string token() const {
        return signed_with(p384, crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384);
    }
    std::string outcome(std::string_view jwt, Instant at = now) const {
        const auto held = verify_token(jwt, issuers, at, nonce);
        return held ? "ok" : std::string{held.error()->name};
    }
    std::string outcome() const { return outcome(token()); }
};

BOOST_AUTO_TEST_CASE(each_allowed_algorithm_is_verified_with_the_key_of_its_kid) {
    Desk desk;
    BOOST_TEST(desk.outcome() == "ok");
    desk.header = {{"alg", "ES256"}, {"kid", "k256"}};
    BOOST_TEST(desk.outcome(desk.signed_with(desk.p256, crypto::SignatureScheme::ecdsa_raw,
                                             crypto::Hash::sha256)) == "ok");
    desk.header = {{"alg", "RS256"}, {"kid", "rsa"}};
    BOOST_TEST(desk.outcome(desk.signed_with(desk.rsa, crypto::SignatureScheme::rsa_pkcs1,
                                             crypto::Hash::sha256)) == "ok");
    desk.header = {{"alg", "PS256"}, {"kid", "rsa"}};
    BOOST_TEST(desk.outcome(desk.signed_with(desk.rsa, crypto::SignatureScheme::rsa_pss,
                                             crypto::Hash::sha256)) == "ok");
    // The algorithm is that of the key, not one of the token's choice.
    BOOST_TEST(desk.outcome(desk.signed_with(desk.rsa, crypto::SignatureScheme::rsa_pkcs1,
                                             crypto::Hash::sha256)) == "E_TOKEN_SIGNATURE");
    desk.header = {{"alg", "ES256"}, {"kid", "k384"}};
    BOOST_TEST(desk.outcome() == "E_TOKEN_ALG");
}

BOOST_AUTO_TEST_CASE(other_algorithms_are_refused) {
    for (const json& alg :
         {json("none"), json("HS256"), json("RS384"), json("es384"), json(nullptr), json(1)}) {
        Desk desk;
        desk.header["alg"] = alg;
        BOOST_TEST(desk.outcome() == "E_TOKEN_ALG", alg);
    }
}

BOOST_AUTO_TEST_CASE(keys_come_from_the_pinned_set_alone) {
    Desk desk;
    desk.header["jku"] = "https://verifier.example/certs";
    BOOST_TEST(desk.outcome() == "ok");
    desk.header["jku"] = "https://evil.example/certs";
    BOOST_TEST(desk.outcome() == "E_TOKEN_KEY_SOURCE");
    for (const char* const member : {"jwk", "x5u"}) {
        Desk other;
        other.header[member] = json::object();
        BOOST_TEST(other.outcome() == "E_TOKEN_KEY_SOURCE", member);
    }
    Desk unknown;
    unknown.header["kid"] = "k385";
    BOOST_TEST(unknown.outcome() == "E_TOKEN_KEY_UNKNOWN");
    Desk stranger;
    stranger.claims["iss"] = "https://verifier.example.evil";
    BOOST_TEST(stranger.outcome() == "E_TOKEN_ISSUER");
    Desk foreign;
    const auto key = crypto::PrivateKey::generate(foreign.context, crypto::KeyType::p384);
    BOOST_TEST(foreign.outcome(foreign.signed_with(key, crypto::SignatureScheme::ecdsa_raw,
                                                   crypto::Hash::sha384)) == "E_TOKEN_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(times_end_to_the_second) {
    Desk desk;
    const std::string jwt = desk.token();
    using std::chrono::seconds;
    BOOST_TEST(desk.outcome(jwt, now + seconds{hour - 1}) == "ok");
    BOOST_TEST(desk.outcome(jwt, now + seconds{hour}) == "E_TOKEN_EXPIRED");
    BOOST_TEST(desk.outcome(jwt, now - seconds{60}) == "ok");
    BOOST_TEST(desk.outcome(jwt, now - seconds{61}) == "E_TOKEN_EXPIRED");
    for (const char* const member : {"exp", "iat"}) {
        Desk without;
        without.claims.erase(member);
        BOOST_TEST(without.outcome() == "E_TOKEN_FORM", member);
    }
    Desk text;
    text.claims["nbf"] = "0";
    BOOST_TEST(text.outcome() == "E_TOKEN_FORM");
    Desk extreme;
    extreme.claims["nbf"] = std::numeric_limits<std::int64_t>::min();
    extreme.claims["exp"] = std::numeric_limits<std::int64_t>::max();
    BOOST_TEST(extreme.outcome() == "ok");
}

BOOST_AUTO_TEST_CASE(nonce_and_audience_are_compared_where_they_are_configured) {
    Desk desk;
    desk.claims["eat_nonce"] = std::string(64, 'a');
    BOOST_TEST(desk.outcome() == "E_TOKEN_NONCE");
    desk.issuers[0].nonce_bound = false;
    BOOST_TEST(desk.outcome() == "ok");
    desk.issuers[0].audience = "kms";
    BOOST_TEST(desk.outcome() == "E_TOKEN_AUDIENCE");
    desk.claims["aud"] = json::array({"kms", "other"});
    BOOST_TEST(desk.outcome() == "E_TOKEN_AUDIENCE");
    desk.claims["aud"] = "kms";
    BOOST_TEST(desk.outcome() == "ok");
}

BOOST_AUTO_TEST_CASE(other_forms_are_refused) {
    Desk desk;
    const std::string jwt = desk.token();
    for (const std::string& bad :
         {std::string{}, std::string{".."}, jwt + ".", jwt.substr(1), jwt + "=", std::string(1 << 20, 'a')})
        BOOST_TEST(desk.outcome(bad) == "E_TOKEN_FORM");
    desk.header["crit"] = json::array({"x"});
    BOOST_TEST(desk.outcome() == "E_TOKEN_FORM");
    Desk twice;
    const std::string head = to_base64url(as_bytes(twice.header.dump()));
    const std::string body =
        to_base64url(as_bytes(R"({"iss":"https://verifier.example","iss":"https://verifier.example"})"));
    BOOST_TEST(twice.outcome(head + "." + body + "." + to_base64url(Bytes(96))) == "E_TOKEN_FORM");
}

json wrapping_claims(std::size_t bits = 2048) {
    crypto::Drbg random{as_bytes("wrapping_key")};
    const crypto::Context context{random};
    const auto key = crypto::PrivateKey::generate(context, crypto::KeyType::rsa, bits);
    return {{"x-ms-runtime",
             {{"keys", json::array({{{"kid", "TpmEphemeralEncryptionKey"},
                                     {"kty", "RSA"},
                                     {"key_ops", json::array({"encrypt"})},
                                     {"e", "AQAB"},
                                     {"n", to_base64url(key.public_key().rsa_modulus())}}})}}},
            {"assay", {{"wrapping-key-bound", true}, {"pcr-policy", std::string(64, 'a')}}}};
}

std::string wrapping_outcome(const json& claims) {
    const auto key = wrapping_key_of(claims);
    return key ? "ok" : std::string{key.error()->name};
}

BOOST_AUTO_TEST_CASE(the_wrapping_key_is_the_attested_one_and_bound) {
    const json good = wrapping_claims();
    const auto with = [&](const std::string& pointer, json value) {
        json claims = good;
        claims[json::json_pointer{pointer}] = std::move(value);
        return wrapping_outcome(claims);
    };
    BOOST_TEST(wrapping_outcome(good) == "ok");
    const std::string key = "/x-ms-runtime/keys/0/";
    BOOST_TEST(with("/assay/wrapping-key-bound", false) == "E_KEY_BINDING");
    BOOST_TEST(with("/assay/wrapping-key-bound", "true") == "E_KEY_BINDING");
    BOOST_TEST(with("/assay/pcr-policy", "aa") == "E_KEY_BINDING");
    BOOST_TEST(with("/assay", 1) == "E_KEY_BINDING");
    BOOST_TEST(with("/x-ms-runtime/keys", 1) == "E_KEY_BINDING");
    BOOST_TEST(with((key + "kid"), "HCLEkPub") == "E_KEY_BINDING");
    BOOST_TEST(with("/x-ms-runtime/keys/1", good["x-ms-runtime"]["keys"][0]) == "E_KEY_BINDING");
    BOOST_TEST(with((key + "kty"), "EC") == "E_KEY_PARAMS");
    BOOST_TEST(with((key + "e"), "Aw") == "E_KEY_PARAMS");
    BOOST_TEST(with((key + "d"), "AQAB") == "E_KEY_PARAMS");
    BOOST_TEST(with((key + "use"), "sig") == "E_KEY_PARAMS");
    BOOST_TEST(with((key + "key_ops"), json::array({"encrypt", "sign"})) == "E_KEY_PARAMS");
    BOOST_TEST(with((key + "n"), "AQAB") == "E_KEY_PARAMS");
    BOOST_TEST(wrapping_outcome(wrapping_claims(1024)) == "E_KEY_PARAMS");
}

}  // namespace
}  // namespace assay::kms
