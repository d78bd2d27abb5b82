// The CBOR key map (RFC 8949) in which an HPKE key on P-384 travels: {4: key id, -1: 2, -4: d, -2: x, -3: y}.
// It is no COSE_Key: label 4 is the key id, and the key type is not stated.
#pragma once
#include "sim/crypto/key.hpp"

namespace assay::kms {

struct CborKey {
    std::uint8_t key_id = 0;
    Secret scalar;  // d, 48 bytes
};

/// `A3 04 id 20 02 23 5830 d`: without x and y, which follow from d. `scalar` has 48 bytes
/// (std::logic_error).
Secret encode_cbor_key(std::uint8_t key_id, ByteView scalar);

/// Strict: a definite map, each label once, none unknown; key id, curve and d are there, x and y both or
/// none; integers in their shortest form; no tag, nothing after it; 0 < d < order; x and y are those of d;
/// and the key id is the one that was asked for. Nothing for all else.
std::optional<CborKey> decode_cbor_key(const crypto::Context& context, ByteView cbor,
                                       std::uint8_t requested_key_id);

}  // namespace assay::kms
