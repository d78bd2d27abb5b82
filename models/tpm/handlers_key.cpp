// Keys at work (TPM 2.0 Library 1.59, Part 3, 14 and 20).
#include "models/tpm/handlers.hpp"
#include "sim/crypto/ecc_point.hpp"
#include "sim/crypto/mac.hpp"
#include "sim/crypto/rsa.hpp"

namespace assay::tpm {
namespace {

namespace oa = object_attribute;

bool fits_type(Alg scheme, Alg type) {
    switch (scheme) {
        case Alg::rsassa:
        case Alg::rsapss: return type == Alg::rsa;
        case Alg::ecdsa: return type == Alg::ecc;
        case Alg::hmac: return type == Alg::keyedhash;
        default: return false;
    }
}

crypto::SignatureScheme crypto_scheme(Alg scheme) {
    if (scheme == Alg::rsassa) return crypto::SignatureScheme::rsa_pkcs1;
    return scheme == Alg::rsapss ? crypto::SignatureScheme::rsa_pss : crypto::SignatureScheme::ecdsa_raw;
}

struct RsaUse {
    crypto::RsaPadding padding;
    crypto::Hash hash;
};
/// The decryption scheme that counts: the key's, or the command's where the key has none.
std::optional<RsaUse> rsa_use(const Object& key, const TpmtScheme& asked) {
    const TpmtScheme& own = key.area.scheme;
    if (own.scheme != Alg::null && asked.scheme != Alg::null && own != asked) return {};
    const TpmtScheme& chosen = own.scheme != Alg::null ? own : asked;
    switch (chosen.scheme) {
        case Alg::oaep: return RsaUse{crypto::RsaPadding::oaep, hash_of(chosen.hash_alg)};
        case Alg::rsaes: return RsaUse{crypto::RsaPadding::pkcs1, crypto::Hash::sha256};
        case Alg::null: return RsaUse{crypto::RsaPadding::none, crypto::Hash::sha256};
        default: return {};
    }
}

Rc check_label(const Tpm2bData& label) {
    return at_parameter(rule::unless(label.value.empty() || label.value.back() == 0, Rc::value), 3);
}

/// x is the shared coordinate of a Diffie-Hellman; y comes with it.
Result<TpmsEccPoint, Rc> multiplied(Curve curve, const crypto::PrivateKey& key,
                                    const crypto::PublicKey& point) {
    auto product = crypto::agree_point(key, point);
    if (!product) return Rc::no_result;
    const std::size_t size = coordinate_size(curve);
    TpmsEccPoint out;
    const ByteView xy = std::as_const(*product).bytes();
    out.x.value.assign(xy.begin(), xy.begin() + static_cast<std::ptrdiff_t>(size));
    out.y.value.assign(xy.begin() + static_cast<std::ptrdiff_t>(size), xy.end());
    return out;
}

}  // namespace

namespace {

Rc check_hmac(const Object& key, ByteView digest, const TpmtSignature& signature) {
    if (!key.has_private()) return Rc::handle;
    if (signature.sig_alg != Alg::hmac) return Rc::scheme;
    const TpmtScheme& own = key.area.scheme;
    if (own.scheme != Alg::null && own != TpmtScheme::with(Alg::hmac, signature.hash)) return Rc::signature;
    const Bytes expected = crypto::hmac(hash_of(signature.hash), key.sensitive(), {digest});
    return rule::unless(same_auth(expected, signature.hmac), Rc::signature);
}

/// ECDSA takes the leftmost bits of a digest, whatever made it (FIPS 186-5, 6.4); here as long as the digest
/// that the curve is used with.
Rc check_ecdsa(const Object& key, const crypto::PublicKey& half, ByteView digest,
               const TpmtSignature& signature) {
    const std::size_t size = coordinate_size(key.area.curve);
    const Alg hash = hash_for(key.area.curve);
    const Bytes number = padded(digest.first(std::min(size, digest.size())), digest_size(hash));
    const Bytes raw = concat({padded(signature.r.value, size), padded(signature.s.value, size)});
    return rule::unless(half.verify_digest(crypto::SignatureScheme::ecdsa_raw, hash_of(hash), number, raw),
                        Rc::signature);
}

}  // namespace

Rc check_signature(const Object& key, ByteView digest, const TpmtSignature& signature) {
    if (key.area.type == Alg::keyedhash) return check_hmac(key, digest, signature);
    if (!fits_type(signature.sig_alg, key.area.type)) return Rc::scheme;
    const auto half = public_key_of(key.area);
    if (!half) return Rc::signature;
    if (key.area.type == Alg::ecc) return check_ecdsa(key, *half, digest, signature);
    const crypto::Hash hash = hash_of(signature.hash);
    if (digest.size() != digest_size(signature.hash)) return Rc::signature;
    const bool good =
        signature.sig_alg == Alg::rsapss
            ? crypto::rsa_verify_pss_any_salt(*half, hash, digest, signature.rsa.value)
            : half->verify_digest(crypto::SignatureScheme::rsa_pkcs1, hash, digest, signature.rsa.value);
    return rule::unless(good, Rc::signature);
}

std::optional<TpmtScheme> signing_scheme(const Object& key, const TpmtScheme& asked) {
    const TpmtScheme& own = key.area.scheme;
    if (own.scheme == Alg::null) {  // whether it fits an asymmetric key is told when it signs
        const bool can_be =
            key.area.type == Alg::keyedhash ? asked.scheme == Alg::hmac : asked.scheme != Alg::null;
        return can_be ? std::optional{asked} : std::nullopt;
    }
    if (asked.scheme != Alg::null && asked != own) return {};
    return own;
}

Result<TpmtSignature, Rc> signature_of(Tpm& tpm, const Object& key, const TpmtScheme& scheme,
                                       ByteView digest) {
    if (!fits_type(scheme.scheme, key.area.type)) return Rc::scheme;
    TpmtSignature out{.sig_alg = scheme.scheme, .hash = scheme.hash_alg};
    const crypto::Hash hash = hash_of(scheme.hash_alg);
    if (scheme.scheme == Alg::hmac) {
        out.hmac = crypto::hmac(hash, key.sensitive(), {digest});
        return out;
    }
    const crypto::PrivateKey* own = key.key(tpm.context);
    if (own == nullptr) return Rc::key;  // halves of two keys, from a context or a state that somebody made
    Bytes raw = own->sign_digest(crypto_scheme(scheme.scheme), hash, digest);
    if (key.area.type == Alg::rsa) {
        out.rsa.value = std::move(raw);
        return out;
    }
    const auto middle = raw.begin() + static_cast<std::ptrdiff_t>(raw.size() / 2);
    out.r.value.assign(raw.begin(), middle);
    out.s.value.assign(middle, raw.end());
    return out;
}

Outcome<SignIn> sign(Tpm& tpm, const SignIn& in) {
    const SharedObject key = tpm.object(in.key_handle);
    if (!key || !key->area.has(oa::sign) || key->area.type == Alg::symcipher) return at_handle(Rc::key, 1);
    if (key->area.has(oa::x509_sign)) return at_handle(Rc::attributes, 1);
    const auto scheme = signing_scheme(*key, in.in_scheme);
    if (!scheme) return at_parameter(Rc::scheme, 2);
    const Bytes& digest = in.digest.value;
    const Bytes& given = in.validation.digest.value;
    if (!given.empty() || key->area.has(oa::restricted)) {
        const auto expected = hash_ticket(tpm, in.validation.hierarchy, scheme->hash_alg, digest, true);
        if (given.empty() || !same_auth(expected.digest.value, given)) return at_parameter(Rc::ticket, 3);
    }
    if (digest.size() != digest_size(scheme->hash_alg)) return at_parameter(Rc::size, 1);
    auto signature = signature_of(tpm, *key, *scheme, digest);
    if (!signature) return signature.error();
    return SignOut{std::move(*signature)};
}

Outcome<VerifySignatureIn> verify_signature(Tpm& tpm, const VerifySignatureIn& in) {
    const SharedObject key = tpm.object(in.key_handle);
    if (!key || !key->area.has(oa::sign)) return at_handle(Rc::attributes, 1);
    if (const Rc rc = check_signature(*key, in.digest.value, in.signature); rc != Rc::success)
        return at_parameter(rc, 2);
    return VerifySignatureOut{tpm.ticket<Tag::verified>(key->hierarchy, {in.digest.value, key->name})};
}

Outcome<RsaEncryptIn> rsa_encrypt(Tpm& tpm, const RsaEncryptIn& in) {
    const SharedObject key = tpm.object(in.key_handle);
    if (!key || key->area.type != Alg::rsa) return at_handle(Rc::key, 1);
    if (!key->area.has(oa::decrypt)) return at_handle(Rc::attributes, 1);
    if (const Rc rc = check_label(in.label); rc != Rc::success) return rc;
    const auto use = rsa_use(*key, in.in_scheme);
    if (!use) return at_parameter(Rc::scheme, 2);
    const auto half = public_key_of(key->area);
    if (!half) return at_handle(Rc::key, 1);
    auto out =
        crypto::rsa_encrypt(tpm.context, *half, use->padding, use->hash, in.message.value, in.label.value);
    if (!out) return Rc::value;
    return RsaEncryptOut{{std::move(*out)}};
}

Outcome<RsaDecryptIn> rsa_decrypt(Tpm& tpm, const RsaDecryptIn& in) {
    const SharedObject key = tpm.object(in.key_handle);
    if (!key || key->area.type != Alg::rsa) return at_handle(Rc::key, 1);
    if (key->area.has(oa::restricted) || !key->area.has(oa::decrypt)) return at_handle(Rc::attributes, 1);
    if (const Rc rc = check_label(in.label); rc != Rc::success) return rc;
    const auto use = rsa_use(*key, in.in_scheme);
    if (!use) return at_parameter(Rc::scheme, 2);
    const crypto::PrivateKey* own = key->key(tpm.context);
    if (own == nullptr) return at_handle(Rc::key, 1);
    if (in.cipher_text.value.size() != key->area.unique_rsa.value.size()) return Rc::size;
    const auto out = crypto::rsa_decrypt(*own, use->padding, use->hash, in.cipher_text.value, in.label.value);
    if (!out) return Rc::value;
    const ByteView plain = out->bytes();
    return RsaDecryptOut{Bytes{plain.begin(), plain.end()}};
}

Outcome<EcdhKeyGenIn> ecdh_key_gen(Tpm& tpm, const EcdhKeyGenIn& in) {
    const SharedObject key = tpm.object(in.key_handle);
    if (!key || key->area.type != Alg::ecc) return at_handle(Rc::key, 1);
    const auto half = public_key_of(key->area);
    if (!half) return at_handle(Rc::key, 1);
    const auto ephemeral = crypto::PrivateKey::generate(tpm.context, key_type(key->area.curve));
    auto product = multiplied(key->area.curve, ephemeral, *half);
    if (!product) return product.error();
    return EcdhKeyGenOut{{std::move(*product)}, {point_of(ephemeral.public_key())}};
}

Outcome<EcdhZgenIn> ecdh_zgen(Tpm& tpm, const EcdhZgenIn& in) {
    const SharedObject key = tpm.object(in.key_handle);
    if (!key || key->area.type != Alg::ecc) return at_handle(Rc::key, 1);
    if (key->area.has(oa::restricted) || !key->area.has(oa::decrypt)) return at_handle(Rc::attributes, 1);
    const Alg scheme = key->area.scheme.scheme;
    if (scheme != Alg::ecdh && scheme != Alg::null) return at_handle(Rc::scheme, 1);
    const auto point = public_key_of(key->area.curve, in.in_point.value);
    if (!point) return at_parameter(Rc::ecc_point, 1);
    const crypto::PrivateKey* own = key->key(tpm.context);
    if (own == nullptr) return at_handle(Rc::key, 1);
    auto product = multiplied(key->area.curve, *own, *point);
    if (!product) return product.error();
    return EcdhZgenOut{{std::move(*product)}};
}

}  // namespace assay::tpm
