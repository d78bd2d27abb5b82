// Lists of key configurations (RFC 9458, 3).
#include "models/ohttp/key_config.hpp"

#include <algorithm>

#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::ohttp {
namespace {

constexpr auto key_order = std::endian::big;

struct RawPair {
    std::uint16_t kdf_id = 0, aead_id = 0;
    static constexpr auto wire() {
        return std::tuple{field("kdf_id", &RawPair::kdf_id), field("aead_id", &RawPair::aead_id)};
    }
};
using RawPairs = Area<RawPair, std::uint16_t, 0xFFFC>;

struct RawConfig {
    std::uint8_t key_id = 0;
    std::uint16_t kem_id = 0;
    Bytes public_key;
    RawPairs symmetric;
    static std::size_t public_key_size(const RawConfig& raw) {
        return crypto::hpke::facts(static_cast<crypto::hpke::KemId>(raw.kem_id))->public_key_size;
    }
    static constexpr auto head() {
        return std::tuple{field("key_id", &RawConfig::key_id), field("kem_id", &RawConfig::kem_id)};
    }
    static constexpr auto wire() {
        return std::tuple{field("key_id", &RawConfig::key_id), field("kem_id", &RawConfig::kem_id),
                          field("public_key", &RawConfig::public_key, public_key_size),
                          field("symmetric", &RawConfig::symmetric)};
    }
};

KeyListError malformed(std::string path, std::size_t offset, std::string what) {
    return {KeyListError::Kind::malformed, std::move(path), offset, std::move(what)};
}

/// The pairs that we can use.
std::vector<SymmetricPair> usable(const RawPairs& pairs) {
    std::vector<SymmetricPair> out;
    for (const RawPair& raw : pairs.items) {
        const SymmetricPair pair{static_cast<crypto::hpke::KdfId>(raw.kdf_id),
                                 static_cast<crypto::hpke::AeadId>(raw.aead_id)};
        const auto* aead = crypto::hpke::facts(pair.aead);
        if (crypto::hpke::facts(pair.kdf) != nullptr && aead != nullptr && aead->cipher) out.push_back(pair);
    }
    return out;
}

}  // namespace

Bytes encode_config(const KeyConfig& config) {
    RawConfig raw{config.id, static_cast<std::uint16_t>(config.kem), config.public_key, {}};
    for (const SymmetricPair& pair : config.symmetric)
        raw.symmetric.items.push_back(
            {static_cast<std::uint16_t>(pair.kdf), static_cast<std::uint16_t>(pair.aead)});
    return encode(raw, key_order);
}

Bytes encode_list(std::span<const KeyConfig> configs) {
    Bytes out;
    Writer writer{out, key_order};
    for (const KeyConfig& config : configs) writer.put(Blob<std::uint16_t, 0xFFFF>{encode_config(config)});
    return out;
}

std::string KeyListError::text() const { return path + ", offset " + std::to_string(offset) + ": " + what; }

Result<std::vector<KeyConfig>, KeyListError> decode_list(ByteView list) {
    if (list.empty()) return malformed("", 0, "an empty list");
    std::vector<KeyConfig> out;
    std::vector<std::uint8_t> ids;
    Reader lengths{list, key_order};
    for (std::size_t i = 0; !lengths.rest().empty(); ++i) {
        const std::string path = "[" + std::to_string(i) + "]";
        Blob<std::uint16_t, 0xFFFF> blob;
        const std::size_t start = lengths.offset();
        if (!lengths.get(blob)) return malformed(path, start, lengths.error().text());
        const std::size_t inside = start + sizeof(std::uint16_t);

        RawConfig raw;
        Reader head{blob.value, key_order};
        if (!head.get_members(raw, RawConfig::head()))
            return malformed(path, inside + head.error().offset, head.error().text());
        const auto kem = static_cast<crypto::hpke::KemId>(raw.kem_id);
        if (crypto::hpke::facts(kem) == nullptr) continue;  // its length says where the next one begins

        Reader reader{blob.value, key_order};
        if (!reader.get(raw) || !reader.finish())
            return malformed(path + "." + reader.error().path, inside + reader.error().offset,
                             reader.error().text());
        if (raw.symmetric.items.empty())
            return malformed(path + ".symmetric", inside, "no symmetric algorithms");
        const auto key = crypto::hpke::deserialize_public_key(kem, raw.public_key);
        if (!key)
            return malformed(path + ".public_key", inside + 3, std::string{crypto::hpke::name(key.error())});
        if (std::ranges::find(ids, raw.key_id) != ids.end())
            return malformed(path + ".key_id", inside, "a key id comes twice");
        ids.push_back(raw.key_id);
        if (auto pairs = usable(raw.symmetric); !pairs.empty())
            out.push_back({raw.key_id, kem, std::move(raw.public_key), std::move(pairs)});
    }
    if (out.empty())
        return KeyListError{KeyListError::Kind::unusable, "", 0, "no configuration that can be used"};
    return out;
}

}  // namespace assay::ohttp
