#include "models/tpm/object.hpp"

#include "sim/crypto/rsa.hpp"

namespace assay::tpm {

Bytes padded(ByteView number, std::size_t size) {
    if (number.size() > size) return {};
    Bytes out(size - number.size());
    append(out, number);
    return out;
}

crypto::KeyType key_type(Curve curve) {
    return curve == Curve::p384 ? crypto::KeyType::p384 : crypto::KeyType::p256;
}

TpmsEccPoint point_of(const crypto::PublicKey& key) {
    const Bytes point = key.point();
    const std::size_t size = point.size() / 2;
    const ByteView coordinates = ByteView{point}.subspan(1);
    const auto take = [](ByteView view) {
        return Tpm2bEccParameter{Bytes{view.begin(), view.end()}};
    };
    return {take(coordinates.first(size)), take(coordinates.last(size))};
}

std::optional<crypto::PublicKey> public_key_of(Curve curve, const TpmsEccPoint& point) {
    const std::size_t size = coordinate_size(curve);
    const Bytes x = padded(point.x.value, size), y = padded(point.y.value, size);
    if (x.empty() || y.empty()) return {};
    constexpr std::array<std::uint8_t, 1> uncompressed{0x04};
    return crypto::PublicKey::from_point(key_type(curve), concat({uncompressed, x, y}));
}

std::optional<crypto::PublicKey> Object::public_key() const {
    if (area.type == Alg::ecc) return public_key_of(area.curve, area.unique_ecc);
    if (area.type != Alg::rsa || area.unique_rsa.value.size() != area.key_bits / 8U) return {};
    return crypto::PublicKey::from_rsa(area.unique_rsa.value, area.exponent == 0 ? 65537 : area.exponent);
}

const crypto::PrivateKey* Object::key(const crypto::Context& context) const {
    if (key_ || !sensitive) return key_ ? &*key_ : nullptr;
    const ByteView secret = sensitive->sensitive.value;
    if (area.type == Alg::ecc) {
        Bytes scalar = padded(secret, coordinate_size(area.curve));
        key_ = crypto::PrivateKey::from_scalar(context, key_type(area.curve), scalar);
        if (!scalar.empty()) ::explicit_bzero(scalar.data(), scalar.size());
        if (key_ && key_->public_key() != public_key()) key_.reset();
    } else if (area.type == Alg::rsa) {
        key_ = crypto::rsa_from_prime(context, area.unique_rsa.value,
                                      area.exponent == 0 ? 65537 : area.exponent, secret);
    }
    return key_ ? &*key_ : nullptr;
}

void Sequence::update(ByteView data) {
    constexpr auto magic = store(generated_value, byte_order);
    if (!is_begun) may_be_generated = data.size() < magic.size() || equal(data.first(magic.size()), magic);
    is_begun = true;
    for (crypto::HashState& state : states) state.update(data);
}

}  // namespace assay::tpm
