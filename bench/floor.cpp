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

void floor_sha384(ByteView message) {
    std::array<std::uint8_t, 48> out{};
    require(EVP_Digest(message.data(), message.size(), out.data(), nullptr, sha384(), nullptr) == 1,
            "EVP_Digest");
}

}  // namespace assay::bench
