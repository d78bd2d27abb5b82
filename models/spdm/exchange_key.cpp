#include "models/spdm/exchange_key.hpp"

#include "models/spdm/negotiation.hpp"

namespace assay::spdm {
namespace {

constexpr std::uint8_t uncompressed = 0x04;  // what begins a point, and is not sent

std::optional<crypto::Ffdhe> field_of(std::uint16_t dhe) {
    switch (dhe) {
        case alg::ffdhe2048: return crypto::Ffdhe::ffdhe2048;
        case alg::ffdhe3072: return crypto::Ffdhe::ffdhe3072;
        default: return std::nullopt;
    }
}

}  // namespace

std::optional<ExchangeKey> ExchangeKey::generate(const crypto::Context& context, std::uint16_t dhe) {
    if (const auto curve = group_of(dhe)) return ExchangeKey{crypto::PrivateKey::generate(context, *curve)};
    if (const auto field = field_of(dhe)) return ExchangeKey{crypto::FfdheKey::generate(context, *field)};
    return std::nullopt;
}

std::optional<ExchangeKey> ExchangeKey::from_scalar(const crypto::Context& context, std::uint16_t dhe,
                                                    ByteView scalar) {
    const auto curve = group_of(dhe);
    auto key = curve ? crypto::PrivateKey::from_scalar(context, *curve, scalar) : std::nullopt;
    if (!key) return std::nullopt;
    return ExchangeKey{*std::move(key)};
}

Bytes ExchangeKey::exchange_data() const {
    if (const auto* field = std::get_if<crypto::FfdheKey>(key_.get())) return field->public_value();
    const Bytes point = std::get<crypto::PrivateKey>(*key_).public_key().point();
    return {point.begin() + 1, point.end()};
}

std::optional<Secret> ExchangeKey::agree(ByteView exchange_data) const {
    if (const auto* field = std::get_if<crypto::FfdheKey>(key_.get())) return field->agree(exchange_data);
    const auto& key = std::get<crypto::PrivateKey>(*key_);
    const auto peer = crypto::PublicKey::from_point(key.type(), concat({{{uncompressed}}, exchange_data}));
    return peer ? key.agree(*peer) : std::nullopt;
}

}  // namespace assay::spdm
