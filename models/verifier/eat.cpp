// Result tokens: compact JWS with ES384, and the detached EAT that binds one token per device by digest.
#include "models/verifier/eat.hpp"

#include <nlohmann/json.hpp>

#include "sim/base/strict_json.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::verifier {
namespace {

using nlohmann::json;
using TokenFault = TokenError::Kind;

constexpr std::size_t max_token = 1 << 20;
constexpr std::string_view algorithm = "ES384";
constexpr const char *overall_result = "x-nvidia-overall-att-result", *digest_label = "SHA-256",
                     *digest_label_of_sdk = "SHA256";
constexpr auto lifetime = std::chrono::hours{1};

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::int64_t seconds(Instant at) { return at.time_since_epoch().count(); }

std::string digest_of(std::string_view token) {
    return to_hex(crypto::digest(crypto::Hash::sha256, {as_bytes(token)}));
}

/// The text of a member, or nothing.
const std::string* text_in(const json& object, const char* member) {
    const auto found = object.find(member);
    return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

Result<json, TokenError> object_of(std::string_view base64url, const std::string& what) {
    const auto bytes = from_base64url(base64url);
    if (!bytes) return TokenError{TokenFault::malformed, what + " is not base64url"};
    auto parsed = parse_strict_json(*bytes);
    if (!parsed) return TokenError{TokenFault::malformed, what + ": " + parsed.error().text};
    if (!parsed->is_object()) return TokenError{TokenFault::malformed, what + " is not a JSON object"};
    return *std::move(parsed);
}

std::optional<TokenError> check_header(const json& header, const TokenRules& rules,
                                       const crypto::PublicKey*& key) {
    const std::string* const alg = text_in(header, "alg");
    if (alg == nullptr || *alg != algorithm)
        return TokenError{TokenFault::algorithm,
                          "alg is " + dumped(header.value("alg", json())) + ", ES384 expected"};
    if (header.contains("crit") || header.contains("b64"))
        return TokenError{TokenFault::malformed, "the header has a critical extension"};
    const std::string* const kid = text_in(header, "kid");
    const auto found = kid == nullptr ? rules.keys.end() : rules.keys.find(*kid);
    if (found == rules.keys.end())
        return TokenError{TokenFault::unknown_key,
                          "kid is " + dumped(header.value("kid", json())) + ", not one of the key set"};
    key = &found->second;
    return {};
}

std::optional<TokenError> check_times(const json& claims, Instant at) {
    const auto exp = claims.find("exp");
    if (exp == claims.end() || !exp->is_number_integer())
        return TokenError{TokenFault::malformed, "exp is missing"};
    const std::int64_t now = seconds(at);
    if (now >= exp->get<std::int64_t>())
        return TokenError{TokenFault::expired,
                          "exp is " + exp->dump() + ", judged at " + std::to_string(now)};
    for (const char* const name : {"nbf", "iat"}) {
        const auto from = claims.find(name);
        if (from == claims.end()) continue;
        if (!from->is_number_integer())
            return TokenError{TokenFault::malformed, std::string{name} + " is no number"};
        if (now < from->get<std::int64_t>())
            return TokenError{TokenFault::not_yet_valid, std::string{name} + " is " + from->dump() +
                                                             ", judged at " + std::to_string(now)};
    }
    return {};
}

std::optional<TokenError> check_nonce(const json& claims, const std::optional<Bytes>& expected) {
    const std::string* const found = text_in(claims, "eat_nonce");
    if (found == nullptr) return TokenError{TokenFault::nonce, "eat_nonce is missing"};
    const auto bytes = from_hex(*found);
    if (!bytes || bytes->empty())
        return TokenError{TokenFault::nonce, "eat_nonce is not bytes in hexadecimal"};
    if (expected && *bytes != *expected)
        return TokenError{TokenFault::nonce,
                          "eat_nonce is " + *found + ", " + to_hex(*expected) + " expected"};
    return {};
}

/// All of a token but its nonce.
Result<json, TokenError> verified(std::string_view jwt, const TokenRules& rules) {
    if (jwt.size() > max_token) return TokenError{TokenFault::malformed, "longer than 1 MiB"};
    const auto first = jwt.find('.');
    const auto second = first == std::string_view::npos ? first : jwt.find('.', first + 1);
    if (second == std::string_view::npos || jwt.find('.', second + 1) != std::string_view::npos)
        return TokenError{TokenFault::malformed, "not three parts"};
    const auto header = object_of(jwt.substr(0, first), "the header");
    if (!header) return header.error();
    const crypto::PublicKey* key = nullptr;
    if (auto fault = check_header(*header, rules, key)) return *std::move(fault);
    const auto signature = from_base64url(jwt.substr(second + 1));
    if (!signature) return TokenError{TokenFault::malformed, "the signature is not base64url"};
    if (key->type() != crypto::KeyType::p384 ||
        !key->verify(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384,
                     as_bytes(jwt.substr(0, second)), *signature))
        return TokenError{TokenFault::signature, "not by the key of this kid"};
    auto claims = object_of(jwt.substr(first + 1, second - first - 1), "the claims");
    if (!claims) return claims.error();
    const std::string* const issuer = text_in(*claims, "iss");
    if (issuer == nullptr || *issuer != rules.issuer)
        return TokenError{TokenFault::issuer, "iss is " + dumped(claims->value("iss", json())) + ", \"" +
                                                  rules.issuer + "\" expected"};
    if (rules.at)
        if (auto fault = check_times(*claims, *rules.at)) return *std::move(fault);
    return claims;
}

/// submods: {"GPU-0": ["DIGEST", ["SHA-256", hex]]}
std::optional<TokenError> check_digest(const json& submods, const std::string& name, std::string_view token) {
    const auto entry = submods.find(name);
    if (entry == submods.end()) return TokenError{TokenFault::submodule, name + " is not in submods"};
    const json& e = *entry;
    const bool formed = e.is_array() && e.size() == 2 && e[0] == "DIGEST" && e[1].is_array() &&
                        e[1].size() == 2 && (e[1][0] == digest_label || e[1][0] == digest_label_of_sdk) &&
                        e[1][1].is_string();
    if (!formed) return TokenError{TokenFault::submodule, name + ": not [\"DIGEST\", [\"SHA-256\", digest]]"};
    const auto stated = from_hex(e[1][1].get_ref<const std::string&>());
    if (!stated || to_hex(*stated) != digest_of(token))
        return TokenError{TokenFault::submodule, name + ": the digest is not that of its token"};
    return {};
}

json with_times(json claims, const TokenIssuer& issuer, Instant issued, ByteView token_id) {
    claims["iss"] = issuer.issuer;
    claims["iat"] = claims["nbf"] = seconds(issued);
    claims["exp"] = seconds(issued + lifetime);
    claims["jti"] = to_hex(token_id);
    return claims;
}

}  // namespace

std::string_view name(TokenError::Kind kind) {
    constexpr std::array<std::string_view, 10> names{"malformed", "algorithm", "unknown_key",   "signature",
                                                     "issuer",    "expired",   "not_yet_valid", "submodule",
                                                     "nonce",     "result"};
    return names.at(static_cast<std::size_t>(kind));
}

std::string sign_token(const TokenIssuer& issuer, std::string_view claims) {
    const json header{{"alg", algorithm}, {"kid", issuer.key_id}, {"typ", "JWT"}};
    std::string token = to_base64url(as_bytes(dumped(header))) + "." + to_base64url(as_bytes(claims));
    const Bytes signature =
        issuer.key.sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, as_bytes(token));
    return token + "." + to_base64url(signature);
}

