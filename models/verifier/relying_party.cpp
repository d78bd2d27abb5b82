#include "models/verifier/relying_party.hpp"

#include <nlohmann/json.hpp>

#include "sim/base/strict_json.hpp"

namespace assay::verifier {
namespace {

using crypto::Hash;
using crypto::KeyType;
using crypto::SignatureScheme;
using nlohmann::json;

constexpr std::size_t max_jwt = 1 << 20;

struct JwsAlgorithm {
    std::string_view name;
    KeyType key;
    SignatureScheme scheme;
    Hash hash;
};
constexpr JwsAlgorithm jws_algorithms[] = {
    {"ES256", KeyType::p256, SignatureScheme::ecdsa_raw, Hash::sha256},
    {"ES384", KeyType::p384, SignatureScheme::ecdsa_raw, Hash::sha384},
    {"RS256", KeyType::rsa, SignatureScheme::rsa_pkcs1, Hash::sha256},
    {"PS256", KeyType::rsa, SignatureScheme::rsa_pss, Hash::sha256},
};

Finding token_finding(std::string_view reason, std::string path, std::string what) {
    return {std::string{reason}, "token", std::move(path), {}, std::move(what)};
}

Result<json, Finding> part_of(std::string_view base64url, const std::string& name) {
    const auto bytes = from_base64url(base64url);
    if (!bytes) return token_finding("E_TOKEN_FORMAT", name, "not base64url");
    auto parsed = parse_strict_json(*bytes);
    if (!parsed) return token_finding("E_TOKEN_FORMAT", name, parsed.error().text);
    if (!parsed->is_object()) return token_finding("E_TOKEN_FORMAT", name, "not a JSON object");
    return *std::move(parsed);
}

std::string text_of(const json& object, const char* member) {
    const auto found = object.find(member);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::optional<Finding> source_fault(const json& header, const TokenTrust& trust) {
    for (const char* const member : {"jwk", "x5c", "x5u", "x5t", "x5t#S256"})
        if (header.contains(member))
            return token_finding("E_TOKEN_KEY_SOURCE", member, "a key of the token's own is no key");
    if (header.contains("jku") && (!trust.key_url || text_of(header, "jku") != *trust.key_url))
        return token_finding("E_TOKEN_KEY_SOURCE", "jku", "not the pinned source of keys");
    if (header.contains("crit") || header.contains("b64"))
        return token_finding("E_TOKEN_FORMAT", "crit", "a critical extension");
    return {};
}

std::optional<Finding> time_fault(const json& claims, const TokenTrust& trust, Instant now) {
    const auto at = now.time_since_epoch().count();
    const auto skew = trust.skew.count();
    for (const char* const member : {"exp", "nbf", "iat"}) {
        const auto found = claims.find(member);
        if (found == claims.end() || !found->is_number_integer())
            return token_finding("E_TOKEN_EXPIRED", member, "missing");
        // A number that needs all 64 bits is no time; it must not wrap around in what follows.
        if (found->is_number_unsigned() && found->get<std::uint64_t>() >> 62 != 0)
            return token_finding("E_TOKEN_EXPIRED", member, "not a time");
        const auto value = found->get<std::int64_t>();
        const bool good = std::string_view{member} == "exp" ? at < value : value - skew <= at;
        if (!good)
            return token_finding("E_TOKEN_EXPIRED", member,
                                 std::to_string(value) + ", judged at " + std::to_string(at));
    }
    return {};
}

bool names_audience(const json& claims, const std::string& audience) {
    const auto found = claims.find("aud");
    if (found == claims.end()) return false;
    if (found->is_string()) return *found == audience;
    return found->is_array() && found->size() == 1 && found->front() == audience;
}

}  // namespace

Result<std::string, Finding> trusted_claims(std::string_view jwt, const TokenTrust& trust, Instant now) {
    if (jwt.size() > max_jwt) return token_finding("E_TOKEN_FORMAT", "", "longer than 1 MiB");
    const auto first = jwt.find('.');
    const auto second = first == std::string_view::npos ? first : jwt.find('.', first + 1);
    if (second == std::string_view::npos || jwt.find('.', second + 1) != std::string_view::npos)
        return token_finding("E_TOKEN_FORMAT", "", "not three parts");
    const auto header = part_of(jwt.substr(0, first), "header");
    if (!header) return header.error();
    const std::string alg = text_of(*header, "alg");
    const JwsAlgorithm* algorithm = nullptr;
    for (const JwsAlgorithm& one : jws_algorithms)
        if (one.name == alg) algorithm = &one;
    if (algorithm == nullptr) return token_finding("E_TOKEN_ALG", "alg", "not an algorithm that is allowed");
    if (auto fault = source_fault(*header, trust)) return *std::move(fault);
    const auto key = trust.keys.find(text_of(*header, "kid"));
    if (key == trust.keys.end())
        return token_finding("E_TOKEN_SIGNATURE", "kid", "no key is pinned under it");
    if (key->second.type() != algorithm->key)
        return token_finding("E_TOKEN_ALG", "alg", alg + " is not an algorithm of the pinned key");
    const auto signature = from_base64url(jwt.substr(second + 1));
    if (!signature ||
        !key->second.verify(algorithm->scheme, algorithm->hash, as_bytes(jwt.substr(0, second)), *signature))
        return token_finding("E_TOKEN_SIGNATURE", "signature", "not by the pinned key");
    const auto claims = part_of(jwt.substr(first + 1, second - first - 1), "claims");
    if (!claims) return claims.error();
    if (text_of(*claims, "iss") != trust.issuer || trust.issuer.empty())
        return token_finding("E_TOKEN_ISSUER", "iss", "another issuer");
    if (auto fault = time_fault(*claims, trust, now)) return *std::move(fault);
    if (trust.audience && !names_audience(*claims, *trust.audience))
        return token_finding("E_TOKEN_AUDIENCE", "aud", "not for this audience");
    if (trust.nonce && text_of(*claims, "eat_nonce") != to_hex(*trust.nonce))
        return token_finding("E_QUOTE_NONCE", "eat_nonce", "absent, or of another challenge");
    return claims->dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace assay::verifier
