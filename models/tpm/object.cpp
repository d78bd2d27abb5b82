#include "models/tpm/object.hpp"

#include "sim/base/writer.hpp"
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

Object::Object(NewObject made, labels::Vault& vault, const labels::Label& label)
    : area(made.content.area),
      name(name_of(area)),
      qualified_name(made.content.qualified_name.value),
      hierarchy(made.content.hierarchy),
      external(made.content.external != 0),
      st_clear(made.content.st_clear != 0),
      has_private_(made.content.sensitive.value.has_value()),
      key_(std::move(made.key)) {
    content_ = vault.hold(encode_secret(made.content, byte_order, SavedObject::most).bytes(), label);
    if (!has_private_) return;
    // The values stand one before the other, each after its size (Part 2, 12.3.2.4), before what ends it all.
    const TpmtSensitive& from = *made.content.sensitive.value;
    constexpr std::size_t size_field = 2, last_fields = 4 + 1 + 1;
    std::size_t end = content_.size() - last_fields - qualified_name.size() - size_field;
    const auto before = [&](const Bytes& value) {
        const labels::Range range{end - value.size(), value.size()};
        end = range.at - size_field;
        return range;
    };
    sensitive_ = before(from.sensitive.value);
    seed_ = before(from.seed_value.value);
    auth_ = before(from.auth_value.value);
}

TpmtSensitive Object::private_area() const {
    return {.type = area.type,
            .auth_value = {taken(auth_value())},
            .seed_value = {taken(seed_value())},
            .sensitive = {taken(sensitive())}};
}

std::optional<crypto::PublicKey> public_key_of(const TpmtPublic& area) {
    if (area.type == Alg::ecc) return public_key_of(area.curve, area.unique_ecc);
    if (area.type != Alg::rsa || area.unique_rsa.value.size() != area.key_bits / 8U) return {};
    return crypto::PublicKey::from_rsa(area.unique_rsa.value, area.exponent == 0 ? 65537 : area.exponent);
}

std::optional<crypto::PrivateKey> private_key_of(const crypto::Context& context, const TpmtPublic& area,
                                                 ByteView sensitive) {
    if (area.type == Alg::rsa)
        return crypto::rsa_from_prime(context, area.unique_rsa.value,
                                      area.exponent == 0 ? 65537 : area.exponent, sensitive);
    if (area.type != Alg::ecc) return {};
    const Secret scalar{padded(sensitive, coordinate_size(area.curve))};
    auto key = crypto::PrivateKey::from_scalar(context, key_type(area.curve), scalar.bytes());
    if (key && key->public_key() != public_key_of(area)) key.reset();
    return key;
}

const crypto::PrivateKey* Object::key(const crypto::Context& context) const {
    if (!key_ && has_private_) key_ = private_key_of(context, area, sensitive());
    return key_ ? &*key_ : nullptr;
}

void Sequence::update_with_key(std::uint8_t pad) {
    Secret block{hmac_key.size()};
    std::ranges::transform(hmac_key.bytes(), block.bytes().begin(),
                           [pad](std::uint8_t byte) { return static_cast<std::uint8_t>(byte ^ pad); });
    states[0].update(std::as_const(block).bytes());
}

void Sequence::begin_hmac(Alg hash, ByteView key, labels::Vault& vault, const labels::Label& label) {
    Secret block{block_size(hash)};
    const Secret hashed{key.size() > block.bytes().size() ? digest(hash, {key}) : Bytes{}};
    std::ranges::copy(hashed.bytes().empty() ? key : hashed.bytes(), block.bytes().begin());
    hmac_key = vault.hold(std::as_const(block).bytes(), label);
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
