#include "models/spdm/secured_channel.hpp"

#include <algorithm>

namespace assay::spdm {
namespace {

constexpr std::size_t length_size = 2;

Secret copy_of(ByteView bytes) {
    Secret out{bytes.size()};
    std::ranges::copy(bytes, out.bytes().begin());
    return out;
}

/// What begins the application data in front of a message of `size` bytes.
Bytes prefix_of(const RecordFormat& format, std::size_t size) {
    if (format.type) return {*format.type};
    if (!format.binding_header) return {};
    constexpr std::uint8_t binding_version = 1, out_of_session = 0x05;
    return concat(
        {store(static_cast<std::uint16_t>(size + 2), byte_order), Bytes{binding_version, out_of_session}});
}

}  // namespace

std::string_view name(RecordFault fault) {
    switch (fault) {
        case RecordFault::length: return "length";
        case RecordFault::session: return "session";
        case RecordFault::sequence: return "sequence";
        case RecordFault::tag: return "tag";
        case RecordFault::content: return "content";
    }
    return {};
}

std::optional<std::uint32_t> session_id_of(ByteView record) {
    if (record.size() < sizeof(std::uint32_t)) return std::nullopt;
    return load<std::uint32_t>(record, byte_order);
}

SecuredChannel::Direction SecuredChannel::direction(Secret secret) const {
    RecordKeys keys = schedule_.record_keys(is_.aead, secret.bytes());
    return {std::move(secret), {is_.aead, keys.key.bytes()}, std::move(keys.iv)};
}

std::optional<SecuredChannel::Direction> SecuredChannel::twin_of(const std::optional<Direction>& one) const {
    if (!one) return std::nullopt;
    const auto& [secret, key, iv, sequence] = *one;  // one more, and this does not compile
    static_cast<void>(key);                          // follows from the secret, as the IV does
    static_cast<void>(iv);
    Direction out = direction(secret.twin());
    out.sequence = sequence;
    return out;
}

SecuredChannel SecuredChannel::twin() const {
    const auto& [is, schedule, send, receive, old_receive, under_old_key] = *this;  // here, too
    SecuredChannel out{is, schedule};
    out.send_ = twin_of(send);
    out.receive_ = twin_of(receive);
    out.old_receive_ = twin_of(old_receive);
    out.under_old_key_ = under_old_key;
    return out;
}

void SecuredChannel::use(ByteView send_secret, ByteView receive_secret) {
    send_ = direction(copy_of(send_secret));
    receive_ = direction(copy_of(receive_secret));
    old_receive_.reset();
}

void SecuredChannel::update_send() { send_ = direction(schedule_.next(send_.value().secret.bytes())); }

void SecuredChannel::update_receive() {
    Direction next = direction(schedule_.next(receive_.value().secret.bytes()));
    old_receive_ = std::move(receive_);
    receive_ = std::move(next);
}

std::array<std::uint8_t, crypto::aead_nonce_size> SecuredChannel::nonce(const Direction& direction) const {
    // DSP0277: the sequence number in little endian, XORed to the IV from its first byte on.
    std::array<std::uint8_t, crypto::aead_nonce_size> out{};
    std::ranges::copy(direction.iv.bytes(), out.begin());
    const auto sequence = store(direction.sequence, std::endian::little);
    for (std::size_t i = 0; i < sequence.size(); ++i)
        out[i] = static_cast<std::uint8_t>(out[i] ^ sequence[i]);
    return out;
}

Bytes SecuredChannel::seal(ByteView message, ByteView padding) {
    Bytes record;
    seal_into(record, message, padding);
    return record;
}

void SecuredChannel::seal_into(Bytes& record, ByteView message, ByteView padding) {
    Direction& own = send_.value();
    // A nonce is never used twice: a session ends before its numbers do.
    if (own.sequence == UINT64_MAX)
        throw std::logic_error("secured channel: the sequence numbers are used up");
    const Bytes prefix = prefix_of(is_.format, message.size());
    const std::size_t inner = prefix.size() + message.size();
    const std::size_t body = is_.encrypted ? length_size + inner + padding.size() : inner;
    if (body + crypto::aead_tag_size > 0xFFFF) throw std::logic_error("secured channel: a message too long");

    const std::size_t head = sizeof(std::uint32_t) + is_.format.sequence_size + length_size;
    record.resize(head + body + crypto::aead_tag_size);  // no byte of it is looked at before it is written
    const std::span whole{record};
    std::size_t at = 0;
    const auto put = [&](ByteView bytes) {
        std::ranges::copy(bytes, whole.begin() + static_cast<std::ptrdiff_t>(at));
        at += bytes.size();
    };
    put(store(is_.session_id, byte_order));
    put(ByteView{store(own.sequence, byte_order)}.first(is_.format.sequence_size));
    put(store(static_cast<std::uint16_t>(body + crypto::aead_tag_size), byte_order));
    if (is_.encrypted) {
        const auto length = store(static_cast<std::uint16_t>(inner), byte_order);
        own.key.seal(nonce(own), whole.first(head), {length, prefix, message, padding}, whole.subspan(head));
    } else {
        put(prefix);
        put(message);
        own.key.seal(nonce(own), whole.first(head + body), {}, whole.subspan(head + body));
    }
    ++own.sequence;
}

Result<ByteView, RecordFault> SecuredChannel::open_with(Direction& peer, ByteView head, ByteView body,
                                                        Secret& plain) const {
    const ByteView sent = head.subspan(sizeof(std::uint32_t), is_.format.sequence_size);
    if (!equal(sent, ByteView{store(peer.sequence, byte_order)}.first(sent.size())))
        return RecordFault::sequence;
    if (peer.sequence == UINT64_MAX) return RecordFault::sequence;
    const std::size_t size = body.size() - crypto::aead_tag_size;
    if (plain.bytes().size() < size) plain = Secret{size};
    const std::span<std::uint8_t> opened = plain.bytes().first(size);
    if (is_.encrypted) {
        if (!peer.key.open(nonce(peer), head, body, opened)) return RecordFault::tag;
    } else {
        std::ranges::copy(body.first(size), opened.begin());
        if (!peer.key.open(nonce(peer), concat({head, body.first(size)}), body.last(crypto::aead_tag_size),
                           {}))
            return RecordFault::tag;
    }
    ++peer.sequence;

    ByteView content = opened;
    if (is_.encrypted) {
        if (content.size() < length_size) return RecordFault::content;
        const std::size_t length = load<std::uint16_t>(content, byte_order);
        if (length > content.size() - length_size) return RecordFault::content;
        content = content.subspan(length_size, length);
    }
    const std::size_t prefix_size = prefix_of(is_.format, 0).size();
    if (content.size() < prefix_size ||
        !equal(content.first(prefix_size), prefix_of(is_.format, content.size() - prefix_size)))
        return RecordFault::content;
    return content.subspan(prefix_size);
}

Result<Secret, RecordFault> SecuredChannel::open(ByteView record) {
    Secret plain;
    const auto message = open_into(plain, record);
    if (!message) return message.error();
    if (!message->empty())
        plain.keep(static_cast<std::size_t>(message->data() - std::as_const(plain).bytes().data()),
                   message->size());
    else
        plain.keep(0, 0);
    return plain;
}

Result<ByteView, RecordFault> SecuredChannel::open_into(Secret& plain, ByteView record) {
    const std::size_t head = sizeof(std::uint32_t) + is_.format.sequence_size + length_size;
    if (record.size() < head) return RecordFault::length;
    if (*session_id_of(record) != is_.session_id) return RecordFault::session;
    const std::size_t length = load<std::uint16_t>(record.subspan(head - length_size), byte_order);
    if (length < crypto::aead_tag_size || head + length > record.size() ||
        record.size() - head - length >= is_.format.alignment)
        return RecordFault::length;

    auto out = open_with(receive_.value(), record.first(head), record.subspan(head, length), plain);
    if (out) under_old_key_ = false;
    // DSP0277: until VerifyNewKey has come the peer may not have changed its key.
    if (!out && old_receive_ && (out.error() == RecordFault::tag || out.error() == RecordFault::sequence))
        if (auto old = open_with(*old_receive_, record.first(head), record.subspan(head, length), plain);
            old) {
            under_old_key_ = true;
            return old;
        }
    return out;
}

}  // namespace assay::spdm
