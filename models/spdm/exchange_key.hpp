// The key pair of KEY_EXCHANGE in whatever group was negotiated, and ExchangeData as it is on the wire
// (DSP0274): X || Y of a curve, the public value of a finite field; big endian.
#pragma once
#include <variant>

#include "sim/crypto/ffdhe.hpp"
#include "sim/crypto/key.hpp"

namespace assay::spdm {

/// Immutable; copies share the key.
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
    using Key = std::variant<crypto::PrivateKey, crypto::FfdheKey>;
    explicit ExchangeKey(Key key) : key_(std::make_shared<const Key>(std::move(key))) {}
    std::shared_ptr<const Key> key_;
};

}  // namespace assay::spdm
