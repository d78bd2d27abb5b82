// AES Key Wrap (RFC 3394: KW) and with padding (RFC 5649: KWP).
#pragma once
#include <optional>

#include "sim/base/secret.hpp"

namespace assay::crypto {

enum class KeyWrap : std::uint8_t { kw, kwp };

/// `wrapping_key` has 16, 24 or 32 bytes. KW takes a multiple of 8 bytes, at least 16; KWP any from 1. Other
/// sizes are a bug of the caller (std::logic_error).
Bytes wrap_key(KeyWrap mode, ByteView wrapping_key, ByteView key);

/// Nothing when the integrity check fails or the size cannot be right.
std::optional<Secret> unwrap_key(KeyWrap mode, ByteView wrapping_key, ByteView wrapped);

}  // namespace assay::crypto
