// HMAC (FIPS 198-1, RFC 2104) and comparison in constant time.
#pragma once
#include "sim/crypto/hash.hpp"

namespace assay::crypto {

/// As long as the digest of `hash`.
Bytes hmac(Hash hash, ByteView key, std::initializer_list<ByteView> parts);

/// Takes a time that depends on the sizes alone.
bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace assay::crypto
