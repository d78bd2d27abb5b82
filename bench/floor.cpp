#include "bench/floor.hpp"

#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

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

namespace {

using PkeyCtx = std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* c) { EVP_PKEY_CTX_free(c); })>;
using Pkey = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* k) { EVP_PKEY_free(k); })>;

void derive(EVP_PKEY* own, EVP_PKEY* peer) {
    const PkeyCtx ctx{EVP_PKEY_CTX_new(own, nullptr)};
    Bytes out(64);
    std::size_t size = out.size();
    require(EVP_PKEY_derive_init(ctx.get()) == 1 && EVP_PKEY_derive_set_peer(ctx.get(), peer) == 1 &&
                EVP_PKEY_derive(ctx.get(), out.data(), &size) == 1,
            "EVP_PKEY_derive");
}

/// ECDSA over a digest of 32 bytes.
void sign(EVP_PKEY* key) {
    const PkeyCtx ctx{EVP_PKEY_CTX_new(key, nullptr)};
    const std::array<std::uint8_t, 32> digest{7};
    std::array<std::uint8_t, 80> out{};
    std::size_t size = out.size();
    require(EVP_PKEY_sign_init(ctx.get()) == 1 &&
                EVP_PKEY_sign(ctx.get(), out.data(), &size, digest.data(), digest.size()) == 1,
            "EVP_PKEY_sign");
}

/// An RSA-2048 key, a digest that it has signed, and a secret that was encrypted to it.
struct FloorRsa {
    Pkey key{EVP_RSA_gen(2048)};
    Bytes digest = Bytes(32, 7), signature = Bytes(256), secret = Bytes(32, 9), wrapped = Bytes(256);

    PkeyCtx context(int (*init)(EVP_PKEY_CTX*), int padding) const {
        PkeyCtx ctx{EVP_PKEY_CTX_new(key.get(), nullptr)};
        require(init(ctx.get()) == 1 && EVP_PKEY_CTX_set_rsa_padding(ctx.get(), padding) == 1, "RSA");
        return ctx;
    }
    void sign() {
        std::size_t size = signature.size();
        require(EVP_PKEY_sign(context(EVP_PKEY_sign_init, RSA_PKCS1_PADDING).get(), signature.data(), &size,
                              digest.data(), digest.size()) == 1,
                "EVP_PKEY_sign");
    }
    void verify() const {
        require(EVP_PKEY_verify(context(EVP_PKEY_verify_init, RSA_PKCS1_PADDING).get(), signature.data(),
                                signature.size(), digest.data(), digest.size()) == 1,
                "EVP_PKEY_verify");
    }
    void encrypt() {
        std::size_t size = wrapped.size();
        require(EVP_PKEY_encrypt(context(EVP_PKEY_encrypt_init, RSA_PKCS1_OAEP_PADDING).get(), wrapped.data(),
                                 &size, secret.data(), secret.size()) == 1,
                "EVP_PKEY_encrypt");
    }
    void decrypt() const {
        Bytes out(256);
        std::size_t size = out.size();
        require(EVP_PKEY_decrypt(context(EVP_PKEY_decrypt_init, RSA_PKCS1_OAEP_PADDING).get(), out.data(),
                                 &size, wrapped.data(), wrapped.size()) == 1,
                "EVP_PKEY_decrypt");
    }
};

}  // namespace

void floor_work(const FloorWork& work) {
    static const FloorKey p384;
    static FloorRsa rsa;
    static const Pkey p256{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")},
        ec{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384")},
        x{EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")};
    static const Bytes message(32, 1), signature = p384.sign(message);
    static const bool wrapped = (rsa.sign(), rsa.encrypt(), true);
    require(wrapped, "RSA");
    for (unsigned i = 0; i < work.p256_sign; ++i) sign(p256.get());
    for (unsigned i = 0; i < work.p384_sign; ++i) static_cast<void>(p384.sign(message));
    for (unsigned i = 0; i < work.p384_verify; ++i) p384.verify(message, signature);
    for (unsigned i = 0; i < work.p384_generate; ++i)
        require(Pkey{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384")} != nullptr, "EC");
    for (unsigned i = 0; i < work.p384_derive; ++i) derive(ec.get(), ec.get());
    for (unsigned i = 0; i < work.rsa2048_sign; ++i) rsa.sign();
    for (unsigned i = 0; i < work.rsa2048_verify; ++i) rsa.verify();
    for (unsigned i = 0; i < work.rsa2048_encrypt; ++i) rsa.encrypt();
    for (unsigned i = 0; i < work.rsa2048_decrypt; ++i) rsa.decrypt();
    for (unsigned i = 0; i < work.x25519_generate; ++i)
        require(Pkey{EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")} != nullptr, "X25519");
    for (unsigned i = 0; i < work.x25519_derive; ++i) derive(x.get(), x.get());
}

void floor_sha384(ByteView message) {
    std::array<std::uint8_t, 48> out{};
    require(EVP_Digest(message.data(), message.size(), out.data(), nullptr, sha384(), nullptr) == 1,
            "EVP_Digest");
}

}  // namespace assay::bench
