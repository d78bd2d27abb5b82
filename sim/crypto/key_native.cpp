// The facts of the curves, and OpenSSL's contexts for key operations.
#include "sim/crypto/key_native.hpp"

#include <algorithm>
#include <bit>

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace assay::crypto {

namespace {

constexpr std::array curve_table{
    CurveFacts{
        KeyType::p256, "P-256", 256, 32, 65,
        octets("\x30\x59\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07"
               "\x03\x42\x00"),
        octets(
            "\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xBC\xE6\xFA\xAD\xA7\x17\x9E\x84"
            "\xF3\xB9\xCA\xC2\xFC\x63\x25\x51")},
    CurveFacts{
        KeyType::p384, "P-384", 384, 48, 97,
        octets(
            "\x30\x76\x30\x10\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x05\x2B\x81\x04\x00\x22\x03\x62\x00"),
        octets(
            "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
            "\xC7\x63\x4D\x81\xF4\x37\x2D\xDF\x58\x1A\x0D\xB2\x48\xB0\xA7\x7A\xEC\xEC\x19\x6A\xCC\xC5\x29"
            "\x73")},
    CurveFacts{
        KeyType::p521, "P-521", 521, 66, 133,
        octets("\x30\x81\x9B\x30\x10\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x05\x2B\x81\x04\x00\x23\x03\x81"
               "\x86\x00"),
        octets("\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
               "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFA\x51\x86\x87\x83\xBF\x2F\x96\x6B\x7F\xCC"
               "\x01\x48\xF7\x09\xA5\xD0\x3B\xB5\xC9\xB8\x89\x9C\x47\xAE\xBB\x6F\xB7\x1E\x91\x38\x64\x09")},
    CurveFacts{KeyType::x25519, nullptr, 253, 32, 32,
               octets("\x30\x2A\x30\x05\x06\x03\x2B\x65\x6E\x03\x21\x00"), octets("")},
};

// What EVP_PKEY_sign and EVP_PKEY_verify are told: nothing for ECDSA.
KeyContext signature_context(SignatureScheme scheme, Hash hash, OSSL_LIB_CTX* library, EVP_PKEY* key,
                             SpareContexts::Init init) {
    KeyContext context{
        check(EVP_PKEY_CTX_new_from_pkey(library, key, nullptr), "EVP_PKEY_CTX_new_from_pkey")};
    if (scheme == SignatureScheme::ecdsa_raw || scheme == SignatureScheme::ecdsa_der) {
        check(init(context.get(), nullptr), "EVP_PKEY_sign_init_ex");
        return context;
    }
    const bool pss = scheme == SignatureScheme::rsa_pss;
    char* digest_name = text_param(EVP_MD_get0_name(fetched(hash)));
    int salt_size = static_cast<int>(digest_size(hash));
    const std::array params{
        OSSL_PARAM_construct_utf8_string(
            OSSL_SIGNATURE_PARAM_PAD_MODE,
            text_param(pss ? OSSL_PKEY_RSA_PAD_MODE_PSS : OSSL_PKEY_RSA_PAD_MODE_PKCSV15), 0),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, digest_name, 0),
        pss ? OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, digest_name, 0)
            : OSSL_PARAM_construct_end(),
        OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &salt_size),
        OSSL_PARAM_construct_end(),
    };
    check(init(context.get(), params.data()), "EVP_PKEY_sign_init_ex");
    return context;
}

}  // namespace

const CurveFacts* curve_facts(KeyType type) {
    const auto* const found = std::ranges::find(curve_table, type, &CurveFacts::type);
    return found == curve_table.end() ? nullptr : &*found;
}

bool fits(SignatureScheme scheme, KeyType type) {
    switch (scheme) {
        case SignatureScheme::ecdsa_raw:
        case SignatureScheme::ecdsa_der:
            return type == KeyType::p256 || type == KeyType::p384 || type == KeyType::p521;
        case SignatureScheme::rsa_pkcs1:
        case SignatureScheme::rsa_pss: return type == KeyType::rsa;
    }
    return false;
}

