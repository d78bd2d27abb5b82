// Private keys: making, signing, agreeing, RSA-OAEP decryption; all randomness comes from the Context.
#include <algorithm>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/params.h>

#include "sim/crypto/key_native.hpp"
#include "sim/crypto/rsa.hpp"

namespace assay::crypto {
namespace {

using GroupHandle = Handle<EC_GROUP, &EC_GROUP_free>;
using PointHandle = Handle<EC_POINT, &EC_POINT_free>;
using NumberHandle = Handle<BIGNUM, &BN_clear_free>;
using NumberContext = Handle<BN_CTX, &BN_CTX_free>;

OSSL_LIB_CTX* library_of(const Context& context) { return context.native().library.get(); }

PublicKey public_half(EVP_PKEY* key, KeyType type) {
    const CurveFacts* curve = curve_facts(type);
    auto made = curve == nullptr ? rsa_public_half(key) : std::nullopt;
    if (curve != nullptr) {
        Bytes point(curve->point_size);
        std::size_t size = 0;
        check(
            EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size),
            "EVP_PKEY_get_octet_string_param");
        made = PublicKey::from_point(type, point);
    }
    if (!made) throw std::logic_error("PrivateKey: a public half that is not accepted");
    return *std::move(made);
}

// scalar * G as 04 || X || Y.
Bytes base_point_times(OSSL_LIB_CTX* library, const CurveFacts& curve, ByteView scalar) {
    const GroupHandle group{
        check(EC_GROUP_new_by_curve_name_ex(library, nullptr, EC_curve_nist2nid(curve.group)),
              "EC_GROUP_new_by_curve_name_ex")};
    const NumberContext numbers{check(BN_CTX_secure_new_ex(library), "BN_CTX_secure_new_ex")};
    const NumberHandle factor{check(BN_secure_new(), "BN_secure_new")};
    check(BN_bin2bn(scalar.data(), int_size(scalar.size()), factor.get()), "BN_bin2bn");
    const PointHandle point{check(EC_POINT_new(group.get()), "EC_POINT_new")};
    check(EC_POINT_mul(group.get(), point.get(), factor.get(), nullptr, nullptr, numbers.get()),
          "EC_POINT_mul");
    Bytes out(curve.point_size);
    if (EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, out.data(), out.size(),
                           numbers.get()) != out.size())
        openssl_failure("EC_POINT_point2oct");
    return out;
}

bool below_order(const CurveFacts& curve, ByteView scalar) {
    return std::ranges::lexicographical_compare(scalar, as_bytes(curve.order));
}

}  // namespace

std::optional<PublicKey> rsa_public_half(EVP_PKEY* key) {
    const auto number = [key](const char* param) {
        BIGNUM* value = nullptr;
        check(EVP_PKEY_get_bn_param(key, param, &value), "EVP_PKEY_get_bn_param");
        const NumberHandle owned{value};
        Bytes bytes(static_cast<std::size_t>(BN_num_bytes(value)));
        BN_bn2bin(value, bytes.data());
        return bytes;
    };
    return rsa_public_key(number(OSSL_PKEY_PARAM_RSA_N), number(OSSL_PKEY_PARAM_RSA_E));
}

PrivateKey::PrivateKey(std::unique_ptr<Native> native) : native_(std::move(native)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

PrivateKey PrivateKey::generate(const Context& context, KeyType type, std::size_t rsa_bits) {
    OSSL_LIB_CTX* library = library_of(context);
    const CurveFacts* curve = curve_facts(type);
    if (curve == nullptr) {
        const RsaNumbers numbers = rsa_generate(rsa_bits, context.random());
        return rsa_from_prime(context, numbers.modulus, rsa_exponent, numbers.prime.bytes()).value();
    }
    KeyHandle key{curve->group == nullptr ? EVP_PKEY_Q_keygen(library, nullptr, "X25519")
                                          : EVP_PKEY_Q_keygen(library, nullptr, "EC", curve->group)};
    PublicKey half = public_half(check(key.get(), "EVP_PKEY_Q_keygen"), type);
    return PrivateKey{std::unique_ptr<Native>{new Native{context, std::move(key), std::move(half)}}};
}

std::optional<PrivateKey> PrivateKey::from_scalar(const Context& context, KeyType type, ByteView scalar) {
    const CurveFacts* curve = curve_facts(type);
    if (curve == nullptr || scalar.size() != curve->size) return {};
    OSSL_LIB_CTX* library = library_of(context);
    if (curve->group == nullptr) {
        KeyHandle key{
            check(EVP_PKEY_new_raw_private_key_ex(library, "X25519", nullptr, scalar.data(), scalar.size()),
                  "EVP_PKEY_new_raw_private_key_ex")};
        PublicKey half = public_half(key.get(), type);
        return PrivateKey{std::unique_ptr<Native>{new Native{context, std::move(key), std::move(half)}}};
    }
    const bool zero = std::ranges::all_of(scalar, [](std::uint8_t byte) { return byte == 0; });
    if (zero || !below_order(*curve, scalar)) return {};

    Bytes point = base_point_times(library, *curve, scalar);
    Secret number = native_integer(scalar);
    std::array params{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, text_param(curve->group), 0),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number.bytes().data(), number.bytes().size()),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end(),
    };
    const KeyContext maker{
        check(EVP_PKEY_CTX_new_from_name(library, "EC", nullptr), "EVP_PKEY_CTX_new_from_name")};
    check(EVP_PKEY_fromdata_init(maker.get()), "EVP_PKEY_fromdata_init");
    EVP_PKEY* made = nullptr;
    const int code = EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_KEYPAIR, params.data());
    KeyHandle key{made};
    check(code, "EVP_PKEY_fromdata");
    PublicKey half = public_half(key.get(), type);
    return PrivateKey{std::unique_ptr<Native>{new Native{context, std::move(key), std::move(half)}}};
}

