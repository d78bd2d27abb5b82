// HKDF (RFC 5869).
#pragma once
#include "sim/base/secret.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::crypto {

/// The pseudorandom key, as long as the digest. An empty salt means zeros of that length (RFC 5869, 2.2).
Secret hkdf_extract(Hash hash, ByteView salt, ByteView input_key);

/// `size` bytes, at most 255 times the digest size: more is a bug of the caller (std::logic_error).
Secret hkdf_expand(Hash hash, ByteView pseudorandom_key, ByteView info, std::size_t size);

/// Extract, then expand.
Secret hkdf(Hash hash, ByteView salt, ByteView input_key, ByteView info, std::size_t size);

}  // namespace assay::crypto
