#include "models/kms/sealing.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/crypto/kdf.hpp"

namespace assay::kms {
namespace {

constexpr std::size_t root_key_size = 32;

crypto::AeadKey sealing_key(const Secret& root_key) {
    if (root_key.bytes().size() != root_key_size) throw std::logic_error("Sealer: the root key has 32 bytes");
    const Secret key = crypto::hkdf(crypto::Hash::sha256, {}, root_key.bytes(),
                                    as_bytes("assay kms: keys at rest v1"), root_key_size);
    return {crypto::Aead::aes_256_gcm, key.bytes()};
}

}  // namespace

Sealer::Sealer(const Secret& root_key, Random& random) : key_(sealing_key(root_key)), random_(&random) {}

Bytes Sealer::seal(std::string_view what, ByteView secret) const {
    Bytes out(crypto::aead_nonce_size + secret.size() + crypto::aead_tag_size);
    const std::span nonce = std::span{out}.first(crypto::aead_nonce_size);
    random_->fill(nonce);
    key_.seal(nonce, as_bytes(what), secret, std::span{out}.subspan(crypto::aead_nonce_size));
    return out;
}

std::optional<Secret> Sealer::open(std::string_view what, ByteView sealed) const {
    constexpr std::size_t overhead = crypto::aead_nonce_size + crypto::aead_tag_size;
    if (sealed.size() <= overhead) return {};
    Secret out{sealed.size() - overhead};
    if (!key_.open(sealed.first(crypto::aead_nonce_size), as_bytes(what),
                   sealed.subspan(crypto::aead_nonce_size), out.bytes()))
        return {};
    return out;
}

}  // namespace assay::kms
