// Public keys: reading them strictly, verifying, RSA-OAEP encryption.
#include "sim/crypto/key.hpp"

#include <algorithm>
#include <stdexcept>

#include <openssl/params.h>

#include "sim/crypto/der.hpp"
#include "sim/crypto/key_native.hpp"

namespace assay::crypto {
namespace {

// AlgorithmIdentifier of rsaEncryption with its NULL (RFC 3279, 2.3.1).
constexpr std::string_view rsa_algorithm =
    octets("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00");

std::optional<PublicKey> rsa_from_spki(ByteView der) {
    const auto spki = der::parse(der);
    if (!spki || spki->tag != der::sequence) return {};
    der::Cursor outer{spki->contents};
    const auto algorithm = outer.next();
    const auto bits = outer.next(der::bit_string);
    if (!algorithm || !equal(algorithm->whole, as_bytes(rsa_algorithm)) || !bits || !outer.at_end())
        return {};
    if (bits->contents.empty() || bits->contents[0] != 0) return {};
    const auto key = der::parse(bits->contents.subspan(1));
    if (!key || key->tag != der::sequence) return {};
    der::Cursor inner{key->contents};
    const auto n = inner.next(der::integer);
    const auto e = inner.next(der::integer);
    if (!n || !e || !inner.at_end()) return {};
    const auto modulus = der::unsigned_value(*n);
    const auto exponent = der::unsigned_value(*e);
    if (!modulus || !exponent) return {};
    return rsa_public_key(*modulus, *exponent);
}

}  // namespace

std::string_view name(KeyType type) {
    constexpr std::array<std::string_view, 5> names{"P-256", "P-384", "P-521", "X25519", "RSA"};
    return names.at(static_cast<std::size_t>(type));
}

std::optional<PublicKey> rsa_public_key(ByteView modulus, ByteView exponent) {
    constexpr std::size_t min_bits = 1024, max_bits = 8192, max_exponent_size = 8;
    if (modulus.empty() || modulus[0] == 0 || exponent.empty() || exponent.size() > max_exponent_size)
        return {};
    const std::size_t bits = 8 * modulus.size() - static_cast<std::size_t>(std::countl_zero(modulus[0]));
    const bool exponent_is_one = exponent.size() == 1 && exponent[0] < 3;
    if (bits < min_bits || bits > max_bits || (modulus.back() & 1) == 0) return {};
    if ((exponent.back() & 1) == 0 || exponent_is_one) return {};
    KeyHandle key = import_rsa(pure_library(), modulus, exponent);
    if (!key) return {};
    const Bytes numbers =
        der::element(der::sequence, {der::unsigned_integer(modulus), der::unsigned_integer(exponent)});
    static constexpr std::array<std::uint8_t, 1> all_bits_used{};
    Bytes spki = der::element(
        der::sequence, {as_bytes(rsa_algorithm), der::element(der::bit_string, {all_bits_used, numbers})});
    return PublicKey{std::shared_ptr<const PublicKey::Native>{
        new PublicKey::Native{KeyType::rsa, bits, Bytes{modulus.begin(), modulus.end()},
                              Bytes{exponent.begin(), exponent.end()}, std::move(spki), std::move(key)}}};
}

std::optional<PublicKey> PublicKey::from_spki(ByteView der) {
    for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::x25519}) {
        const CurveFacts& curve = *curve_facts(type);
        const std::size_t prefix = curve.spki_prefix.size();
        if (der.size() == prefix + curve.point_size && as_text(der.first(prefix)) == curve.spki_prefix)
            return from_point(type, der.subspan(prefix));
    }
    return rsa_from_spki(der);
}

std::optional<PublicKey> PublicKey::from_point(KeyType type, ByteView point) {
    const CurveFacts* curve = curve_facts(type);
    if (curve == nullptr) return {};
    KeyHandle key = import_point(pure_library(), *curve, point);
    if (!key) return {};
    return PublicKey{std::shared_ptr<const Native>{
        new Native{type, curve->bits, Bytes{point.begin(), point.end()}, Bytes{},
                   concat({as_bytes(curve->spki_prefix), point}), std::move(key)}}};
}

std::optional<PublicKey> PublicKey::from_rsa(ByteView modulus, std::uint32_t exponent) {
    const auto bytes = store(exponent, std::endian::big);
    const auto strip = [](ByteView number) {
        while (!number.empty() && number[0] == 0) number = number.subspan(1);
        return number;
    };
    return rsa_public_key(strip(modulus), strip(bytes));
}

KeyType PublicKey::type() const { return native_->type; }
std::size_t PublicKey::bits() const { return native_->bits; }
Bytes PublicKey::spki() const { return native_->spki; }

Bytes PublicKey::point() const {
    if (native_->type == KeyType::rsa) throw std::logic_error("PublicKey::point: an RSA key has none");
    return native_->value;
}

Bytes PublicKey::rsa_modulus() const {
    if (native_->type != KeyType::rsa) throw std::logic_error("PublicKey::rsa_modulus: not an RSA key");
    return native_->value;
}

bool PublicKey::operator==(const PublicKey& other) const {
    return native_ == other.native_ || native_->spki == other.native_->spki;
}

bool PublicKey::verify(SignatureScheme scheme, Hash hash, ByteView message, ByteView signature) const {
    std::array<std::uint8_t, 64> digest{};
    const std::span<std::uint8_t> used = std::span{digest}.first(digest_size(hash));
    digest_into(hash, {message}, used);
    return verify_digest(scheme, hash, used, signature);
}

bool PublicKey::verify_digest(SignatureScheme scheme, Hash hash, ByteView digest, ByteView signature) const {
    if (!fits(scheme, native_->type) || digest.size() != digest_size(hash)) return false;
    std::optional<Bytes> der;
    if (scheme == SignatureScheme::ecdsa_raw) {
        der = ecdsa_raw_to_der(native_->type, signature);
        if (!der) return false;
        signature = *der;
    } else if (scheme == SignatureScheme::ecdsa_der) {
        if (!ecdsa_der_to_raw(native_->type, signature)) return false;
    } else if (signature.size() != native_->value.size()) {
        return false;
    }
    KeyContext context =
        native_->verifiers.take(scheme, hash, pure_library(), native_->key.get(), &EVP_PKEY_verify_init_ex);
    const bool good = succeeded(
        EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()));
    native_->verifiers.give_back(scheme, hash, std::move(context));
    return good;
}

Bytes PublicKey::encrypt_oaep(const Context& context, Hash hash, ByteView plaintext, ByteView label) const {
    const std::size_t overhead = 2 * digest_size(hash) + 2;
    if (native_->type != KeyType::rsa || native_->value.size() < overhead + plaintext.size())
        throw std::logic_error("encrypt_oaep: not an RSA key, or too long a plaintext");
    OSSL_LIB_CTX* library = context.native().library.get();
    const KeyHandle key = import_rsa(library, native_->value, native_->exponent);
    const KeyContext cipher =
        oaep_context(library, check(key.get(), "EVP_PKEY_fromdata"), hash, label, &EVP_PKEY_encrypt_init_ex);
    Bytes out(native_->value.size());
    std::size_t size = out.size();
    check(EVP_PKEY_encrypt(cipher.get(), out.data(), &size, plaintext.data(), plaintext.size()),
          "EVP_PKEY_encrypt");
    out.resize(size);
    return out;
}

}  // namespace assay::crypto
