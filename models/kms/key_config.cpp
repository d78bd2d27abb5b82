#include "models/kms/key_config.hpp"

#include <stdexcept>

namespace assay::kms {
namespace {

constexpr std::uint16_t hkdf_sha256 = 1, hkdf_sha384 = 2, aes_128_gcm = 1, aes_256_gcm = 2,
                        chacha20_poly1305 = 3;

}  // namespace

Bytes encode_key_config(std::uint8_t key_id, const crypto::PublicKey& key) {
    KeyConfig config;
    config.key_id = key_id;
    config.public_key = key.point();
    if (key.type() == crypto::KeyType::p384) {
        config.kem = Kem::p384_hkdf_sha384;
        config.suites.items = {
            {hkdf_sha384, aes_256_gcm}, {hkdf_sha256, aes_128_gcm}, {hkdf_sha256, chacha20_poly1305}};
    } else if (key.type() == crypto::KeyType::x25519) {
        config.kem = Kem::x25519_hkdf_sha256;
        config.suites.items = {
            {hkdf_sha256, aes_256_gcm}, {hkdf_sha256, aes_128_gcm}, {hkdf_sha256, chacha20_poly1305}};
    } else {
        throw std::logic_error("encode_key_config: X25519 or P-384 is expected");
    }
    return encode(config, key_config_order);
}

Bytes encode_key_config_list(const std::vector<Bytes>& configs) {
    Bytes out;
    for (const Bytes& config : configs) {
        append(out, store(static_cast<std::uint16_t>(config.size()), std::endian::big));
        append(out, config);
    }
    return out;
}

}  // namespace assay::kms
