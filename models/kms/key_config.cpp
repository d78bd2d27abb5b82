#include "models/kms/key_config.hpp"

#include <stdexcept>

#include "models/ohttp/key_config.hpp"

namespace assay::kms {

Bytes encode_key_config(std::uint8_t key_id, const crypto::PublicKey& key) {
    using crypto::hpke::AeadId, crypto::hpke::KdfId, crypto::hpke::KemId;
    ohttp::KeyConfig config;
    config.id = key_id;
    config.public_key = key.point();
    if (key.type() == crypto::KeyType::p384) {
        config.kem = KemId::p384_sha384;
        config.symmetric = {{KdfId::sha384, AeadId::aes_256_gcm},
                            {KdfId::sha256, AeadId::aes_128_gcm},
                            {KdfId::sha256, AeadId::chacha20_poly1305}};
    } else if (key.type() == crypto::KeyType::x25519) {
        config.kem = KemId::x25519_sha256;
        config.symmetric = {{KdfId::sha256, AeadId::aes_256_gcm},
                            {KdfId::sha256, AeadId::aes_128_gcm},
                            {KdfId::sha256, AeadId::chacha20_poly1305}};
    } else {
        throw std::logic_error("encode_key_config: X25519 or P-384 is expected");
    }
    return ohttp::encode_config(config);
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
