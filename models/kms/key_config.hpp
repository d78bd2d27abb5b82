// What the KMS publishes of an HPKE key: its key configuration for oblivious HTTP (RFC 9458, 3.1).
#pragma once
#include "sim/crypto/key.hpp"

namespace assay::kms {

/// The configuration of a key on X25519 or P-384 (std::logic_error for others), with the suites that gateways
/// of this project offer, the preferred one first.
Bytes encode_key_config(std::uint8_t key_id, const crypto::PublicKey& key);

/// application/ohttp-keys: each configuration after its length.
Bytes encode_key_config_list(const std::vector<Bytes>& configs);

}  // namespace assay::kms
