// AES Key Wrap over OpenSSL.
#include "sim/crypto/key_wrap.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/crypto/native.hpp"

namespace assay::crypto {
namespace {

constexpr std::size_t wrap_unit = 8;

CipherContext wrap_context(KeyWrap mode, ByteView key, bool encrypt) {
    const std::string name =
        "AES-" + std::to_string(8 * key.size()) + (mode == KeyWrap::kw ? "-WRAP" : "-WRAP-PAD");
    const Handle<EVP_CIPHER, &EVP_CIPHER_free> cipher{
        check(EVP_CIPHER_fetch(pure_library(), name.c_str(), nullptr), "EVP_CIPHER_fetch")};
    CipherContext context{check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")};
    EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    check(EVP_CipherInit_ex2(context.get(), cipher.get(), key.data(), nullptr, encrypt ? 1 : 0, nullptr),
          "EVP_CipherInit_ex2");
    return context;
}

void check_wrapping_key(ByteView key) {
    if (key.size() != 16 && key.size() != 24 && key.size() != 32)
        throw std::logic_error("key wrap: the wrapping key has the wrong size");
}

}  // namespace

Bytes wrap_key(KeyWrap mode, ByteView wrapping_key, ByteView key) {
    check_wrapping_key(wrapping_key);
    const bool fits =
        mode == KeyWrap::kw ? key.size() >= 2 * wrap_unit && key.size() % wrap_unit == 0 : !key.empty();
    if (!fits) throw std::logic_error("key wrap: a key of this size cannot be wrapped");
    const CipherContext context = wrap_context(mode, wrapping_key, true);
    Bytes out((key.size() + wrap_unit - 1) / wrap_unit * wrap_unit + wrap_unit);
    int size = 0;
    check(EVP_CipherUpdate(context.get(), out.data(), &size, key.data(), int_size(key.size())),
          "EVP_CipherUpdate");
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::optional<Secret> unwrap_key(KeyWrap mode, ByteView wrapping_key, ByteView wrapped) {
    check_wrapping_key(wrapping_key);
    constexpr std::size_t max_size = 1 << 24;
    const std::size_t min_size = (mode == KeyWrap::kw ? 3 : 2) * wrap_unit;
    if (wrapped.size() < min_size || wrapped.size() % wrap_unit != 0 || wrapped.size() > max_size) return {};
    const CipherContext context = wrap_context(mode, wrapping_key, false);
    Secret room{wrapped.size()};
    int size = 0;
    const int code =
        EVP_CipherUpdate(context.get(), room.bytes().data(), &size, wrapped.data(), int_size(wrapped.size()));
    if (!succeeded(code) || size <= 0) return {};
    Secret out{static_cast<std::size_t>(size)};
    std::copy_n(room.bytes().begin(), out.bytes().size(), out.bytes().begin());
    return out;
}

}  // namespace assay::crypto
