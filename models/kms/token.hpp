// Attestation tokens as a relying party reads them: JWT (RFC 7519, RFC 8725) of issuers whose keys are
// pinned.
#pragma once
#include <map>

#include "models/kms/codes.hpp"
#include "models/kms/strict_json.hpp"
#include "sim/base/clock.hpp"
#include "sim/crypto/key.hpp"

namespace assay::kms {

/// A verifier whose tokens count.
struct TrustedIssuer {
    std::string url;                                // `iss`, compared as authorities are
    std::map<std::string, crypto::PublicKey> keys;  // by kid: P-384, P-256, RSA from 2048 bits
    std::optional<std::string> key_set_url{};       // a `jku` must be this text; never fetched
    std::optional<std::string> audience{};          // `aud` must be this text alone
    /// `eat_nonce` must be the nonce of the release request: the evidence was made for it.
    bool nonce_bound = true;
};

/// A token whose signature, issuer and times hold.
struct VerifiedToken {
    Json claims;
    Bytes digest;  // SHA-256 of the compact form
};

/// Checked in this order: form; `alg` one of ES384, ES256, PS256, RS256; no key source but the pinned one;
/// issuer; kid; algorithm of that key; signature; nbf - 60 s <= now < exp, iat <= now + 60 s; audience;
/// nonce. `exp` and `iat` must be there. All errors are reasons of row 5.
Result<VerifiedToken, const Reason*> verify_token(std::string_view jwt,
                                                  const std::vector<TrustedIssuer>& issuers, Instant now,
                                                  ByteView nonce);

/// The RSA key that the token's `x-ms-runtime.keys` names TpmEphemeralEncryptionKey: exactly one, 2048 to
/// 4096 bits, exponent 65537, for encryption, without a private part. The token must say, in `assay`, that
/// its use is bound to the attested PCRs: `wrapping-key-bound` is true and `pcr-policy` a SHA-256 policy
/// digest in hex. Errors are reasons of row 9.
Result<crypto::PublicKey, const Reason*> wrapping_key_of(const nlohmann::json& claims);

}  // namespace assay::kms
