// AES-CFB128 over OpenSSL.
#include "sim/crypto/cipher.hpp"

#include <stdexcept>

#include "sim/crypto/native.hpp"

namespace assay::crypto {
namespace {

void aes_cfb(ByteView key, ByteView iv, std::span<std::uint8_t> data, bool encrypt) {
    if ((key.size() != 16 && key.size() != 32) || iv.size() != 16)
        throw std::logic_error("AES-CFB: the key or the IV has the wrong size");
    static const EVP_CIPHER* const aes_128 =
        check(EVP_CIPHER_fetch(pure_library(), "AES-128-CFB", nullptr), "EVP_CIPHER_fetch");
    static const EVP_CIPHER* const aes_256 =
        check(EVP_CIPHER_fetch(pure_library(), "AES-256-CFB", nullptr), "EVP_CIPHER_fetch");
    const CipherContext context{check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")};
    check(EVP_CipherInit_ex2(context.get(), key.size() == 16 ? aes_128 : aes_256, key.data(), iv.data(),
                             encrypt ? 1 : 0, nullptr),
          "EVP_CipherInit_ex2");
    int size = 0;
    if (!data.empty())
        check(EVP_CipherUpdate(context.get(), data.data(), &size, data.data(), int_size(data.size())),
              "EVP_CipherUpdate");
}

}  // namespace

void aes_cfb_encrypt(ByteView key, ByteView iv, std::span<std::uint8_t> data) {
    aes_cfb(key, iv, data, true);
}
void aes_cfb_decrypt(ByteView key, ByteView iv, std::span<std::uint8_t> data) {
    aes_cfb(key, iv, data, false);
}

}  // namespace assay::crypto
