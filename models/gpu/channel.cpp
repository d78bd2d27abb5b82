#include "models/gpu/channel.hpp"

#include <algorithm>

#include "sim/base/reader.hpp"
#include "sim/base/secret.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/kdf.hpp"

namespace assay::gpu {
namespace {

using labels::LabelledStore;
using labels::Range;
using labels::Refusal;

constexpr std::size_t key_bytes = 32;
constexpr std::string_view key_labels[] = {"assay data path v1 h2d key", "assay data path v1 d2h key"};
constexpr std::string_view iv_labels[] = {"assay data path v1 h2d iv", "assay data path v1 d2h iv"};
constexpr std::string_view update_label = "assay data path v1 update";

labels::Sink sink_of(const LabelledStore& to) { return to.spec().sink.value_or(labels::Sink::pcie); }

}  // namespace

Result<Channel, Refusal> Channel::open(labels::Registry& registry, labels::KeyStore& keys,
                                       const labels::Subject& session, ByteView secret,
                                       const Options& options) {
    if (secret.size() != crypto::digest_size(options.hash))
        return Refusal{"E_KEY_PARAMS",
                       "an export master secret of " + std::to_string(secret.size()) + " bytes", "channel",
                       "one as long as the session's hash"};
    Channel out{registry, keys, session, options};
    const bool guest = options.end == End::guest;
    for (Way* way : {&out.tx_, &out.rx_}) {
        way->direction = (way == &out.tx_) == guest ? Direction::host_to_device : Direction::device_to_host;
        const auto index = static_cast<std::size_t>(way->direction);
        const Secret fixed =
            crypto::hkdf_expand(options.hash, secret, as_bytes(iv_labels[index]), way->fixed.size());
        std::ranges::copy(fixed.bytes(), way->fixed.begin());
        const Secret key = crypto::hkdf_expand(options.hash, secret, as_bytes(key_labels[index]), key_bytes);
        if (auto put = out.put_key(*way, key.bytes()); !put) {
            (void)out.close();
            return put.error();
        }
    }
    return out;
}

Result<Nothing, Refusal> Channel::put_key(Way& way, ByteView key) {
    // Equal numbers at both ends: they are copies of one key.
    const std::uint64_t id =
        std::uint64_t{options_.id} << 32 | way.key_number << 1 | static_cast<std::uint64_t>(way.direction);
    auto ref = keys_->put(id, labels::KeyKind::channel_session, session_, key);
    if (!ref) return ref.error();
    way.key = *ref;
    way.counter = way.highest = 0;
    ++way.key_number;
    return Nothing{};
}

std::array<std::uint8_t, 12> Channel::nonce(const Way& way, std::uint64_t counter) const {
    std::array<std::uint8_t, 12> out{};
    std::ranges::copy(way.fixed, out.begin());
    std::ranges::copy(store(counter, std::endian::big), out.begin() + 4);
    return out;
}

Refusal Channel::refuse(std::string_view code, std::string what, std::string expected) {
    failed_ = true;
    return {code, std::move(what), "channel " + std::to_string(options_.id), std::move(expected)};
}

Result<Nothing, Refusal> Channel::seal(TransferHeader& header, const LabelledStore& from, Range payload,
                                       LabelledStore& to, std::size_t at) {
    if (!usable()) return Refusal{"E_NO_SESSION", "the channel is closed", "channel", "an open channel"};
    if (tx_.counter < tx_.highest) {
        ++repeats_refused_;
        return refuse("E_IV_REUSE", "counter " + std::to_string(tx_.counter) + " was used under this key",
                      "a counter of at least " + std::to_string(tx_.highest));
    }
    if (tx_.counter >= options_.limit)
        return Refusal{"E_KEY_LIMIT", std::to_string(tx_.counter) + " records under one key", "channel",
                       "a new key after " + std::to_string(options_.limit)};
    const bool model = header.key == PayloadKey::model;
    header.channel = options_.id;
    header.counter = tx_.counter;
    header.length = static_cast<std::uint32_t>(payload.size);
    const Bytes head = encode(header, transfer_order);
    to.write(at, head, labels::clean);
    Bytes aad = head;
    if (model) {
        append(aad, from.bytes(payload));
        if (!to.copy(from, payload, at + header_size))
            return refuse("E_PLAINTEXT_EGRESS", "a payload that is not sealed",
                          "a chunk as its owner sealed it");
    }
    tx_.highest = tx_.counter + 1;
    const Range plain = model ? Range{payload.at, 0} : payload;
    auto sealed = labels::seal(*registry_, tx_.key, nonce(tx_, tx_.counter), aad, from, plain, to,
                               at + header_size + (model ? payload.size : 0), sink_of(to));
    if (!sealed) return sealed;
    ++tx_.counter;
    return Nothing{};
}

Result<TransferHeader, Refusal> Channel::peek(const LabelledStore& from, Range record) {
    if (!usable()) return Refusal{"E_NO_SESSION", "the channel is closed", "channel", "an open channel"};
    if (record.size < header_size + tag_size)
        return refuse("E_SCHEMA", "a record of " + std::to_string(record.size) + " bytes", "at least 80");
    const auto header = decode<TransferHeader>(from.bytes({record.at, header_size}), transfer_order);
    if (!header) return refuse("E_SCHEMA", header.error().text(), "a header of 64 bytes");
    if (header->version != transfer_version) return refuse("E_SCHEMA", "another version", "version 1");
    if (header->tag_bytes != tag_size)
        return refuse("E_TAG_LEN", "a tag of " + std::to_string(header->tag_bytes) + " bytes", "16 bytes");
    if (header->counter < rx_.counter)
        return refuse("E_REPLAY", "record " + std::to_string(header->counter) + " again",
                      "record " + std::to_string(rx_.counter));
    if (header->counter > rx_.counter)
        return refuse("E_SEQ_GAP", "record " + std::to_string(header->counter),
                      "record " + std::to_string(rx_.counter));
    if (header->length > record.size - header_size - tag_size)
        return refuse("E_LIMIT", "a payload of " + std::to_string(header->length) + " bytes",
                      "one that fits its slot");
    return *header;
}

Result<Nothing, Refusal> Channel::open(const LabelledStore& from, Range record, const TransferHeader& header,
                                       LabelledStore& to, std::size_t at, const labels::Label& plaintext) {
    const bool model = header.key == PayloadKey::model;
    const std::size_t body = record.at + header_size;
    Bytes aad{from.bytes({record.at, header_size}).begin(), from.bytes({record.at, header_size}).end()};
    if (model) append(aad, from.bytes({body, header.length}));
    const Range sealed =
        model ? Range{body + header.length, tag_size} : Range{body, header.length + tag_size};
    auto opened =
        labels::open(*registry_, rx_.key, nonce(rx_, rx_.counter), aad, from, sealed, to, at, plaintext);
    if (!opened) {
        failed_ = true;
        return opened;
    }
    ++rx_.counter;
    return Nothing{};
}

Result<Nothing, Refusal> Channel::rekey() {
    for (Way* way : {&tx_, &rx_}) {
        const labels::KeyRef old = way->key;
        const Secret next =
            crypto::hkdf_expand(options_.hash, keys_->bytes(old), as_bytes(update_label), key_bytes);
        auto put = put_key(*way, next.bytes());
        if (!put) return put;
        if (auto gone = keys_->zeroise(old); !gone) return gone;
    }
    return Nothing{};
}

Result<Nothing, Refusal> Channel::close() {
    failed_ = true;
    Result<Nothing, Refusal> out = Nothing{};
    for (const Way* way : {&tx_, &rx_})
        if (auto gone = keys_->zeroise(way->key); !gone && out) out = gone;
    return out;
}

Result<Nothing, Refusal> Channel::use_stale_key() {
    Secret other{key_bytes};
    std::ranges::fill(other.bytes(), std::uint8_t{0xA7});
    const std::uint64_t counter = tx_.counter;
    if (auto gone = keys_->zeroise(tx_.key); !gone) return gone;
    auto put = put_key(tx_, other.bytes());
    tx_.counter = tx_.highest = counter;
    return put;
}

}  // namespace assay::gpu
