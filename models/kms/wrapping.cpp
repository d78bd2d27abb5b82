#include "models/kms/wrapping.hpp"

#include <array>

#include "sim/crypto/key_wrap.hpp"

namespace assay::kms {
namespace {

struct WrappingFacts {
    Wrapping wrapping;
    std::string_view name;
    crypto::Hash hash;
    bool with_aes;
};
constexpr std::array facts_table{
    WrappingFacts{Wrapping::rsa_oaep_256, "RSA-OAEP-256", crypto::Hash::sha256, false},
    WrappingFacts{Wrapping::rsa_aes_legacy, "CKM_RSA_AES_KEY_WRAP", crypto::Hash::sha1, true},
    WrappingFacts{Wrapping::rsa_aes_256, "RSA_AES_KEY_WRAP_256", crypto::Hash::sha256, true},
    WrappingFacts{Wrapping::rsa_aes_384, "RSA_AES_KEY_WRAP_384", crypto::Hash::sha384, true},
};
constexpr const WrappingFacts& facts(Wrapping wrapping) {
    return facts_table.at(static_cast<std::size_t>(wrapping));
}

constexpr std::size_t aes_key_size = 32;

}  // namespace

std::string_view name(Wrapping wrapping) { return facts(wrapping).name; }

std::optional<Wrapping> wrapping_named(std::string_view text) {
    for (const WrappingFacts& row : facts_table)
        if (row.name == text) return row.wrapping;
    return {};
}

bool fits(Wrapping wrapping, const crypto::PublicKey& key, std::size_t payload_size) {
    const WrappingFacts& how = facts(wrapping);
    const std::size_t modulus = (key.bits() + 7) / 8, overhead = 2 * crypto::digest_size(how.hash) + 2;
    return payload_size > 0 && modulus >= overhead + (how.with_aes ? aes_key_size : payload_size);
}

std::optional<Bytes> wrap(const crypto::Context& context, Wrapping wrapping, const crypto::PublicKey& key,
                          ByteView payload) {
    if (!fits(wrapping, key, payload.size())) return {};
    const WrappingFacts& how = facts(wrapping);
    if (!how.with_aes) return key.encrypt_oaep(context, how.hash, payload);
    Secret aes_key{aes_key_size};
    context.random().fill(aes_key.bytes());
    Bytes out = key.encrypt_oaep(context, how.hash, aes_key.bytes());
    append(out, crypto::wrap_key(crypto::KeyWrap::kwp, aes_key.bytes(), payload));
    return out;
}

std::optional<Secret> unwrap(Wrapping wrapping, const crypto::PrivateKey& key, ByteView blob) {
    const WrappingFacts& how = facts(wrapping);
    if (!how.with_aes) return key.decrypt_oaep(how.hash, blob);
    const std::size_t modulus = (key.public_key().bits() + 7) / 8;
    if (blob.size() < modulus) return {};
    const auto aes_key = key.decrypt_oaep(how.hash, blob.first(modulus));
    if (!aes_key || aes_key->bytes().size() != aes_key_size) return {};
    return crypto::unwrap_key(crypto::KeyWrap::kwp, aes_key->bytes(), blob.subspan(modulus));
}

}  // namespace assay::kms
