// AES over OpenSSL.
#include "sim/crypto/cipher.hpp"

#include <array>
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

const EVP_CIPHER* fetched_aes(AesMode mode, bool large) {
    constexpr std::array names{"AES-128-CFB", "AES-256-CFB", "AES-128-CTR", "AES-256-CTR", "AES-128-OFB",
                               "AES-256-OFB", "AES-128-CBC", "AES-256-CBC", "AES-128-ECB", "AES-256-ECB"};
    static const std::array ciphers = [&] {
        std::array<const EVP_CIPHER*, names.size()> out{};
        for (std::size_t i = 0; i < names.size(); ++i)
            out.at(i) = check(EVP_CIPHER_fetch(pure_library(), names.at(i), nullptr), "EVP_CIPHER_fetch");
        return out;
    }();
    return ciphers.at(2 * static_cast<std::size_t>(mode) + (large ? 1 : 0));
}

}  // namespace

void aes_crypt(AesMode mode, ByteView key, std::span<std::uint8_t> iv, std::span<std::uint8_t> data,
               bool encrypt) {
    const bool in_blocks = mode == AesMode::cbc || mode == AesMode::ecb;
    if ((key.size() != 16 && key.size() != 32) || iv.size() != (mode == AesMode::ecb ? 0U : 16U) ||
        (in_blocks && data.size() % 16 != 0))
        throw std::logic_error("aes_crypt: the key, the IV or the data have the wrong size");
    if (data.empty()) return;
    const CipherContext context{check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")};
    check(EVP_CipherInit_ex2(context.get(), fetched_aes(mode, key.size() == 32), key.data(), iv.data(),
                             encrypt ? 1 : 0, nullptr),
          "EVP_CipherInit_ex2");
    check(EVP_CIPHER_CTX_set_padding(context.get(), 0), "EVP_CIPHER_CTX_set_padding");
    int size = 0;
    check(EVP_CipherUpdate(context.get(), data.data(), &size, data.data(), int_size(data.size())),
          "EVP_CipherUpdate");
    if (!iv.empty())
        check(EVP_CIPHER_CTX_get_updated_iv(context.get(), iv.data(), iv.size()),
              "EVP_CIPHER_CTX_get_updated_iv");
}

void aes_cfb_encrypt(ByteView key, ByteView iv, std::span<std::uint8_t> data) {
    aes_cfb(key, iv, data, true);
}
void aes_cfb_decrypt(ByteView key, ByteView iv, std::span<std::uint8_t> data) {
    aes_cfb(key, iv, data, false);
}

}  // namespace assay::crypto
