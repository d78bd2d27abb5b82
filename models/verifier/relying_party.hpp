// For those who rely on result tokens: a JWT is believed only under a key that was pinned for its issuer.
//
//     const TokenTrust trust{.issuer = "https://verifier.assay.example", .keys = {{"key-1", key}}};
//     const auto claims = trusted_claims(jwt, trust, now);   // JSON text
//     if (!claims) return claims.error().text();             // E_TOKEN_EXPIRED: token: exp: ...
#pragma once
#include <map>

#include "models/verifier/gpu_appraisal.hpp"
#include "sim/crypto/key.hpp"

namespace assay::verifier {

struct TokenTrust {
    std::string issuer{};                             // compared whole
    std::map<std::string, crypto::PublicKey> keys{};  // by kid; the only ones that count
    std::optional<std::string> key_url{};   // a `jku` that may stand in the header: nothing is fetched
    std::optional<std::string> audience{};  // demanded where given
    std::optional<Bytes> nonce{};           // eat_nonce, demanded where given
    std::chrono::seconds skew{60};          // of nbf and iat; never of exp
};

/// The algorithm follows from the pinned key: P-256 ES256, P-384 ES384, RSA RS256 or PS256. Refusals:
/// E_TOKEN_FORMAT, E_TOKEN_ALG, E_TOKEN_KEY_SOURCE (a key, or a source of keys, in the header),
/// E_TOKEN_SIGNATURE (also for an unknown kid), E_TOKEN_ISSUER, E_TOKEN_EXPIRED (`now < exp`,
/// `nbf - skew <= now`, `iat - skew <= now`), E_TOKEN_AUDIENCE, E_QUOTE_NONCE; in this order.
Result<std::string, Finding> trusted_claims(std::string_view jwt, const TokenTrust& trust, Instant now);

}  // namespace assay::verifier
