// Key configurations of oblivious HTTP (RFC 9458, 3.1 and 3.2), application/ohttp-keys.
#pragma once
#include "sim/crypto/hpke.hpp"

namespace assay::ohttp {

struct SymmetricPair {
    crypto::hpke::KdfId kdf{};
    crypto::hpke::AeadId aead{};
    bool operator==(const SymmetricPair&) const = default;
};

struct KeyConfig {
    std::uint8_t id = 0;
    crypto::hpke::KemId kem{};
    Bytes public_key;                      // Npk bytes, validated
    std::vector<SymmetricPair> symmetric;  // at least one; in the server's order of preference
    bool operator==(const KeyConfig&) const = default;

    crypto::hpke::Suite suite(const SymmetricPair& pair) const { return {kem, pair.kdf, pair.aead}; }
};

/// One configuration, without a length before it.
Bytes encode_config(const KeyConfig& config);
/// Each with its length before it.
Bytes encode_list(std::span<const KeyConfig> configs);

struct KeyListError {
    enum class Kind : std::uint8_t {
        malformed,  // the whole list is discarded: different recoveries would tell clients apart
        unusable,   // well formed, and nothing in it that we can use
    };
    Kind kind{};
    std::string path;        // "[1].public_key"
    std::size_t offset = 0;  // in the list
    std::string what;
    std::string text() const;
};

/// The configurations that can be used, in the server's order; the first one is the client's choice. Unknown
/// KEMs are skipped, unknown and export-only symmetric pairs left out. Malformed is also an empty list, an
/// invalid public key, and a key id that comes twice.
Result<std::vector<KeyConfig>, KeyListError> decode_list(ByteView list);

}  // namespace assay::ohttp
