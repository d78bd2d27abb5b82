// What the KMS publishes of an HPKE key: the key configuration of Oblivious HTTP (RFC 9458, 3.1 and 3.2).
#pragma once
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/key.hpp"

namespace assay::kms {

inline constexpr auto key_config_order = std::endian::big;

/// HPKE algorithm identifiers (RFC 9180, 7).
enum class Kem : std::uint16_t { p384_hkdf_sha384 = 0x0011, x25519_hkdf_sha256 = 0x0020 };
constexpr std::uint32_t refusal(Kem kem) {
    return refuse_unless(kem == Kem::p384_hkdf_sha384 || kem == Kem::x25519_hkdf_sha256, 1);
}
/// Bytes of a public key: 97, 32.
constexpr std::size_t public_key_size(Kem kem) {
    constexpr std::size_t p384 = 97, x25519 = 32;
    return kem == Kem::p384_hkdf_sha384 ? p384 : x25519;
}

struct SymmetricSuite {
    std::uint16_t kdf = 0;
    std::uint16_t aead = 0;
    static constexpr auto wire() {
        return std::tuple{field("KDF ID", &SymmetricSuite::kdf), field("AEAD ID", &SymmetricSuite::aead)};
    }
    bool operator==(const SymmetricSuite&) const = default;
};

struct KeyConfig {
    std::uint8_t key_id = 0;
    Kem kem{};
    Bytes public_key;
    Area<SymmetricSuite, std::uint16_t, 256> suites;
    static constexpr auto wire() {
        return std::tuple{field("Key Identifier", &KeyConfig::key_id), field("HPKE KEM ID", &KeyConfig::kem),
                          field("HPKE Public Key", &KeyConfig::public_key,
                                [](const KeyConfig& config) { return public_key_size(config.kem); }),
                          field("HPKE Symmetric Algorithms", &KeyConfig::suites)};
    }
};

/// The configuration of a key on X25519 or P-384 (std::logic_error for others), with the suites that gateways
/// of this project offer, the preferred one first.
Bytes encode_key_config(std::uint8_t key_id, const crypto::PublicKey& key);

/// application/ohttp-keys: each configuration after its length in two bytes.
Bytes encode_key_config_list(const std::vector<Bytes>& configs);

}  // namespace assay::kms