std::string detached_eat(const TokenIssuer& issuer, const GpuVerifier::SetAppraisal& set, ByteView nonce,
                         Instant issued, ByteView token_id) {
    const auto ids = device_ids(set);
    json tokens = json::object(), submods = json::object();
    bool success = set.accepted;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        json claims = json::parse(set.devices[i].claims);
        // A policy may accept a device that does not match its golden values; the platform's result does not.
        success = success && claims.at("measres") == "success";
        const Bytes id = crypto::digest(crypto::Hash::sha256, {token_id, as_bytes(ids[i])});
        const std::string token =
            sign_token(issuer, dumped(with_times(std::move(claims), issuer, issued, id)));
        submods[ids[i]] = json::array({"DIGEST", json::array({digest_label, digest_of(token)})});
        tokens[ids[i]] = token;
    }
    const json overall{{"sub", "NVIDIA-PLATFORM-ATTESTATION"},
                       {"x-nvidia-ver", "3.0"},
                       {overall_result, success},
                       {"eat_nonce", to_hex(nonce)},
                       {"submods", submods}};
    const std::string token = sign_token(issuer, dumped(with_times(overall, issuer, issued, token_id)));
    return json::array({json::array({"JWT", token}), tokens}).dump();
}

Result<std::string, TokenError> verify_token(std::string_view jwt, const TokenRules& rules) {
    const auto claims = verified(jwt, rules);
    if (!claims) return claims.error();
    if (rules.nonce)
        if (auto fault = check_nonce(*claims, rules.nonce)) return *std::move(fault);
    return dumped(*claims);
}

Result<DetachedClaims, TokenError> verify_detached_eat(std::string_view text, const TokenRules& rules) {
    const auto malformed = [](std::string what) {
        return TokenError{TokenFault::malformed, std::move(what)};
    };
    const auto parsed = parse_strict_json(as_bytes(text));
    if (!parsed) return malformed(parsed.error().text);
    const json& eat = *parsed;
    if (!eat.is_array() || eat.size() != 2 || !eat[0].is_array() || eat[0].size() != 2 ||
        eat[0][0] != "JWT" || !eat[0][1].is_string() || !eat[1].is_object())
        return malformed("not [[\"JWT\", token], {name: token}]");
    const auto overall = verified(eat[0][1].get_ref<const std::string&>(), rules);
    if (!overall) return overall.error();
    if (auto fault = check_nonce(*overall, rules.nonce)) return *std::move(fault);

    const json& tokens = eat[1];
    const auto submods = overall->find("submods");
    if (submods == overall->end() || !submods->is_object() || submods->empty())
        return TokenError{TokenFault::submodule, "submods is missing or empty"};
    for (const auto& [id, entry] : submods->items())
        if (!tokens.contains(id)) return TokenError{TokenFault::submodule, id + " has no token"};
    const auto result = overall->find(overall_result);
    if (result == overall->end() || !result->is_boolean())
        return malformed(std::string{overall_result} + " is missing");

    DetachedClaims out{dumped(*overall), {}};
    for (const auto& [id, token] : tokens.items()) {
        if (!token.is_string()) return malformed(id + " is not a string");
        const auto& jwt = token.get_ref<const std::string&>();
        if (auto fault = check_digest(*submods, id, jwt)) return *std::move(fault);
        const auto claims = verified(jwt, rules);
        if (!claims) return TokenError{claims.error().kind, id + ": " + claims.error().what};
        const std::string* const measres = text_in(*claims, "measres");
        if (result->get<bool>() && (measres == nullptr || *measres != "success"))
            return TokenError{TokenFault::result, "the overall result is true, but measres of " + id +
                                                      " is " + dumped(claims->value("measres", json()))};
        out.submodules.emplace(id, dumped(*claims));
    }
    return out;
}

}  // namespace assay::verifier
