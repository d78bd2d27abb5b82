// AES in the modes of SP 800-38A: CFB with 128-bit segments (6.3), the parameter encryption of TPM 2.0, and
// the others that a TPM offers as a service.
#pragma once
#include "sim/base/bytes.hpp"

namespace assay::crypto {

/// `key` has 16 or 32 bytes, `iv` 16 (else std::logic_error); `data` is replaced in place, any length.
void aes_cfb_encrypt(ByteView key, ByteView iv, std::span<std::uint8_t> data);
void aes_cfb_decrypt(ByteView key, ByteView iv, std::span<std::uint8_t> data);

enum class AesMode : std::uint8_t { cfb, ctr, ofb, cbc, ecb };
/// `key` as above; `iv` has 16 bytes, with ECB none, and is then what a next call goes on with. `data` is
/// replaced in place; whole blocks with CBC and ECB (else std::logic_error). No padding.
void aes_crypt(AesMode mode, ByteView key, std::span<std::uint8_t> iv, std::span<std::uint8_t> data,
               bool encrypt);

}  // namespace assay::crypto
