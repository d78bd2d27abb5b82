// Resources as JWE (RFC 7516, flattened JSON), the form in which CoCo's key broker hands them out.
#pragma once
#include "sim/crypto/key.hpp"

namespace assay::kms {

/// A256GCM under a fresh key, which travels to an RSA recipient by RSA-OAEP-256 and to one on P-256 by
/// ECDH-ES+A256KW. Other recipients are a bug of the caller (std::logic_error).
std::string encrypt_jwe(const crypto::Context& context, const crypto::PublicKey& recipient,
                        ByteView plaintext);

/// Strict: exactly the five members, base64url without padding, no header but alg, enc and epk, no other
/// algorithm (RSA1_5 and dir are none), iv of 12 and tag of 16 bytes. Nothing for any failure, without a
/// reason.
std::optional<Secret> decrypt_jwe(const crypto::PrivateKey& recipient, ByteView json);

/// One-step KDF of RFC 7518, 4.6.2 with SHA-256: at most 32 bytes (std::logic_error).
Secret concat_kdf(ByteView shared_secret, std::string_view algorithm, std::string_view party_u,
                  std::string_view party_v, std::size_t size);

}  // namespace assay::kms
