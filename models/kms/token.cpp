#include "models/kms/token.hpp"

#include <nlohmann/json.hpp>

#include "models/kms/authority.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

struct Algorithm {
    std::string_view name;
    crypto::KeyType key;
    crypto::SignatureScheme scheme;
    crypto::Hash hash;
};
constexpr std::array algorithms{
    Algorithm{"ES256", crypto::KeyType::p256, crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha256},
    Algorithm{"ES384", crypto::KeyType::p384, crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384},
    Algorithm{"PS256", crypto::KeyType::rsa, crypto::SignatureScheme::rsa_pss, crypto::Hash::sha256},
    Algorithm{"RS256", crypto::KeyType::rsa, crypto::SignatureScheme::rsa_pkcs1, crypto::Hash::sha256},
};
constexpr std::size_t max_token = 1 << 19;
constexpr std::int64_t leeway_s = 60;
constexpr std::size_t min_rsa_bits = 2048, max_rsa_bits = 4096;

struct Parts {
    std::string_view header, claims, signature, signed_part;
};

std::optional<Parts> three_parts(std::string_view jwt) {
    if (jwt.size() > max_token) return {};
    const auto first = jwt.find('.');
    const auto second = first == std::string_view::npos ? first : jwt.find('.', first + 1);
    if (second == std::string_view::npos || jwt.find('.', second + 1) != std::string_view::npos) return {};
    return Parts{jwt.substr(0, first), jwt.substr(first + 1, second - first - 1), jwt.substr(second + 1),
                 jwt.substr(0, second)};
}

std::optional<Json> object_of(std::string_view base64url) {
    const auto bytes = from_base64url(base64url);
    if (!bytes) return {};
    auto parsed = parse_shared_json(*bytes);
    if (!parsed || !(*parsed)->is_object()) return {};
    return *std::move(parsed);
}

const Algorithm* algorithm_of(const json& header) {
    const std::string* const alg = text_member(header, "alg");
    for (const Algorithm& known : algorithms)
        if (alg != nullptr && *alg == known.name) return &known;
    return nullptr;
}

const TrustedIssuer* issuer_of(const json& claims, const std::vector<TrustedIssuer>& issuers) {
    const std::string* const iss = text_member(claims, "iss");
    const auto wanted = iss == nullptr ? std::nullopt : normal_authority(*iss);
    if (!wanted) return nullptr;
    for (const TrustedIssuer& issuer : issuers)
        if (normal_authority(issuer.url) == wanted) return &issuer;
    return nullptr;
}

/// A header that brings or names a key is a header by which somebody wants to choose the key (RFC
/// 8725, 3.10).
bool names_foreign_key(const json& header, const TrustedIssuer* issuer) {
    if (header.contains("jwk") || header.contains("x5u")) return true;
    if (!header.contains("jku")) return false;
    const std::string* const url = text_member(header, "jku");
    return url == nullptr || issuer == nullptr || !issuer->key_set_url || *url != *issuer->key_set_url;
}

/// Nothing where the member is absent or no integer; `now` is far from the ends of the range.
std::optional<std::int64_t> time_member(const json& claims, const char* name) {
    const auto found = claims.find(name);
    return found == claims.end() ? std::nullopt : exact_integer(*found);
}

const Reason* check_times(const json& claims, Instant at) {
    const std::int64_t now = at.time_since_epoch().count();
    const auto exp = time_member(claims, "exp"), iat = time_member(claims, "iat");
    if (!exp || !iat) return reason("E_TOKEN_FORM");
    if (now >= *exp || *iat > now + leeway_s) return reason("E_TOKEN_EXPIRED");
    if (claims.contains("nbf")) {
        const auto nbf = time_member(claims, "nbf");
        if (!nbf) return reason("E_TOKEN_FORM");
        if (*nbf > now + leeway_s) return reason("E_TOKEN_EXPIRED");
    }
    return nullptr;
}

bool is_for(const json& claims, const std::string& audience) {
    const auto found = claims.find("aud");
    if (found == claims.end()) return false;
    if (found->is_array()) return found->size() == 1 && (*found)[0] == audience;
    return *found == audience;
}

bool has_nonce(const json& claims, ByteView nonce) {
    const std::string* const text = text_member(claims, "eat_nonce");
    const auto bytes = text == nullptr ? std::nullopt : from_hex(*text);
    return bytes && !nonce.empty() && equal(*bytes, nonce);
}

}  // namespace

