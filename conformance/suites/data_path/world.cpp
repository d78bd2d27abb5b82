#include "conformance/suites/data_path/world.hpp"

#include <algorithm>
#include <functional>

#include "sim/base/reader.hpp"
#include "sim/crypto/aead.hpp"
#include "sim/crypto/hash.hpp"
#include "sim/crypto/kdf.hpp"

namespace assay::conformance::data_path {
namespace world_parts {

constexpr crypto::Hash session_hash = crypto::Hash::sha384;
constexpr std::size_t key_size = 32, fixed_size = 4, header_bytes = 64, tag_bytes = 16;

Bytes expand(ByteView secret, std::string_view label, std::size_t size) {
    const Secret out = crypto::hkdf_expand(session_hash, secret, as_bytes(label), size);
    return {out.bytes().begin(), out.bytes().end()};
}

}  // namespace world_parts

Case make_case(std::string_view id, std::string_view title, std::vector<std::string> requirements,
               Body prepare, Body run, std::vector<std::string> needs) {
    Case out;
    out.id = "data-path." + std::string{id};
    out.title = title;
    out.requirements = std::move(requirements);
    out.needs = std::move(needs);
    out.tags = {out.id.substr(10, out.id.find('.', 10) - 10)};
    out.prepare = prepare;
    out.run = run;
    return out;
}

Bytes session_secret(std::uint8_t number) {
    Bytes out(48);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(31 * i + 7 + number);
    return out;
}
Bytes owner_key() {
    Bytes out(world_parts::key_size);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(201 - 5 * i);
    return out;
}
const TinyModel& the_model() {
    static const TinyModel model = tiny_model(2024);
    return model;
}

SealedModelFile sealed(ByteView image, ByteView key, ByteView digest, std::size_t chunk_size) {
    SealedModelFile out{
        {digest.begin(), digest.end()}, image.size(), chunk_size, {}, {key.begin(), key.end()}};
    const crypto::AeadKey cipher{crypto::Aead::aes_256_gcm, key};
    for (std::size_t at = 0; at < image.size(); at += chunk_size) {
        const ByteView plain = image.subspan(at, std::min(chunk_size, image.size() - at));
        const auto index = store(std::uint64_t{out.chunks.size()}, std::endian::big);
        Bytes& chunk = out.chunks.emplace_back(plain.size() + world_parts::tag_bytes);
        cipher.seal(concat({as_bytes("MDL1"), index}),
                    concat({as_bytes("assay model image v1"), digest, index}), plain, chunk);
    }
    return out;
}
SealedModelFile sealed_model() {
    const Bytes image = the_model().image();
    return sealed(image, owner_key(), crypto::digest(crypto::Hash::sha256, {image}));
}

void start_session(Trial& trial) {
    trial.need(port(trial).power_on("on"), "power-on");
    trial.need(port(trial).open(session_secret()), "opening a session");
    trial.need(port(trial).set_ready(), "telling the GPU that it is attested");
}
void start(Trial& trial) {
    start_session(trial);
    trial.need(port(trial).load_model(sealed_model()), "loading a model");
    (void)port(trial).take_records();
}

std::uint64_t begin(Trial& trial) { return trial.need(port(trial).begin(), "a request"); }

Result<Tokens, PortError> ask(Trial& trial, std::uint64_t request, const Tokens& tokens, unsigned limit) {
    if (auto in = port(trial).write_input(request, tokens); !in) return in.error();
    if (auto done = port(trial).compute(request, limit); !done) return done.error();
    return port(trial).read_output(request);
}

SessionKeys keys_of(ByteView secret) {
    SessionKeys out;
    out.h2d = {world_parts::expand(secret, "assay data path v1 h2d key", world_parts::key_size),
               world_parts::expand(secret, "assay data path v1 h2d iv", world_parts::fixed_size)};
    out.d2h = {world_parts::expand(secret, "assay data path v1 d2h key", world_parts::key_size),
               world_parts::expand(secret, "assay data path v1 d2h iv", world_parts::fixed_size)};
    return out;
}
SessionKeys updated(const SessionKeys& keys) {
    SessionKeys out = keys;
    for (SessionKeys::Way* way : {&out.h2d, &out.d2h})
        way->key = world_parts::expand(way->key, "assay data path v1 update", world_parts::key_size);
    return out;
}

std::optional<Opened> open_record(const BounceRecord& record, const SessionKeys& keys) {
    const ByteView raw = record.bytes;
    if (raw.size() < world_parts::header_bytes + world_parts::tag_bytes) return std::nullopt;
    const auto header =
        decode<gpu::TransferHeader>(raw.first(world_parts::header_bytes), std::endian::little);
    if (!header || header->length != raw.size() - world_parts::header_bytes - world_parts::tag_bytes)
        return std::nullopt;
    const SessionKeys::Way& way = record.to_device ? keys.h2d : keys.d2h;
    Opened out{*header, concat({way.fixed, store(header->counter, std::endian::big)}), {}};
    const crypto::AeadKey cipher{crypto::Aead::aes_256_gcm, way.key};
    if (header->key == gpu::PayloadKey::model) {
        Bytes nothing;
        const ByteView body = raw.first(raw.size() - world_parts::tag_bytes);
        if (!cipher.open(out.nonce, body, raw.last(world_parts::tag_bytes), nothing)) return std::nullopt;
        out.plaintext.assign(body.begin() + world_parts::header_bytes, body.end());
        return out;
    }
    out.plaintext.resize(header->length);
    if (!cipher.open(out.nonce, raw.first(world_parts::header_bytes), raw.subspan(world_parts::header_bytes),
                     out.plaintext))
        return std::nullopt;
    return out;
}

std::vector<BounceRecord> records(Trial& trial, std::size_t least) {
    std::vector<BounceRecord> out = port(trial).take_records();
    trial.expect(out.size() >= least, "no-records",
                 std::to_string(least) + " records or more lie in the bounce buffer, one after the other",
                 "there were " + std::to_string(out.size()));
    return out;
}

std::vector<Opened> opened_records(Trial& trial, const SessionKeys& keys, std::size_t least) {
    std::vector<Opened> out;
    for (const BounceRecord& record : records(trial, least)) {
        auto opened = open_record(record, keys);
        trial.expect(opened.has_value(), "record-does-not-open",
                     "every record verifies under the keys that follow from the session's secret",
                     "record " + std::to_string(out.size()) + " does not");
        out.push_back(*std::move(opened));
    }
    return out;
}

bool contains(ByteView haystack, ByteView needle) {
    return std::search(haystack.begin(), haystack.end(),
                       std::boyer_moore_horspool_searcher{needle.begin(), needle.end()}) != haystack.end();
}

std::string found_in_stores(Trial& trial, ByteView needle) {
    const auto stores = port(trial).stores();
    trial.expect(stores.size() >= 3, "no-stores", "the target names its stores",
                 "it names " + std::to_string(stores.size()));
    for (const StoreInfo& store : stores) {
        const Bytes raw = trial.need(port(trial).raw_read(store.name), "reading " + store.name);
        trial.expect(raw.size() == store.capacity, "store-size", "a store is read as a whole",
                     store.name + " gives " + std::to_string(raw.size()) + " bytes");
        if (contains(raw, needle)) return store.name;
    }
    return {};
}

Bytes as_words(const Tokens& tokens) {
    Bytes out;
    for (const std::uint32_t token : tokens) append(out, store(token, std::endian::little));
    return out;
}

}  // namespace assay::conformance::data_path
