#include "sim/crypto/rsa.hpp"

#include <algorithm>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "sim/crypto/key_native.hpp"

namespace assay::crypto {
namespace {

using BigNumber = Handle<BIGNUM, &BN_clear_free>;
using BigNumbers = Handle<BN_CTX, &BN_CTX_free>;

BigNumber number_of(ByteView big_endian) {
    BigNumber out{check(BN_secure_new(), "BN_secure_new")};
    check(BN_bin2bn(big_endian.data(), int_size(big_endian.size()), out.get()), "BN_bin2bn");
    BN_set_flags(out.get(), BN_FLG_CONSTTIME);
    return out;
}
BigNumber fresh() { return BigNumber{check(BN_secure_new(), "BN_secure_new")}; }

/// All numbers of a private key (RFC 8017, 3.2).
struct Numbers {
    BigNumber n, e, d, p, q, dp, dq, qinv;
};

bool complete(Numbers& k, BN_CTX* scratch) {
    BigNumber rest = fresh(), p1 = fresh(), q1 = fresh(), phi = fresh();
    if (BN_num_bits(k.p.get()) * 2 != BN_num_bits(k.n.get())) return false;
    check(BN_div(k.q.get(), rest.get(), k.n.get(), k.p.get(), scratch), "BN_div");
    if (!BN_is_zero(rest.get()) || BN_num_bits(k.q.get()) != BN_num_bits(k.p.get())) return false;
    check(BN_sub(p1.get(), k.p.get(), BN_value_one()), "BN_sub");
    check(BN_sub(q1.get(), k.q.get(), BN_value_one()), "BN_sub");
    check(BN_mul(phi.get(), p1.get(), q1.get(), scratch), "BN_mul");
    BN_set_flags(phi.get(), BN_FLG_CONSTTIME);
    const bool invertible =
        succeeded(BN_mod_inverse(k.d.get(), k.e.get(), phi.get(), scratch) != nullptr ? 1 : 0) &&
        succeeded(BN_mod_inverse(k.qinv.get(), k.q.get(), k.p.get(), scratch) != nullptr ? 1 : 0);
    if (!invertible) return false;
    check(BN_mod(k.dp.get(), k.d.get(), p1.get(), scratch), "BN_mod");
    check(BN_mod(k.dq.get(), k.d.get(), q1.get(), scratch), "BN_mod");
    return true;
}

KeyHandle key_of(OSSL_LIB_CTX* library, const Numbers& k) {
    const Handle<OSSL_PARAM_BLD, &OSSL_PARAM_BLD_free> builder{
        check(OSSL_PARAM_BLD_new(), "OSSL_PARAM_BLD_new")};
    const auto push = [&](const char* name, const BigNumber& number) {
        check(OSSL_PARAM_BLD_push_BN(builder.get(), name, number.get()), "OSSL_PARAM_BLD_push_BN");
    };
    push(OSSL_PKEY_PARAM_RSA_N, k.n);
    push(OSSL_PKEY_PARAM_RSA_E, k.e);
    push(OSSL_PKEY_PARAM_RSA_D, k.d);
    push(OSSL_PKEY_PARAM_RSA_FACTOR1, k.p);
    push(OSSL_PKEY_PARAM_RSA_FACTOR2, k.q);
    push(OSSL_PKEY_PARAM_RSA_EXPONENT1, k.dp);
    push(OSSL_PKEY_PARAM_RSA_EXPONENT2, k.dq);
    push(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, k.qinv);
    const Handle<OSSL_PARAM, &OSSL_PARAM_free> params{
        check(OSSL_PARAM_BLD_to_param(builder.get()), "OSSL_PARAM_BLD_to_param")};
    const KeyContext maker{
        check(EVP_PKEY_CTX_new_from_name(library, "RSA", nullptr), "EVP_PKEY_CTX_new_from_name")};
    check(EVP_PKEY_fromdata_init(maker.get()), "EVP_PKEY_fromdata_init");
    EVP_PKEY* made = nullptr;
    const bool good = succeeded(EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_KEYPAIR, params.get()));
    KeyHandle key{made};
    return good ? std::move(key) : KeyHandle{};
}

KeyContext cipher_context(OSSL_LIB_CTX* library, EVP_PKEY* key, RsaPadding padding, Hash hash, ByteView label,
                          CipherInit init) {
    if (padding == RsaPadding::oaep) return oaep_context(library, key, hash, label, init);
    KeyContext context{
        check(EVP_PKEY_CTX_new_from_pkey(library, key, nullptr), "EVP_PKEY_CTX_new_from_pkey")};
    const std::array params{
        OSSL_PARAM_construct_utf8_string(
            OSSL_ASYM_CIPHER_PARAM_PAD_MODE,
            text_param(padding == RsaPadding::none ? OSSL_PKEY_RSA_PAD_MODE_NONE
                                                   : OSSL_PKEY_RSA_PAD_MODE_PKCSV15),
            0),
        OSSL_PARAM_construct_end(),
    };
    check(init(context.get(), params.data()), "EVP_PKEY_encrypt_init_ex");
    return context;
}

}  // namespace

