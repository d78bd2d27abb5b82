#include "bench/floor.hpp"

#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/evp.h>

namespace assay::bench {
namespace {

using MdCtx = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* c) { EVP_MD_CTX_free(c); })>;

void require(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(what);
}

EVP_MD* sha384() {
    static EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA384", nullptr);
    return md;
}

}  // namespace

struct FloorKey::Native {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
};

FloorKey::FloorKey() : native_(std::make_unique<Native>()) {
    require(native_->key != nullptr, "EVP_PKEY_Q_keygen");
}
FloorKey::~FloorKey() { EVP_PKEY_free(native_->key); }

Bytes FloorKey::sign(ByteView message) const {
    const MdCtx ctx{EVP_MD_CTX_new()};
    require(EVP_DigestSignInit_ex(ctx.get(), nullptr, "SHA384", nullptr, nullptr, native_->key, nullptr) == 1,
            "init");
    Bytes out(128);
    std::size_t size = out.size();
    require(EVP_DigestSign(ctx.get(), out.data(), &size, message.data(), message.size()) == 1,
            "EVP_DigestSign");
    out.resize(size);
    return out;
}

void FloorKey::verify(ByteView message, ByteView signature) const {
    const MdCtx ctx{EVP_MD_CTX_new()};
    require(
        EVP_DigestVerifyInit_ex(ctx.get(), nullptr, "SHA384", nullptr, nullptr, native_->key, nullptr) == 1,
        "init");
    require(
        EVP_DigestVerify(ctx.get(), signature.data(), signature.size(), message.data(), message.size()) == 1,
        "EVP_DigestVerify");
}

struct FloorAead::Native {
    using Cipher =
        std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* c) { EVP_CIPHER_CTX_free(c); })>;
    Cipher seal{EVP_CIPHER_CTX_new()}, open{EVP_CIPHER_CTX_new()};
    std::array<std::uint8_t, 12> nonce{};
};

FloorAead::FloorAead() : native_(std::make_unique<Native>()) {
    const std::array<std::uint8_t, 32> key{1};
    require(EVP_EncryptInit_ex(native_->seal.get(), EVP_aes_256_gcm(), nullptr, key.data(), nullptr) == 1 &&
                EVP_DecryptInit_ex(native_->open.get(), EVP_aes_256_gcm(), nullptr, key.data(), nullptr) == 1,
            "EVP_CipherInit");
}
FloorAead::~FloorAead() = default;

void FloorAead::there_and_back(ByteView message, Bytes& out) {
    constexpr int tag_size = 16;
    const int size = static_cast<int>(message.size());
    const std::array<std::uint8_t, 8> head{};
    ++native_->nonce[0];
    int n = 0;
    out.resize(message.size() + tag_size);
    EVP_CIPHER_CTX* seal = native_->seal.get();
    require(EVP_EncryptInit_ex(seal, nullptr, nullptr, nullptr, native_->nonce.data()) == 1 &&
                EVP_EncryptUpdate(seal, nullptr, &n, head.data(), static_cast<int>(head.size())) == 1 &&
                EVP_EncryptUpdate(seal, out.data(), &n, message.data(), size) == 1 &&
                EVP_EncryptFinal_ex(seal, out.data() + n, &n) == 1 &&
                EVP_CIPHER_CTX_ctrl(seal, EVP_CTRL_AEAD_GET_TAG, tag_size, out.data() + size) == 1,
            "EVP_Encrypt");
    EVP_CIPHER_CTX* open = native_->open.get();
    require(EVP_DecryptInit_ex(open, nullptr, nullptr, nullptr, native_->nonce.data()) == 1 &&
                EVP_DecryptUpdate(open, nullptr, &n, head.data(), static_cast<int>(head.size())) == 1 &&
                EVP_DecryptUpdate(open, out.data(), &n, out.data(), size) == 1 &&
                EVP_CIPHER_CTX_ctrl(open, EVP_CTRL_AEAD_SET_TAG, tag_size, out.data() + size) == 1 &&
                EVP_DecryptFinal_ex(open, out.data() + n, &n) == 1,
            "EVP_Decrypt");
}

void floor_sha384(ByteView message) {
    std::array<std::uint8_t, 48> out{};
    require(EVP_Digest(message.data(), message.size(), out.data(), nullptr, sha384(), nullptr) == 1,
            "EVP_Digest");
}

}  // namespace assay::bench