PrivateKey PrivateKey::derive(const Context& context, KeyType type, ByteView seed_material,
                              std::string_view label) {
    const CurveFacts* curve = curve_facts(type);
    if (type != KeyType::p256 && type != KeyType::p384)
        throw std::logic_error("PrivateKey::derive: only P-256 and P-384");
    Drbg candidates{seed_material, label};
    Secret scalar{curve->size};
    for (;;) {
        // c is taken when c <= n - 2, and the key is c + 1: that is, when c + 1 neither wraps nor reaches n.
        candidates.fill(scalar.bytes());
        for (std::size_t i = curve->size; i-- > 0;)
            if (++scalar.bytes()[i] != 0) break;
        if (auto key = from_scalar(context, type, std::as_const(scalar).bytes())) return *std::move(key);
    }
}

KeyType PrivateKey::type() const { return native_->public_key.type(); }
PublicKey PrivateKey::public_key() const { return native_->public_key; }

Secret PrivateKey::pkcs8() const {
    const Handle<OSSL_ENCODER_CTX, &OSSL_ENCODER_CTX_free> encoder{check(
        OSSL_ENCODER_CTX_new_for_pkey(native_->key.get(), EVP_PKEY_KEYPAIR, "DER", "PrivateKeyInfo", nullptr),
        "OSSL_ENCODER_CTX_new_for_pkey")};
    unsigned char* data = nullptr;
    std::size_t size = 0;
    check(OSSL_ENCODER_to_data(encoder.get(), &data, &size), "OSSL_ENCODER_to_data");
    Secret out{size};
    std::copy_n(data, size, out.bytes().begin());
    OPENSSL_clear_free(data, size);
    return out;
}

Bytes PrivateKey::sign(SignatureScheme scheme, Hash hash, ByteView message) const {
    return sign_digest(scheme, hash, digest(hash, {message}));
}

Bytes PrivateKey::sign_digest(SignatureScheme scheme, Hash hash, ByteView digest) const {
    if (!fits(scheme, type()) || digest.size() != digest_size(hash))
        throw std::logic_error("PrivateKey::sign_digest: the scheme or the digest does not fit");
    if (Native::Memory* memory = native_->memory.get()) {
        const auto [at, is_new] =
            memory->signatures.try_emplace({scheme, hash, {digest.begin(), digest.end()}});
        if (is_new) {
            memory->begin(digest);
            at->second = make_signature(scheme, hash, digest);
        }
        return at->second;
    }
    return make_signature(scheme, hash, digest);
}

void PrivateKey::remember_signatures(std::function<void(ByteView digest)> begin) {
    native_->memory.reset(new Native::Memory{std::move(begin)});
}

Bytes PrivateKey::make_signature(SignatureScheme scheme, Hash hash, ByteView digest) const {
    KeyContext context =
        native_->signers.take(scheme, hash, native_->library(), native_->key.get(), &EVP_PKEY_sign_init_ex);
    Bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(native_->key.get())));
    std::size_t size = out.size();
    check(EVP_PKEY_sign(context.get(), out.data(), &size, digest.data(), digest.size()), "EVP_PKEY_sign");
    out.resize(size);
    native_->signers.give_back(scheme, hash, std::move(context));
    if (scheme == SignatureScheme::ecdsa_raw) return ecdsa_der_to_raw(type(), out).value();
    return out;
}

std::optional<Secret> PrivateKey::agree(const PublicKey& peer) const {
    const CurveFacts* curve = curve_facts(type());
    if (curve == nullptr || peer.type() != type()) return {};
    const KeyHandle other{import_point(native_->library(), *curve, peer.native().value)};
    const KeyContext context{
        check(EVP_PKEY_CTX_new_from_pkey(native_->library(), native_->key.get(), nullptr),
              "EVP_PKEY_CTX_new_from_pkey")};
    check(EVP_PKEY_derive_init(context.get()), "EVP_PKEY_derive_init");
    constexpr int no_validation = 0;  // the point was checked when `peer` was made
    check(EVP_PKEY_derive_set_peer_ex(context.get(), check(other.get(), "EVP_PKEY_fromdata"), no_validation),
          "EVP_PKEY_derive_set_peer_ex");
    Secret out{curve->size};
    std::size_t size = curve->size;
    if (!succeeded(EVP_PKEY_derive(context.get(), out.bytes().data(), &size)) || size != curve->size)
        return {};
    std::uint8_t any = 0;
    for (const std::uint8_t byte : out.bytes()) any = static_cast<std::uint8_t>(any | byte);
    if (any == 0 && curve->group == nullptr) return {};
    return out;
}

std::optional<Secret> PrivateKey::decrypt_oaep(Hash hash, ByteView ciphertext, ByteView label) const {
    if (type() != KeyType::rsa) return {};
    const KeyContext cipher =
        oaep_context(native_->library(), native_->key.get(), hash, label, &EVP_PKEY_decrypt_init_ex);
    Secret room{native_->public_key.native().value.size()};
    std::size_t size = room.bytes().size();
    if (ciphertext.size() != size || !succeeded(EVP_PKEY_decrypt(cipher.get(), room.bytes().data(), &size,
                                                                 ciphertext.data(), ciphertext.size())))
        return {};
    Secret out{size};
    std::copy_n(room.bytes().begin(), size, out.bytes().begin());
    return out;
}

}  // namespace assay::crypto