std::optional<PrivateKey> rsa_from_prime(const Context& context, ByteView modulus, std::uint32_t exponent,
                                         ByteView prime) {
    const auto half = PublicKey::from_rsa(modulus, exponent);
    if (!half || prime.empty() || (prime.back() & 1) == 0) return {};
    OSSL_LIB_CTX* library = context.native().library.get();
    const BigNumbers scratch{check(BN_CTX_secure_new_ex(library), "BN_CTX_secure_new_ex")};
    Numbers k{number_of(modulus), fresh(), fresh(), number_of(prime), fresh(), fresh(), fresh(), fresh()};
    check(BN_set_word(k.e.get(), exponent), "BN_set_word");
    if (!complete(k, scratch.get())) return {};
    KeyHandle key = key_of(library, k);
    if (!key) return {};
    return PrivateKey{
        std::unique_ptr<PrivateKey::Native>{new PrivateKey::Native{context, std::move(key), *half}}};
}

Secret rsa_prime(const PrivateKey& key) {
    if (key.type() != KeyType::rsa) throw std::logic_error("rsa_prime: not an RSA key");
    BIGNUM* raw = nullptr;
    check(EVP_PKEY_get_bn_param(key.native().key.get(), OSSL_PKEY_PARAM_RSA_FACTOR1, &raw),
          "EVP_PKEY_get_bn_param");
    const BigNumber prime{raw};
    Secret out{key.public_key().native().value.size() / 2};
    check(BN_bn2binpad(raw, out.bytes().data(), int_size(out.bytes().size())), "BN_bn2binpad");
    return out;
}

std::optional<Bytes> rsa_encrypt(const Context& context, const PublicKey& key, RsaPadding padding, Hash hash,
                                 ByteView plaintext, ByteView label) {
    const auto& numbers = key.native();
    const std::size_t size = numbers.value.size();
    const std::size_t overhead = padding == RsaPadding::oaep    ? 2 * digest_size(hash) + 2
                                 : padding == RsaPadding::pkcs1 ? 11
                                                                : 0;
    if (key.type() != KeyType::rsa || size < overhead + plaintext.size()) return {};
    OSSL_LIB_CTX* library = context.native().library.get();
    const KeyHandle native = import_rsa(library, numbers.value, numbers.exponent);
    const KeyContext cipher = cipher_context(library, check(native.get(), "EVP_PKEY_fromdata"), padding, hash,
                                             label, &EVP_PKEY_encrypt_init_ex);
    Secret padded{padding == RsaPadding::none ? size : plaintext.size()};
    std::ranges::copy(plaintext, padded.bytes().end() - static_cast<std::ptrdiff_t>(plaintext.size()));
    Bytes out(size);
    std::size_t written = size;
    if (!succeeded(EVP_PKEY_encrypt(cipher.get(), out.data(), &written, padded.bytes().data(),
                                    padded.bytes().size())))
        return {};
    return out;
}

std::optional<Secret> rsa_decrypt(const PrivateKey& key, RsaPadding padding, Hash hash, ByteView ciphertext,
                                  ByteView label) {
    if (key.type() != KeyType::rsa) return {};
    const KeyContext cipher = cipher_context(key.native().library(), key.native().key.get(), padding, hash,
                                             label, &EVP_PKEY_decrypt_init_ex);
    Secret room{key.public_key().native().value.size()};
    std::size_t size = room.bytes().size();
    if (ciphertext.size() != size || !succeeded(EVP_PKEY_decrypt(cipher.get(), room.bytes().data(), &size,
                                                                 ciphertext.data(), ciphertext.size())))
        return {};
    Secret out{size};
    std::copy_n(room.bytes().begin(), size, out.bytes().begin());
    return out;
}

bool rsa_verify_pss_any_salt(const PublicKey& key, Hash hash, ByteView digest, ByteView signature) {
    if (key.type() != KeyType::rsa || digest.size() != digest_size(hash) ||
        signature.size() != key.native().value.size())
        return false;
    const KeyContext context{
        check(EVP_PKEY_CTX_new_from_pkey(pure_library(), key.native().key.get(), nullptr),
              "EVP_PKEY_CTX_new_from_pkey")};
    char* digest_name = text_param(EVP_MD_get0_name(fetched(hash)));
    const std::array params{
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE,
                                         text_param(OSSL_PKEY_RSA_PAD_MODE_PSS), 0),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, digest_name, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, digest_name, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN,
                                         text_param(OSSL_PKEY_RSA_PSS_SALT_LEN_AUTO), 0),
        OSSL_PARAM_construct_end(),
    };
    check(EVP_PKEY_verify_init_ex(context.get(), params.data()), "EVP_PKEY_verify_init_ex");
    return succeeded(
        EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()));
}

}  // namespace assay::crypto
