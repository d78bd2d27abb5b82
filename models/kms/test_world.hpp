// For tests: a key management service with everything around it, in memory or on a file.
#pragma once
#include <nlohmann/json.hpp>

#include "models/kms/key_service.hpp"
#include "models/kms/wrapping.hpp"

namespace assay::kms {

class SteppedClock final : public Clock {
public:
    Instant now() const override { return at; }
    Instant at = *from_rfc3339("2026-11-26T12:00:00Z");
};

/// RSA keys take long: one for all tests.
inline const crypto::PrivateKey& vtpm_key() {
    static crypto::Drbg random{as_bytes("vtpm_key")};
    static const crypto::Context context{random};
    static const auto key = crypto::PrivateKey::generate(context, crypto::KeyType::rsa);
    return key;
}

inline Secret secret_of(std::size_t size, std::uint8_t value) {
    Secret out{size};
    std::ranges::fill(out.bytes(), value);
    return out;
}

struct World {
    using json = nlohmann::json;
    static constexpr const char* issuer = "https://verifier.example";

    explicit World(const std::optional<std::filesystem::path>& file = {}, KeyRing::Rules rules = {})
        : store(file), service(deployment(rules), store, context, clock, secret_of(32, 0x77)) {}

    static std::string policy() {
        return R"({"version": "1.0.0", "anyOf": [{"authority": "https://verifier.example", "allOf": [
            {"claim": "assay.runtime-policy-hash", "equals": "aa"}, {"claim": "assay.gpu-count", "equals": 8},
            {"claim": "assay.gpu-cc-mode", "equals": "on"}]}]})";
    }
    static ReleaseTerms terms() { return {policy()}; }
    static HttpFields bearer(std::string_view credential) {
        return {{"content-type", "application/json"}, {"authorization", "Bearer " + std::string{credential}}};
    }
    static Bytes bytes(std::string_view text) {
        const ByteView view = as_bytes(text);
        return {view.begin(), view.end()};
    }
    static json body(const HttpResponse& answer) { return json::parse(as_text(answer.body)); }

    HttpResponse get(const std::string& target, std::string_view credential = {}) {
        HttpRequest request{"GET", target};
        if (!credential.empty()) request.fields = bearer(credential);
        return service.handle(request);
    }
    HttpResponse post(const std::string& target, std::string_view credential, const json& content) {
        return service.handle({"POST", target, bearer(credential), bytes(content.dump())});
    }
    HttpResponse post(const std::string& target, std::string_view credential) {
        return service.handle({"POST", target, bearer(credential)});
    }
    std::string nonce(std::string_view credential = "gateway-credential") {
        return body(post("/v1/challenge", credential)).at("nonce").get<std::string>();
    }
    json claims(const std::string& nonce_text) {
        const auto now = service.now().time_since_epoch().count();
        return {{"iss", issuer},
                {"iat", now},
                {"nbf", now},
                {"exp", now + 3600},
                {"eat_nonce", to_hex(from_base64url(nonce_text).value_or(Bytes{}))},
                {"x-ms-runtime",
                 {{"keys", json::array({{{"kid", "TpmEphemeralEncryptionKey"},
                                         {"kty", "RSA"},
                                         {"key_ops", json::array({"encrypt"})},
                                         {"e", "AQAB"},
                                         {"n", to_base64url(vtpm_key().public_key().rsa_modulus())}}})}}},
                {"assay",
                 {{"pcr-policy", std::string(64, 'b')},
                  {"wrapping-key-bound", true},
                  {"runtime-policy-hash", "aa"},
                  {"gpu-count", 8},
                  {"gpu-cc-mode", "on"}}}};
    }
    std::string token(const json& content) const {
        const std::string input = to_base64url(as_bytes(R"({"alg":"ES384","kid":"v1"})")) + "." +
                                  to_base64url(as_bytes(content.dump()));
        return input + "." +
               to_base64url(
                   verifier.sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, as_bytes(input)));
    }
    /// A request in which everything is right.
    json release_body(std::string_view enc = "RSA_AES_KEY_WRAP_256") {
        const std::string fresh = nonce();
        return {{"nonce", fresh}, {"enc", enc}, {"token", token(claims(fresh))}};
    }
    HttpResponse release(const std::string& kid, std::string_view enc = "RSA_AES_KEY_WRAP_256") {
        return post("/v1/keys/" + kid + "/release", "gateway-credential", release_body(enc));
    }
    static std::string code(const HttpResponse& answer) {
        return std::to_string(answer.status) + " " +
               (answer.status >= 400 ? body(answer).at("code").get<std::string>() : "");
    }
    std::string code_of_release(const std::string& kid) { return code(release(kid)); }
    static Secret unwrapped(const HttpResponse& answer) {
        const json content = body(answer);
        const auto how = wrapping_named(content.at("enc").get<std::string>());
        return unwrap(*how, vtpm_key(), *from_base64url(content.at("wrapped").get<std::string>())).value();
    }

    static Caller caller(std::string id, std::string_view credential, bool administrator,
                         std::vector<std::string> keys) {
        return {std::move(id), crypto::digest(crypto::Hash::sha256, {as_bytes(credential)}), administrator,
                std::move(keys)};
    }
    Deployment deployment(KeyRing::Rules rules) const {
        Deployment out;
        out.issuers = {{issuer, {{"v1", verifier.public_key()}}}};
        out.callers = {caller("gateway", "gateway-credential", false, {"prompt-*", "model", "missing"}),
                       caller("other", "other-credential", false, {"other"}),
                       caller("operator", "operator-credential", true, {"*"})};
        out.keys = rules;
        return out;
    }

    crypto::Drbg random{as_bytes("kms test world")};
    crypto::Context context{random};
    SteppedClock clock;
    crypto::PrivateKey verifier = crypto::PrivateKey::generate(context, crypto::KeyType::p384);
    Store store;
    KeyService service;
};

/// 10 h published, 2 h of grace.
inline KeyGroup prompt_group(KeyKind kind = KeyKind::hpke_x25519) {
    return {"prompt", kind, World::terms(), RotationPolicy{std::chrono::hours{10}, std::chrono::hours{2}}};
}

}  // namespace assay::kms
