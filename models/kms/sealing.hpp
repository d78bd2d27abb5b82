// Keys at rest: AES-256-GCM under a key that follows from the root key of the service.
#pragma once
#include <optional>

#include "sim/base/random.hpp"
#include "sim/base/secret.hpp"
#include "sim/crypto/aead.hpp"

namespace assay::kms {

class Sealer {
public:
    /// `root_key` has 32 bytes (std::logic_error) and is not kept. `random` outlives it.
    Sealer(const Secret& root_key, Random& random);

    /// nonce (12) || ciphertext || tag (16). `what` names the key: sealed bytes open under their own name
    /// alone.
    Bytes seal(std::string_view what, ByteView secret) const;
    std::optional<Secret> open(std::string_view what, ByteView sealed) const;

private:
    crypto::AeadKey key_;
    Random* random_;
};

}  // namespace assay::kms