std::atomic<EVP_PKEY_CTX*>& SpareContexts::spare(SignatureScheme scheme, Hash hash) {
    const auto row = static_cast<std::size_t>(hash);
    if (scheme == SignatureScheme::rsa_pkcs1) return spares_.at(1 + row);
    if (scheme == SignatureScheme::rsa_pss) return spares_.at(5 + row);
    return spares_[0];
}

KeyContext SpareContexts::take(SignatureScheme scheme, Hash hash, OSSL_LIB_CTX* library, EVP_PKEY* key,
                               Init init) {
    if (KeyContext ready{spare(scheme, hash).exchange(nullptr)}) return ready;
    return signature_context(scheme, hash, library, key, init);
}

void SpareContexts::give_back(SignatureScheme scheme, Hash hash, KeyContext context) {
    const KeyContext surplus{spare(scheme, hash).exchange(context.release())};
}

Secret native_integer(ByteView big_endian) {
    Secret out{big_endian.size()};
    if constexpr (std::endian::native == std::endian::little)
        std::ranges::reverse_copy(big_endian, out.bytes().begin());
    else
        std::ranges::copy(big_endian, out.bytes().begin());
    return out;
}

char* text_param(const char* text) { return const_cast<char*>(text); }

KeyHandle import_point(OSSL_LIB_CTX* library, const CurveFacts& curve, ByteView point) {
    if (point.size() != curve.point_size) return {};
    if (curve.group == nullptr)
        return KeyHandle{
            check(EVP_PKEY_new_raw_public_key_ex(library, "X25519", nullptr, point.data(), point.size()),
                  "EVP_PKEY_new_raw_public_key_ex")};
    if (point[0] != 0x04) return {};  // uncompressed (SEC 1, 2.3.3)
    const KeyContext context{
        check(EVP_PKEY_CTX_new_from_name(library, "EC", nullptr), "EVP_PKEY_CTX_new_from_name")};
    check(EVP_PKEY_fromdata_init(context.get()), "EVP_PKEY_fromdata_init");
    Bytes copy{point.begin(), point.end()};
    std::array params{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, text_param(curve.group), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY* key = nullptr;
    const bool on_curve =
        succeeded(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.data()));
    KeyHandle owned{key};
    return on_curve ? std::move(owned) : KeyHandle{};
}

KeyHandle import_rsa(OSSL_LIB_CTX* library, ByteView modulus, ByteView exponent) {
    Secret n = native_integer(modulus);
    Secret e = native_integer(exponent);
    std::array params{
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n.bytes().data(), n.bytes().size()),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e.bytes().data(), e.bytes().size()),
        OSSL_PARAM_construct_end(),
    };
    const KeyContext context{
        check(EVP_PKEY_CTX_new_from_name(library, "RSA", nullptr), "EVP_PKEY_CTX_new_from_name")};
    check(EVP_PKEY_fromdata_init(context.get()), "EVP_PKEY_fromdata_init");
    EVP_PKEY* key = nullptr;
    const bool good = succeeded(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.data()));
    KeyHandle owned{key};
    return good ? std::move(owned) : KeyHandle{};
}

KeyContext oaep_context(OSSL_LIB_CTX* library, EVP_PKEY* key, Hash hash, ByteView label, CipherInit init) {
    KeyContext context{
        check(EVP_PKEY_CTX_new_from_pkey(library, key, nullptr), "EVP_PKEY_CTX_new_from_pkey")};
    char* digest_name = text_param(EVP_MD_get0_name(fetched(hash)));
    Bytes label_copy{label.begin(), label.end()};
    const std::array params{
        OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE,
                                         text_param(OSSL_PKEY_RSA_PAD_MODE_OAEP), 0),
        OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, digest_name, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, digest_name, 0),
        label.empty() ? OSSL_PARAM_construct_end()
                      : OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL,
                                                          label_copy.data(), label_copy.size()),
        OSSL_PARAM_construct_end(),
    };
    check(init(context.get(), params.data()), "EVP_PKEY_encrypt_init_ex");
    return context;
}

}  // namespace assay::crypto
