#include "models/kms/cbor_key.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace assay::kms {
namespace {

constexpr std::size_t coordinate_size = 48;
constexpr std::int64_t label_key_id = 4, label_curve = -1, label_x = -2, label_y = -3, label_d = -4;
constexpr std::uint64_t curve_p384 = 2;

enum class Major : std::uint8_t { positive = 0, negative = 1, bytes = 2, map = 5 };

/// Reads items of RFC 8949 with deterministic heads (4.2.1).
class CborReader {
public:
    explicit CborReader(ByteView rest) : rest_(rest) {}

    bool at_end() const { return rest_.empty(); }

    struct Head {
        Major major;
        std::uint64_t value;
    };
    std::optional<Head> head() {
        constexpr unsigned one_byte = 24, eight_bytes = 27;
        if (rest_.empty()) return {};
        const std::uint8_t first = rest_[0];
        const unsigned info = first & 0x1FU;
        rest_ = rest_.subspan(1);
        const auto major = static_cast<Major>(first >> 5);
        if (info < one_byte) return Head{major, info};
        if (info > eight_bytes) return {};  // reserved, or of indefinite length
        const std::size_t size = std::size_t{1} << (info - one_byte);
        if (rest_.size() < size) return {};
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) value = value << 8 | rest_[i];
        rest_ = rest_.subspan(size);
        const std::uint64_t smallest = size == 1 ? one_byte : std::uint64_t{1} << (4 * size);
        if (value < smallest) return {};
        return Head{major, value};
    }
    std::optional<ByteView> take(std::uint64_t size) {
        if (rest_.size() < size) return {};
        const ByteView out = rest_.first(static_cast<std::size_t>(size));
        rest_ = rest_.subspan(static_cast<std::size_t>(size));
        return out;
    }

private:
    ByteView rest_;
};

struct Item {
    Major major{};
    std::uint64_t value = 0;
    ByteView bytes;
};

/// Labels are small integers; anything larger is unknown anyway.
std::optional<std::int64_t> label_of(const CborReader::Head& head) {
    constexpr std::uint64_t max_label = 16;
    if (head.value > max_label) return {};
    const auto value = static_cast<std::int64_t>(head.value);
    if (head.major == Major::positive) return value;
    if (head.major == Major::negative) return -1 - value;
    return {};
}

std::optional<std::map<std::int64_t, Item>> members(ByteView cbor) {
    CborReader reader{cbor};
    const auto map = reader.head();
    constexpr std::uint64_t max_members = 5;
    if (!map || map->major != Major::map || map->value > max_members) return {};
    std::map<std::int64_t, Item> out;
    for (std::uint64_t i = 0; i < map->value; ++i) {
        const auto key = reader.head();
        const auto label = key ? label_of(*key) : std::nullopt;
        const auto value = reader.head();
        if (!label || !value) return {};
        Item item{value->major, value->value, {}};
        if (item.major == Major::bytes) {
            const auto bytes = reader.take(item.value);
            if (!bytes) return {};
            item.bytes = *bytes;
        } else if (item.major != Major::positive) {
            return {};
        }
        if (!out.emplace(*label, item).second) return {};
    }
    if (!reader.at_end()) return {};
    return out;
}

bool is_coordinate(const Item& item) {
    return item.major == Major::bytes && item.bytes.size() == coordinate_size;
}

}  // namespace

Secret encode_cbor_key(std::uint8_t key_id, ByteView scalar) {
    if (scalar.size() != coordinate_size) throw std::logic_error("encode_cbor_key: d has 48 bytes");
    constexpr std::uint8_t small = 24;
    Bytes head{0xA3, 0x04};
    if (key_id >= small) head.push_back(0x18);
    append(head, std::array{key_id, std::uint8_t{0x20}, std::uint8_t{curve_p384}, std::uint8_t{0x23},
                            std::uint8_t{0x58}, std::uint8_t{coordinate_size}});
    Secret out{head.size() + scalar.size()};
    const auto rest = std::ranges::copy(head, out.bytes().begin()).out;
    std::ranges::copy(scalar, rest);
    return out;
}

std::optional<CborKey> decode_cbor_key(const crypto::Context& context, ByteView cbor,
                                       std::uint8_t requested_key_id) {
    const auto found = members(cbor);
    if (!found) return {};
    for (const auto& [label, item] : *found)
        if (label != label_key_id && (label > label_curve || label < label_d)) return {};
    const auto key_id = found->find(label_key_id), curve = found->find(label_curve), d = found->find(label_d),
               x = found->find(label_x), y = found->find(label_y);
    const auto none = found->end();
    if (key_id == none || curve == none || d == none || (x == none) != (y == none)) return {};
    if (key_id->second.major != Major::positive || key_id->second.value != requested_key_id) return {};
    if (curve->second.major != Major::positive || curve->second.value != curve_p384) return {};
    if (!is_coordinate(d->second)) return {};
    const auto key = crypto::PrivateKey::from_scalar(context, crypto::KeyType::p384, d->second.bytes);
    if (!key) return {};
    if (x != none) {
        if (!is_coordinate(x->second) || !is_coordinate(y->second)) return {};
        const Bytes uncompressed{0x04};
        if (!equal(key->public_key().point(), concat({uncompressed, x->second.bytes, y->second.bytes})))
            return {};
    }
    CborKey out{requested_key_id, Secret{coordinate_size}};
    std::ranges::copy(d->second.bytes, out.scalar.bytes().begin());
    return out;
}

}  // namespace assay::kms
