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
    switch (curve) {
        case Curve::p384: return crypto::KeyType::p384;
        case Curve::p521: return crypto::KeyType::p521;
        default: return crypto::KeyType::p256;
    }
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

SavedObject saved(const Object& object) {
    SavedObject out{.area = object.area, .sensitive = {object.sensitive}, .hierarchy = object.hierarchy};
    out.qualified_name.value = object.qualified_name;
    out.external = object.external;
    out.st_clear = object.st_clear;
    return out;
}

SharedObject restored(const SavedObject& content) {
    Object object{content.area};
    object.sensitive = content.sensitive.value;
    object.name = name_of(object.area);
    object.qualified_name = content.qualified_name.value;
    object.hierarchy = content.hierarchy;
    object.external = content.external != 0;
    object.st_clear = content.st_clear != 0;
    return std::make_shared<const Object>(std::move(object));
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

void Sequence::update_with_key(std::uint8_t pad) {
    Secret block{hmac_key.value.size()};
    std::ranges::transform(hmac_key.value, block.bytes().begin(),
                           [pad](std::uint8_t byte) { return static_cast<std::uint8_t>(byte ^ pad); });
    states[0].update(std::as_const(block).bytes());
}

void Sequence::begin_hmac(Alg hash, ByteView key) {
    const std::size_t block = block_size(hash);
    Bytes padded_key = key.size() > block ? digest(hash, {key}) : Bytes{key.begin(), key.end()};
    hmac_key.value.resize(block);
    std::ranges::copy(padded_key, hmac_key.value.begin());
    ::explicit_bzero(padded_key.data(), padded_key.size());
    states.emplace_back(hash_of(hash));
    update_with_key(0x36);
}

Bytes Sequence::finish() {
    const Bytes inner = states[0].finish();
    if (!is_hmac()) return inner;
    update_with_key(0x5C);
    states[0].update(inner);
    return states[0].finish();
}

void Sequence::update(ByteView data) {
    constexpr auto magic = store(generated_value, byte_order);
    if (!is_begun) may_be_generated = data.size() < magic.size() || equal(data.first(magic.size()), magic);
    is_begun = true;
    for (crypto::HashState& state : states) state.update(data);
}

}  // namespace assay::tpm
