#include "models/tpm/protection.hpp"

#include "models/tpm/command.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/cipher.hpp"
#include "sim/crypto/mac.hpp"
#include "sim/crypto/rsa.hpp"

namespace assay::tpm {
namespace {

constexpr std::size_t iv_size = 16;
constexpr std::array<std::uint8_t, iv_size> no_iv{};

Bytes encode_sized(const Tpm2bDigest& value) {
    Bytes out;
    Writer{out, byte_order}.put(value);
    return out;
}

Secret symmetric_key(const ProtectionSeed& seed, ByteView name) {
    return kdfa(seed.hash, seed.seed, "STORAGE", name, {}, seed.key_bits);
}
Bytes integrity(const ProtectionSeed& seed, std::initializer_list<ByteView> parts) {
    const Secret key = kdfa(seed.hash, seed.seed, "INTEGRITY", {}, {}, 8 * digest_size(seed.hash));
    return crypto::hmac(hash_of(seed.hash), key.bytes(), parts);
}

/// The label with the zero that ends it.
Bytes labelled(std::string_view label) {
    Bytes out{label.begin(), label.end()};
    out.push_back(0);
    return out;
}

Alg oaep_hash(const TpmtPublic& key) {
    return key.scheme.scheme == Alg::oaep ? key.scheme.hash_alg : key.name_alg;
}

/// Splits integrity and the rest, and checks the one over the other.
Result<ByteView, Rc> checked_rest(const ProtectionSeed& seed, ByteView wrapped, ByteView name) {
    Reader in{wrapped, byte_order};
    Tpm2bDigest found;
    if (!in.get(found)) return rc_of(in.error());
    const ByteView rest = in.rest();
    if (!crypto::equal_in_constant_time(found.value, integrity(seed, {rest, name}))) return Rc::integrity;
    return rest;
}

Bytes with_integrity(const ProtectionSeed& seed, ByteView rest, ByteView name) {
    Bytes out;
    Writer{out, byte_order}.put(Tpm2bDigest{integrity(seed, {rest, name})});
    append(out, rest);
    return out;
}

/// One-pass Diffie-Hellman (Part 1, C.6.1).
Result<SharedSecret, Rc> agreed_secret(const crypto::PrivateKey& ephemeral, const TpmtPublic& key,
                                       std::string_view label) {
    const auto peer = public_key_of(key);
    if (!peer) return Rc::ecc_point;
    const auto z = ephemeral.agree(*peer);
    if (!z) return Rc::ecc_point;
    const TpmsEccPoint point = point_of(ephemeral.public_key());
    return SharedSecret{kdfe(key.name_alg, z->bytes(), label, point.x.value, point_of(*peer).x.value,
                             8 * digest_size(key.name_alg)),
                        encode(point, byte_order)};
}

}  // namespace

ProtectionSeed protection_of(const Object& parent) {
    return {parent.area.name_alg, parent.area.symmetric.key_bits, parent.seed_value()};
}

Bytes wrap_private(const ProtectionSeed& seed, ByteView iv, const TpmtSensitive& sensitive, Alg name_alg,
                   ByteView name) {
    TpmtSensitive whole = sensitive;
    Bytes auth;  // as long as it will be: nothing is left behind while it grows
    auth.reserve(std::max(digest_size(name_alg), sensitive.auth_value.value.size()));
    append(auth, sensitive.auth_value.value);
    auth.resize(digest_size(name_alg));
    whole.auth_value = {std::move(auth)};
    Secret content = encode_secret(Tpm2bSensitive{std::move(whole)}, byte_order, SavedObject::most);
    crypto::aes_cfb_encrypt(symmetric_key(seed, name).bytes(), iv, content.bytes());
    Bytes rest;
    Writer writer{rest, byte_order};
    writer.put(Tpm2b<iv_size>{Bytes{iv.begin(), iv.end()}});
    writer.put(std::as_const(content).bytes());
    return with_integrity(seed, rest, name);
}

Result<TpmtSensitive, Rc> unwrap_private(const ProtectionSeed& seed, ByteView wrapped, ByteView name) {
    const auto rest = checked_rest(seed, wrapped, name);
    if (!rest) return rest.error();
    Reader in{*rest, byte_order};
    Tpm2b<iv_size> iv;
    if (!in.get(iv) || iv.value.size() != iv_size) return Rc::value;
    Secret plain{in.rest().size()};
    std::ranges::copy(in.rest(), plain.bytes().begin());
    crypto::aes_cfb_decrypt(symmetric_key(seed, name).bytes(), iv.value, plain.bytes());
    Reader content{plain.bytes(), byte_order};
    Tpm2bOf<TpmtSensitive> out;
    if (!content.get(out) || !content.finish()) return Rc::sensitive;
    return std::move(out.value);
}

Secret wrap_inner(Alg name_alg, ByteView key, const TpmtSensitive& sensitive, ByteView name) {
    const Secret plain = encode_secret(Tpm2bSensitive{sensitive}, byte_order, SavedObject::most);
    const Tpm2bDigest found{key.empty() ? Bytes{} : digest(name_alg, {plain.bytes(), name})};
    const std::size_t head = key.empty() ? 0 : 2 + found.value.size();
    Secret out{head + plain.bytes().size()};
    if (!key.empty()) std::ranges::copy(encode_sized(found), out.bytes().begin());
    std::ranges::copy(plain.bytes(), out.bytes().begin() + static_cast<std::ptrdiff_t>(head));
    if (!key.empty()) crypto::aes_cfb_encrypt(key, no_iv, out.bytes());
    return out;
}

Result<TpmtSensitive, Rc> unwrap_inner(Alg name_alg, ByteView key, Secret content, ByteView name) {
    if (!key.empty()) crypto::aes_cfb_decrypt(key, no_iv, content.bytes());
    Reader in{std::as_const(content).bytes(), byte_order};
    if (!key.empty()) {
        Tpm2bDigest found;
        if (!in.get(found)) return rc_of(in.error());
        if (found.value != digest(name_alg, {in.rest(), name})) return Rc::integrity;
    }
    std::uint16_t size = 0;
    if (!in.get(size)) return Rc::insufficient;
    if (size > in.rest().size()) return Rc::size;
    TpmtSensitive out;
    if (!in.get(out)) return rc_of(in.error());
    if (!in.finish()) return Rc::size;
    return out;
}

Bytes wrap_outer(const ProtectionSeed& seed, ByteView content, ByteView name) {
    Bytes encrypted{content.begin(), content.end()};
    crypto::aes_cfb_encrypt(symmetric_key(seed, name).bytes(), no_iv, encrypted);
    return with_integrity(seed, encrypted, name);
}

Result<Secret, Rc> unwrap_outer(const ProtectionSeed& seed, ByteView wrapped, ByteView name) {
    const auto rest = checked_rest(seed, wrapped, name);
    if (!rest) return rest.error();
    Secret plain{rest->size()};
    std::ranges::copy(*rest, plain.bytes().begin());
    crypto::aes_cfb_decrypt(symmetric_key(seed, name).bytes(), no_iv, plain.bytes());
    return plain;
}

Result<SharedSecret, Rc> share_secret(const crypto::Context& context, const TpmtPublic& key,
                                      std::string_view label) {
    if (key.type == Alg::ecc)
        return agreed_secret(crypto::PrivateKey::generate(context, key_type(key.curve)), key, label);
    Secret secret{digest_size(key.name_alg)};
    context.random().fill(secret.bytes());
    return share_secret_with(context, key, label, std::as_const(secret).bytes());
}

Result<SharedSecret, Rc> share_secret_with(const crypto::Context& context, const TpmtPublic& key,
                                           std::string_view label, ByteView secret_or_scalar) {
    if (key.type == Alg::ecc) {
        const auto ephemeral =
            crypto::PrivateKey::from_scalar(context, key_type(key.curve), secret_or_scalar);
        return ephemeral ? agreed_secret(*ephemeral, key, label) : Result<SharedSecret, Rc>{Rc::value};
    }
    const auto peer = public_key_of(key);
    if (!peer) return Rc::key;
    auto encrypted = crypto::rsa_encrypt(context, *peer, crypto::RsaPadding::oaep, hash_of(oaep_hash(key)),
                                         secret_or_scalar, labelled(label));
    if (!encrypted) return Rc::value;
    Secret copy{secret_or_scalar.size()};
    std::ranges::copy(secret_or_scalar, copy.bytes().begin());
    return SharedSecret{std::move(copy), std::move(*encrypted)};
}

Result<Secret, Rc> recover_secret(const crypto::Context& context, const Object& key, std::string_view label,
                                  ByteView encrypted) {
    const crypto::PrivateKey* own = key.key(context);
    if (own == nullptr) return Rc::key;
    if (key.area.type == Alg::rsa) {
        auto secret = crypto::rsa_decrypt(*own, crypto::RsaPadding::oaep, hash_of(oaep_hash(key.area)),
                                          encrypted, labelled(label));
        if (!secret || secret->bytes().size() > digest_size(oaep_hash(key.area))) return Rc::value;
        return std::move(*secret);
    }
    const auto point = decode<TpmsEccPoint>(encrypted, byte_order);
    if (!point) return rc_of(point.error());
    const auto peer = public_key_of(key.area.curve, *point);
    if (!peer) return Rc::ecc_point;
    const auto z = own->agree(*peer);
    if (!z) return Rc::ecc_point;
    // As it was sent: some senders leave out leading zeros, there and in the key derivation (Part 1, C.6.1,
    // has the octets of the TPM2B).
    return kdfe(key.area.name_alg, z->bytes(), label, point->x.value, point_of(own->public_key()).x.value,
                8 * digest_size(key.area.name_alg));
}

}  // namespace assay::tpm
