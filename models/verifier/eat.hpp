// Result tokens: JWT (RFC 7519) with ES384, and the detached EAT (RFC 9711) that carries one token per
// device.
#pragma once
#include "models/verifier/gpu_appraisal.hpp"
#include "sim/crypto/key.hpp"

namespace assay::verifier {

struct TokenError {
    enum class Kind : std::uint8_t {
        malformed,    // not a compact JWS, not JSON, members missing
        algorithm,    // other than ES384, none included
        unknown_key,  // kid is not in the key set
        signature,
        issuer,
        expired,
        not_yet_valid,
        submodule,  // digest differs, a submodule too many or too few
        nonce,      // eat_nonce absent or different
        result,     // overall result true although a submodule's measres is not success
    };
    Kind kind{};
    std::string what;
};
std::string_view name(TokenError::Kind kind);

struct TokenIssuer {
    std::string issuer;             // "iss"
    std::string key_id;             // "kid"
    const crypto::PrivateKey& key;  // P-384
};

/// A compact JWS (RFC 7515) with ES384 over `claims` (JSON text of an object).
std::string sign_token(const TokenIssuer& issuer, std::string_view claims);

/// The detached EAT of an appraisal, NVIDIA's form: [["JWT", overall], {"GPU-0": jwt, ...}]. `issued` fills
/// iat, nbf, exp (one hour later); `token_id` is jti, 32 bytes, shown in hex; the digest label is "SHA-256".
std::string detached_eat(const TokenIssuer& issuer, const GpuVerifier::SetAppraisal& set, ByteView nonce,
                         Instant issued, ByteView token_id);

struct TokenRules {
    std::map<std::string, crypto::PublicKey> keys;  // by kid
    std::string issuer;
    std::optional<Instant> at;  // nothing: times are not looked at
    std::optional<Bytes> nonce;
};

/// The claims of a token whose signature, issuer and times hold. JSON text.
Result<std::string, TokenError> verify_token(std::string_view jwt, const TokenRules& rules);

struct DetachedClaims {
    std::string overall;                            // JSON text
    std::map<std::string, std::string> submodules;  // "GPU-0" -> JSON text
};
Result<DetachedClaims, TokenError> verify_detached_eat(std::string_view json, const TokenRules& rules);

}  // namespace assay::verifier
