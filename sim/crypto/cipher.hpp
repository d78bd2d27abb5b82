// AES-CFB with 128-bit segments (SP 800-38A, 6.3), the parameter encryption of TPM 2.0.
#pragma once
#include "sim/base/bytes.hpp"

namespace assay::crypto {

/// `key` has 16 or 32 bytes, `iv` 16 (else std::logic_error); `data` is replaced in place, any length.
void aes_cfb_encrypt(ByteView key, ByteView iv, std::span<std::uint8_t> data);
void aes_cfb_decrypt(ByteView key, ByteView iv, std::span<std::uint8_t> data);

}  // namespace assay::crypto
