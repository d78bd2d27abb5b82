#include "models/kms/jwe.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "models/kms/strict_json.hpp"
#include "sim/crypto/aead.hpp"
#include "sim/crypto/key_wrap.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

constexpr std::size_t content_key_size = 32, coordinate = 32;
constexpr std::string_view rsa_alg = "RSA-OAEP-256", ecdh_alg = "ECDH-ES+A256KW", content_alg = "A256GCM";

Bytes length_prefixed(std::string_view text) {
    const auto length = store(static_cast<std::uint32_t>(text.size()), std::endian::big);
    return concat({length, as_bytes(text)});
}

json jwk_of(const crypto::PublicKey& key) {
    const Bytes point = key.point();  // 04 || x || y
    const ByteView both = ByteView{point}.subspan(1);
    return {{"kty", "EC"},
            {"crv", "P-256"},
            {"x", to_base64url(both.first(coordinate))},
            {"y", to_base64url(both.subspan(coordinate))}};
}

std::optional<crypto::PublicKey> key_of(const json& jwk) {
    if (!jwk.is_object() || jwk.size() != 4) return {};
    const std::string *const kty = text_member(jwk, "kty"), *const crv = text_member(jwk, "crv"),
                             *const x = text_member(jwk, "x"), *const y = text_member(jwk, "y");
    if (kty == nullptr || *kty != "EC" || crv == nullptr || *crv != "P-256" || x == nullptr || y == nullptr)
        return {};
    const auto x_bytes = from_base64url(*x), y_bytes = from_base64url(*y);
    if (!x_bytes || !y_bytes || x_bytes->size() != coordinate || y_bytes->size() != coordinate) return {};
    const Bytes uncompressed{0x04};
    return crypto::PublicKey::from_point(crypto::KeyType::p256, concat({uncompressed, *x_bytes, *y_bytes}));
}

Secret wrapping_key(const Secret& agreed) {
    return concat_kdf(agreed.bytes(), ecdh_alg, {}, {}, content_key_size);
}

/// The content key that a header and an encrypted key give to this recipient.
std::optional<Secret> content_key(const crypto::PrivateKey& recipient, const json& header,
                                  ByteView encrypted) {
    const std::string *const alg = text_member(header, "alg"), *const enc = text_member(header, "enc");
    if (alg == nullptr || enc == nullptr || *enc != content_alg) return {};
    if (*alg == rsa_alg && header.size() == 2 && recipient.type() == crypto::KeyType::rsa)
        return recipient.decrypt_oaep(crypto::Hash::sha256, encrypted);
    if (*alg != ecdh_alg || header.size() != 3 || !header.contains("epk") ||
        recipient.type() != crypto::KeyType::p256)
        return {};
    const auto ephemeral = key_of(header["epk"]);
    const auto agreed = ephemeral ? recipient.agree(*ephemeral) : std::nullopt;
    if (!agreed) return {};
    return crypto::unwrap_key(crypto::KeyWrap::kw, wrapping_key(*agreed).bytes(), encrypted);
}

struct Sealed {
    Bytes iv, ciphertext_and_tag;
};
Sealed seal(const crypto::Context& context, const Secret& key, std::string_view aad, ByteView plaintext) {
    Sealed out{Bytes(crypto::aead_nonce_size), Bytes(plaintext.size() + crypto::aead_tag_size)};
    context.random().fill(out.iv);
    crypto::AeadKey{crypto::Aead::aes_256_gcm, key.bytes()}.seal(out.iv, as_bytes(aad), plaintext,
                                                                 out.ciphertext_and_tag);
    return out;
}

}  // namespace

Secret concat_kdf(ByteView shared_secret, std::string_view algorithm, std::string_view party_u,
                  std::string_view party_v, std::size_t size) {
    constexpr std::uint32_t bits = 8;
    if (size > content_key_size) throw std::logic_error("concat_kdf: at most 32 bytes");
    Bytes digest = crypto::digest(
        crypto::Hash::sha256, {store(std::uint32_t{1}, std::endian::big), shared_secret,
                               length_prefixed(algorithm), length_prefixed(party_u), length_prefixed(party_v),
                               store(static_cast<std::uint32_t>(size) * bits, std::endian::big)});
    Secret out{size};
    std::copy_n(digest.begin(), size, out.bytes().begin());
    ::explicit_bzero(digest.data(), digest.size());
    return out;
}

std::string encrypt_jwe(const crypto::Context& context, const crypto::PublicKey& recipient,
                        ByteView plaintext) {
    Secret key{content_key_size};
    context.random().fill(key.bytes());
    json header{{"alg", rsa_alg}, {"enc", content_alg}};
    Bytes encrypted;
    if (recipient.type() == crypto::KeyType::rsa) {
        encrypted = recipient.encrypt_oaep(context, crypto::Hash::sha256, key.bytes());
    } else if (recipient.type() == crypto::KeyType::p256) {
        const auto ephemeral = crypto::PrivateKey::generate(context, crypto::KeyType::p256);
        const auto agreed = ephemeral.agree(recipient);
        if (!agreed) throw std::logic_error("encrypt_jwe: no agreement with a valid key");
        header = {{"alg", ecdh_alg}, {"enc", content_alg}, {"epk", jwk_of(ephemeral.public_key())}};
        encrypted = crypto::wrap_key(crypto::KeyWrap::kw, wrapping_key(*agreed).bytes(), key.bytes());
    } else {
        throw std::logic_error("encrypt_jwe: RSA or P-256 is expected");
    }
    const std::string protected_header = to_base64url(as_bytes(header.dump()));
    const Sealed sealed = seal(context, key, protected_header, plaintext);
    const ByteView both = sealed.ciphertext_and_tag;
    return json{{"protected", protected_header},
                {"encrypted_key", to_base64url(encrypted)},
                {"iv", to_base64url(sealed.iv)},
                {"ciphertext", to_base64url(both.first(plaintext.size()))},
                {"tag", to_base64url(both.last(crypto::aead_tag_size))}}
        .dump();
}

std::optional<Secret> decrypt_jwe(const crypto::PrivateKey& recipient, ByteView text) {
    constexpr std::size_t members = 5;
    const auto parsed = parse_shared_json(text);
    if (!parsed || !(*parsed)->is_object() || (*parsed)->size() != members) return {};
    const auto part = [&](const char* name) {
        const std::string* const value = text_member(**parsed, name);
        return value == nullptr ? std::nullopt : from_base64url(*value);
    };
    const auto head = part("protected"), encrypted = part("encrypted_key"), iv = part("iv"),
               ciphertext = part("ciphertext"), tag = part("tag");
    if (!head || !encrypted || !iv || !ciphertext || !tag || iv->size() != crypto::aead_nonce_size ||
        tag->size() != crypto::aead_tag_size)
        return {};
    const auto header = parse_shared_json(*head);
    if (!header || !(*header)->is_object()) return {};
    const auto key = content_key(recipient, **header, *encrypted);
    if (!key || key->bytes().size() != content_key_size) return {};
    Secret out{ciphertext->size()};
    // The AAD is the text as it was received, not what it would be written as again.
    if (!crypto::AeadKey{crypto::Aead::aes_256_gcm, key->bytes()}.open(
            *iv, as_bytes(*text_member(**parsed, "protected")), concat({*ciphertext, *tag}), out.bytes()))
        return {};
    return out;
}

}  // namespace assay::kms
