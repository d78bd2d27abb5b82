// What reading and writing OCSP messages share. Internal to sim/crypto.
#pragma once
#include "sim/crypto/der.hpp"
#include "sim/crypto/ocsp.hpp"

namespace assay::crypto {

inline constexpr std::uint8_t enumerated = 0x0A;

/// CRLReason (RFC 5280, 5.3.1).
std::optional<std::string> revocation_reason(std::uint8_t code);
/// Nothing for a name that is not one.
std::optional<std::uint8_t> revocation_code(std::string_view reason);

/// By the contents of its OID; nothing for other hashes.
std::optional<Hash> cert_id_hash(ByteView oid);
/// CertID (RFC 6960, 4.1.1).
Bytes make_cert_id(const Certificate& subject, const Certificate& issuer, Hash hash);

}  // namespace assay::crypto
