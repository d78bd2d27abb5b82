// Keys inside: what PublicKey and PrivateKey hold, and the facts of the curves. Included by .cpp files of
// sim/crypto alone.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <tuple>

#include "sim/crypto/key.hpp"
#include "sim/crypto/native.hpp"

namespace assay::crypto {

struct CurveFacts {
    KeyType type;
    const char* group;  // OpenSSL's name; null for X25519
    std::size_t bits;
    std::size_t size;              // of a coordinate and of a scalar, bytes
    std::size_t point_size;        // 04 || X || Y; X25519: 32
    std::string_view spki_prefix;  // DER of a SubjectPublicKeyInfo up to the point: there is one form only
    std::string_view order;        // of the group, big-endian; empty for X25519
};
/// Null for RSA.
const CurveFacts* curve_facts(KeyType type);

/// EVP_PKEY_CTX objects that are ready for one operation with one key. Making one costs as much as a tenth of
/// a P-256 signature, so the last one is kept; a thread that finds it taken makes its own.
class SpareContexts {
public:
    SpareContexts() = default;
    SpareContexts(const SpareContexts&) = delete;
    SpareContexts& operator=(const SpareContexts&) = delete;
    ~SpareContexts() {
        for (auto& spare : spares_) EVP_PKEY_CTX_free(spare.load());
    }

    using Init = int (*)(EVP_PKEY_CTX*, const OSSL_PARAM*);
    KeyContext take(SignatureScheme scheme, Hash hash, OSSL_LIB_CTX* library, EVP_PKEY* key, Init init);
    void give_back(SignatureScheme scheme, Hash hash, KeyContext context);

private:
    // One for ECDSA, which takes any digest; one for each RSA scheme and hash.
    std::atomic<EVP_PKEY_CTX*>& spare(SignatureScheme scheme, Hash hash);
    std::array<std::atomic<EVP_PKEY_CTX*>, 1 + 2 * 4> spares_{};
};

/// True when `scheme` signs with keys of `type`.
bool fits(SignatureScheme scheme, KeyType type);

struct PublicKey::Native {
    KeyType type;
    std::size_t bits;
    Bytes value;     // the point, or the modulus
    Bytes exponent;  // RSA only
    Bytes spki;
    KeyHandle key;  // in pure_library()
    mutable SpareContexts verifiers{};
};

struct PrivateKey::Native {
    const Context& context;
    KeyHandle key;
    PublicKey public_key;
    mutable SpareContexts signers{};
    struct Memory {
        std::function<void(ByteView digest)> begin;
        std::map<std::tuple<SignatureScheme, Hash, Bytes>, Bytes> signatures{};
    };
    std::unique_ptr<Memory> memory{};  // null: every signature is made anew

    OSSL_LIB_CTX* library() const { return context.native().library.get(); }
};

/// The EVP_PKEY of a public key in any library context; null when the value is not one.
KeyHandle import_point(OSSL_LIB_CTX* library, const CurveFacts& curve, ByteView point);
KeyHandle import_rsa(OSSL_LIB_CTX* library, ByteView modulus, ByteView exponent);
std::optional<PublicKey> rsa_public_key(ByteView modulus, ByteView exponent);
std::optional<PublicKey> rsa_public_half(EVP_PKEY* key);

/// Big-endian bytes in the order in which OSSL_PARAM holds an integer.
Secret native_integer(ByteView big_endian);

/// OSSL_PARAM takes pointers to non-const for input too.
char* text_param(const char* text);

/// OAEP (RFC 8017, 7.1) with MGF1 of the same hash.
using CipherInit = int (*)(EVP_PKEY_CTX*, const OSSL_PARAM*);
KeyContext oaep_context(OSSL_LIB_CTX* library, EVP_PKEY* key, Hash hash, ByteView label, CipherInit init);

}  // namespace assay::crypto