Result<VerifiedToken, const Reason*> verify_token(std::string_view jwt,
                                                  const std::vector<TrustedIssuer>& issuers, Instant now,
                                                  ByteView nonce) {
    const auto parts = three_parts(jwt);
    if (!parts) return reason("E_TOKEN_FORM");
    const auto header = object_of(parts->header);
    if (!header || (*header)->contains("crit") || (*header)->contains("b64")) return reason("E_TOKEN_FORM");
    const Algorithm* const algorithm = algorithm_of(**header);
    if (algorithm == nullptr) return reason("E_TOKEN_ALG");
    const auto claims = object_of(parts->claims);
    const auto signature = from_base64url(parts->signature);
    if (!claims || !signature) return reason("E_TOKEN_FORM");

    const TrustedIssuer* const issuer = issuer_of(**claims, issuers);
    if (names_foreign_key(**header, issuer)) return reason("E_TOKEN_KEY_SOURCE");
    if (issuer == nullptr) return reason("E_TOKEN_ISSUER");
    const std::string* const kid = text_member(**header, "kid");
    const auto key = kid == nullptr ? issuer->keys.end() : issuer->keys.find(*kid);
    if (key == issuer->keys.end()) return reason("E_TOKEN_KEY_UNKNOWN");
    if (key->second.type() != algorithm->key ||
        (algorithm->key == crypto::KeyType::rsa && key->second.bits() < min_rsa_bits))
        return reason("E_TOKEN_ALG");
    if (!key->second.verify(algorithm->scheme, algorithm->hash, as_bytes(parts->signed_part), *signature))
        return reason("E_TOKEN_SIGNATURE");

    if (const Reason* const why = check_times(**claims, now)) return why;
    if (issuer->audience && !is_for(**claims, *issuer->audience)) return reason("E_TOKEN_AUDIENCE");
    if (issuer->nonce_bound && !has_nonce(**claims, nonce)) return reason("E_TOKEN_NONCE");
    return VerifiedToken{*claims, crypto::digest(crypto::Hash::sha256, {as_bytes(jwt)})};
}

namespace {

/// The JWKs of `x-ms-runtime.keys`; null where there are none.
const json* runtime_keys(const json& claims) {
    const auto runtime = claims.find("x-ms-runtime");
    if (runtime == claims.end() || !runtime->is_object()) return nullptr;
    const auto keys = runtime->find("keys");
    return keys == runtime->end() || !keys->is_array() ? nullptr : &*keys;
}

bool is_bound(const json& claims) {
    const auto assay = claims.find("assay");
    if (assay == claims.end() || !assay->is_object()) return false;
    const auto bound = assay->find("wrapping-key-bound");
    if (bound == assay->end() || *bound != true) return false;
    const std::string* const policy = text_member(*assay, "pcr-policy");
    const auto digest = policy == nullptr ? std::nullopt : from_hex(*policy);
    return digest && digest->size() == crypto::digest_size(crypto::Hash::sha256);
}

/// No private part comes along, and `key_ops` or `use`, where stated, let it encrypt.
bool is_public_encryption_key(const json& jwk) {
    constexpr std::array private_members{"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
    if (std::ranges::any_of(private_members, [&](const char* name) { return jwk.contains(name); }))
        return false;
    const auto ops = jwk.find("key_ops");
    if (ops != jwk.end() && (!ops->is_array() || ops->size() != 1 || (*ops)[0] != "encrypt")) return false;
    const auto use = jwk.find("use");
    return use == jwk.end() || *use == "enc";
}

}  // namespace

Result<crypto::PublicKey, const Reason*> wrapping_key_of(const json& claims) {
    const json* const keys = runtime_keys(claims);
    const json* jwk = nullptr;
    if (keys != nullptr)
        for (const json& key : *keys) {
            const std::string* const kid = text_member(key, "kid");
            if (kid == nullptr || *kid != "TpmEphemeralEncryptionKey") continue;
            if (jwk != nullptr) return reason("E_KEY_BINDING");
            jwk = &key;
        }
    if (jwk == nullptr || !is_bound(claims)) return reason("E_KEY_BINDING");

    const std::string *const kty = text_member(*jwk, "kty"), *const n = text_member(*jwk, "n"),
                             *const e = text_member(*jwk, "e");
    if (kty == nullptr || *kty != "RSA" || n == nullptr || e == nullptr || *e != "AQAB" ||
        !is_public_encryption_key(*jwk))
        return reason("E_KEY_PARAMS");
    const auto modulus = from_base64url(*n);
    if (!modulus || modulus->empty() || modulus->front() == 0) return reason("E_KEY_PARAMS");
    const auto key = crypto::PublicKey::from_rsa(*modulus);
    if (!key || key->bits() < min_rsa_bits || key->bits() > max_rsa_bits) return reason("E_KEY_PARAMS");
    return *key;
}

}  // namespace assay::kms
