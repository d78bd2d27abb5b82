// The key pair of KEY_EXCHANGE in whatever group was negotiated, and ExchangeData as it is on the wire
// (DSP0274): X || Y of a curve, the public value of a finite field; big endian.
#pragma once
#include <variant>

#include "sim/crypto/ffdhe.hpp"
#include "sim/crypto/key.hpp"

namespace assay::spdm {

class ExchangeKey {
public:
    /// Nothing where the group is not known.
    static std::optional<ExchangeKey> generate(const crypto::Context& context, std::uint16_t dhe);
    /// For known answers; curves alone.
    static std::optional<ExchangeKey> from_scalar(const crypto::Context& context, std::uint16_t dhe,
                                                  ByteView scalar);

    Bytes exchange_data() const;
    /// The shared secret: the X coordinate, or the field element; leading zeros kept. Nothing where the
    /// peer's data is not of the group.
    std::optional<Secret> agree(ByteView exchange_data) const;

private:
    explicit ExchangeKey(crypto::PrivateKey key) : key_(std::move(key)) {}
    explicit ExchangeKey(crypto::FfdheKey key) : key_(std::move(key)) {}
    std::variant<crypto::PrivateKey, crypto::FfdheKey> key_;
};

}  // namespace assay::spdm
