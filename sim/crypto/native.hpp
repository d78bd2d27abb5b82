// OpenSSL as this folder uses it: owned handles, failures as exceptions, and a library context without
// randomness for all that needs none. Included by .cpp files of sim/crypto alone.
#pragma once
#include <memory>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "sim/crypto/context.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::crypto {

template <auto release>
struct Releaser {
    template <class T>
    void operator()(T* handle) const noexcept {
        release(handle);
    }
};
template <class T, auto release>
using Handle = std::unique_ptr<T, Releaser<release>>;

using LibraryHandle = Handle<OSSL_LIB_CTX, &OSSL_LIB_CTX_free>;
using ProviderHandle = Handle<OSSL_PROVIDER, &OSSL_PROVIDER_unload>;
using DigestContext = Handle<EVP_MD_CTX, &EVP_MD_CTX_free>;
using CipherContext = Handle<EVP_CIPHER_CTX, &EVP_CIPHER_CTX_free>;
using KeyHandle = Handle<EVP_PKEY, &EVP_PKEY_free>;
using KeyContext = Handle<EVP_PKEY_CTX, &EVP_PKEY_CTX_free>;

/// Throws std::runtime_error with the call and OpenSSL's reason, and leaves OpenSSL's error queue empty.
[[noreturn]] void openssl_failure(const char* call);

/// For calls that fail only when something is wrong with the environment.
inline void check(int code, const char* call) {
    if (code <= 0) openssl_failure(call);
}
template <class T>
T* check(T* made, const char* call) {
    if (made == nullptr) openssl_failure(call);
    return made;
}

/// For calls that fail by what a peer sent: true for 1, else false with an empty error queue.
bool succeeded(int code);

/// Bytes of a literal, zeros among them included, without the one that ends it.
template <std::size_t size>
constexpr std::string_view octets(const char (&literal)[size]) {
    return {literal, size - 1};
}

/// The length that an OpenSSL function takes as `int`; more is a bug of the caller (std::logic_error).
int int_size(std::size_t size);

struct Context::Native {
    Random& random;
    LibraryHandle library;
    // Unloaded before the library goes.
    ProviderHandle random_provider;
    ProviderHandle default_provider;
};

/// The library context of everything that needs no randomness: asking it for some fails.
OSSL_LIB_CTX* pure_library();

/// Fetched once from pure_library().
const EVP_MD* fetched(Hash hash);

/// `digest` and `hmac` without a Bytes of their own; `out` has digest_size(hash) bytes and may be a part of
/// the input.
void digest_into(Hash hash, std::initializer_list<ByteView> parts, std::span<std::uint8_t> out);
void hmac_into(Hash hash, ByteView key, std::initializer_list<ByteView> parts, std::span<std::uint8_t> out);

}  // namespace assay::crypto
