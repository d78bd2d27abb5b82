// The whole point of an elliptic-curve Diffie-Hellman: TPM 2.0 hands out both coordinates.
#pragma once
#include "sim/crypto/key.hpp"

namespace assay::crypto {

/// key * peer as X || Y, each padded to the size of the curve. P-256 and P-384. Nothing when the keys are of
/// other or different types, or the product is the point at infinity.
std::optional<Secret> agree_point(const PrivateKey& key, const PublicKey& peer);

/// SP 800-186, 3.2.1: p, a, b, the base point and its order, big-endian, as long as a coordinate. Not for
/// X25519 and RSA (std::logic_error).
struct CurveParameters {
    Bytes p, a, b, x, y, order;
};
CurveParameters curve_parameters(KeyType curve);

}  // namespace assay::crypto
