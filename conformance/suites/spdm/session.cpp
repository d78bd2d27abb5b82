#include "conformance/suites/spdm/session.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/crypto/mac.hpp"

namespace assay::conformance::spdm_topic {
namespace {

crypto::Aead aead_of(std::uint16_t selected) {
    switch (selected) {
        case 0x01: return crypto::Aead::aes_128_gcm;
        case 0x04: return crypto::Aead::chacha20_poly1305;
        default: return crypto::Aead::aes_256_gcm;
    }
}

crypto::KeyType group_of(const Client& client) {
    return client.dhe_sel == 0x08   ? crypto::KeyType::p256
           : client.dhe_sel == 0x20 ? crypto::KeyType::p521
                                    : crypto::KeyType::p384;
}

std::array<std::uint8_t, 12> record_nonce(const Direction& direction) {
    std::array<std::uint8_t, 12> out{};
    std::copy_n(direction.iv.begin(), out.size(), out.begin());
    for (std::size_t i = 0; i < 8; ++i)
        out[i] = static_cast<std::uint8_t>(out[i] ^ (direction.sequence >> 8 * i & 0xFF));
    return out;
}

Bytes copy_of_secret(const Secret& secret) { return {secret.bytes().begin(), secret.bytes().end()}; }

}  // namespace

Form form_of(Trial& trial) {
    switch (trial.port<SpdmPort>().transport()) {
        case SpdmTransport::mctp: return {2, 1, 1};
        case SpdmTransport::tcp: return {0, 4, 1};
        case SpdmTransport::doe:
        case SpdmTransport::none: break;
    }
    return {0, 0, 4};
}

Bytes application_data(const Form& form, ByteView message) {
    Bytes out(form.prefix);
    if (form.prefix == 1) out = {0x05};
    if (form.prefix == 4)
        out = concat(
            {store(static_cast<std::uint16_t>(message.size() + 2), std::endian::little), Bytes{0x01, 0x05}});
    append(out, message);
    return out;
}

spdm::KeySchedule key_schedule_of(const Client& client) {
    return {client.hash(), spdm::Version{client.version}};
}

Direction::Direction(const spdm::KeySchedule& schedule, crypto::Aead of, ByteView from)
    : aead(of),
      secret(from.begin(), from.end()),
      iv(copy_of_secret(schedule.record_keys(of, from).iv)),
      key(of, schedule.record_keys(of, from).key.bytes()) {}

Direction Direction::next(const spdm::KeySchedule& schedule) const {
    return {schedule, aead, schedule.next(secret).bytes()};
}

void use_keys(const Client& client, Session& session, ByteView own, ByteView peer) {
    const spdm::KeySchedule schedule = key_schedule_of(client);
    session.own.emplace(schedule, aead_of(client.aead_sel), own);
    session.peer.emplace(schedule, aead_of(client.aead_sel), peer);
}

Bytes offered_versions(std::uint8_t version) {
    Bytes out = version < 0x12 ? *from_hex("46544d4401010000") : *from_hex("01000000");
    append(out, *from_hex("00000900 0101 03 0010 0011 0012 000000"));
    return out;
}

crypto::PrivateKey exchange_key(Client& client) {
    return crypto::PrivateKey::generate(client.trial().crypto(), group_of(client));
}

Bytes exchange_request(Client& client, const crypto::PrivateKey& key, std::uint8_t summary, std::uint8_t slot,
                       std::uint16_t session_id) {
    const Bytes point = key.public_key().point(), opaque = offered_versions(client.version);
    return concat({client.head(0xE4, summary, slot), store(session_id, std::endian::little), Bytes(2),
                   client.random(32), ByteView{point}.subspan(1),
                   store(static_cast<std::uint16_t>(opaque.size()), std::endian::little), opaque});
}

Exchange key_exchange(Client& client, std::uint8_t summary, std::uint8_t slot, std::uint16_t session_id) {
    Trial& trial = client.trial();
    trial.expect(client.dhe_sel != 0 && client.aead_sel != 0 && client.schedule_sel == 1,
                 "no-session-algorithms", "a DHE group, an AEAD and the SPDM key schedule are selected",
                 fmt::format("DHE 0x{:X}, AEAD 0x{:X}, KeySchedule 0x{:X}", client.dhe_sel, client.aead_sel,
                             client.schedule_sel));
    const auto key = exchange_key(client);
    Exchange out{
        .request = exchange_request(client, key, summary, slot, session_id), .answer = {}, .slot = slot};
    const std::size_t h = client.hash_size(), d = client.exchange_size(), s = summary == 0 ? 0 : h;
    const std::size_t fixed = 8 + 32 + d + s + 2;
    out.answer = client.answered(out.request, 0x64, fixed, "KEY_EXCHANGE_RSP");
    out.body = fixed + u16(out.answer, fixed - 2);
    const std::size_t mac = client.both(clear_handshake_cap) ? 0 : h;
    out.answer = exactly(trial, std::move(out.answer), out.body + client.signature_size() + mac,
                         "KEY_EXCHANGE_RSP by its lengths");
    out.id = std::uint32_t{u16(out.answer, 4)} << 16 | session_id;
    out.random = part(out.answer, 8, 32);
    out.point = part(out.answer, 40, d);
    out.summary = part(out.answer, 40 + d, s);
    out.opaque = part(out.answer, fixed, out.body - fixed);
    out.signature = part(out.answer, out.body, client.signature_size());
    out.verify_data = part(out.answer, out.body + client.signature_size(), mac);
    const auto peer = crypto::PublicKey::from_point(group_of(client), concat({Bytes{0x04}, out.point}));
    trial.expect(peer.has_value(), "exchange-point", "ExchangeData is a point of the selected curve",
                 "it is not");
    const auto shared = key.agree(*peer);
    trial.expect(shared.has_value(), "exchange-secret", "the points give a secret", "they do not");
    out.shared = copy_of_secret(*shared);
    client.l.clear();
    return out;
}

Bytes signed_transcript(const Client& client, const Exchange& exchange) {
    return concat({client.a, client.digest({client.known_chain(exchange.slot)}), exchange.request,
                   ByteView{exchange.answer}.first(exchange.body)});
}

Session in_handshake(Client& client, const Exchange& exchange) {
    Trial& trial = client.trial();
    const spdm::KeySchedule schedule = key_schedule_of(client);
    Session out;
    out.id = exchange.id;
    out.heartbeat_period = exchange.answer[2];
    out.th = signed_transcript(client, exchange);
    trial.expect(
        client.signs(exchange.slot, "responder-key_exchange_rsp signing", out.th, exchange.signature),
        "exchange-signature", "the leaf signs the transcript up to Signature", "it does not verify");
    append(out.th, exchange.signature);
    out.handshake = schedule.handshake(exchange.shared, client.digest({out.th}));
    if (!client.both(clear_handshake_cap))
        trial.expect(
            exchange.verify_data == crypto::hmac(client.hash(), out.handshake.response_finished.bytes(),
                                                 {client.digest({out.th})}),
            "responder-verify-data", "ResponderVerifyData is the HMAC of TH1 by the responder's finished key",
            "it is not");
    append(out.th, exchange.verify_data);
    use_keys(client, out, out.handshake.request.bytes(), out.handshake.response.bytes());
    return out;
}

Bytes finish_request(const Client& client, const Session& session) {
    const Bytes head = client.head(0xE5);
    return concat({head, crypto::hmac(client.hash(), session.handshake.request_finished.bytes(),
                                      {client.digest({session.th, head})})});
}

void finish(Client& client, Session& session) {
    Trial& trial = client.trial();
    const Bytes request = finish_request(client, session);
    const bool in_the_clear = client.both(clear_handshake_cap);
    Bytes answer = in_the_clear ? client.ask(request) : ask_in(client, session, request);
    trial.expect(answer.size() >= 4 && answer[0] == client.version && answer[1] == 0x65, "finish-refused",
                 "FINISH_RSP", in_words(answer));
    answer = exactly(trial, std::move(answer), 4 + (in_the_clear ? client.hash_size() : 0), "FINISH_RSP");
    append(session.th, request);
    append(session.th, ByteView{answer}.first(4));
    if (in_the_clear)
        trial.expect(equal(ByteView{answer}.subspan(4),
                           crypto::hmac(client.hash(), session.handshake.response_finished.bytes(),
                                        {client.digest({session.th})})),
                     "finish-verify-data", "FINISH_RSP in the clear carries the responder's HMAC",
                     "it does not");
    append(session.th, ByteView{answer}.subspan(4));
    const spdm::KeySchedule schedule = key_schedule_of(client);
    const spdm::DataSecrets data = schedule.data(session.handshake, client.digest({session.th}));
    use_keys(client, session, data.request.bytes(), data.response.bytes());
}

Session establish(Client& client, std::uint8_t summary, std::uint8_t slot, std::uint16_t session_id) {
    Session out = in_handshake(client, key_exchange(client, summary, slot, session_id));
    finish(client, out);
    return out;
}

InSession::InSession(Trial& trial, std::uint8_t version, Offer offer) : client(trial, version, offer) {
    client.connect();
    client.learn_chains();
    session = establish(client);
}

Bytes seal(Client& client, Session& session, ByteView message) {
    const Bytes data = application_data(form_of(client.trial()), message);
    return seal_plaintext(
        client, session, concat({store(static_cast<std::uint16_t>(data.size()), std::endian::little), data}));
}

Bytes seal_plaintext(Client& client, Session& session, ByteView plaintext) {
    const Form form = form_of(client.trial());
    Direction& own = session.own.value();
    Bytes record = concat({store(session.id, std::endian::little),
                           ByteView{store(own.sequence, std::endian::little)}.first(form.sequence_size),
                           store(static_cast<std::uint16_t>(plaintext.size() + 16), std::endian::little)});
    Bytes sealed(plaintext.size() + 16);
    own.key.seal(record_nonce(own), record, plaintext, sealed);
    ++own.sequence;
    append(record, sealed);
    return record;
}

std::optional<Bytes> open(Client& client, Session& session, ByteView record) {
    const Form form = form_of(client.trial());
    Direction& peer = session.peer.value();
    const std::size_t head = form.head();
    if (record.size() < head || u32(record, 0) != session.id) return std::nullopt;
    const std::size_t length = u16(record, head - 2);
    if (length < 16 || record.size() < head + length || record.size() - head - length >= form.padding)
        return std::nullopt;
    if (!equal(record.subspan(4, form.sequence_size),
               ByteView{store(peer.sequence, std::endian::little)}.first(form.sequence_size)))
        return std::nullopt;
    Bytes inner(length - 16);
    if (!peer.key.open(record_nonce(peer), record.first(head), record.subspan(head, length), inner))
        return std::nullopt;
    ++peer.sequence;
    if (inner.size() < 2) return std::nullopt;
    const std::size_t size = u16(inner, 0);
    if (size > inner.size() - 2 || size < form.prefix) return std::nullopt;
    const Bytes message = part(inner, 2 + form.prefix, size - form.prefix);
    if (part(inner, 2, size) != application_data(form, message)) return std::nullopt;
    return message;
}

Bytes ask_in(Client& client, Session& session, ByteView message) {
    const Bytes record = client.send(SpdmKind::secured, seal(client, session, message));
    auto answer = open(client, session, record);
    client.trial().expect(answer.has_value(), "record-unopened",
                          "the answer is a record under the responder's key, and the next in its sequence",
                          record.empty()
                              ? "no answer"
                              : to_hex(ByteView{record}.first(std::min<std::size_t>(record.size(), 16))));
    return *answer;
}

void answered_in(Client& client, Session& session, ByteView message, std::uint8_t code,
                 std::string_view what) {
    const Bytes answer = ask_in(client, session, message);
    client.trial().expect(
        answer.size() >= 4 && answer[0] == client.version && answer[1] == code, "unexpected-answer",
        fmt::format("{}: message 0x{:02X} inside the session", what, code), in_words(answer));
}

void refused_in(Client& client, Session& session, ByteView message, std::initializer_list<std::uint8_t> codes,
                std::string_view what) {
    const Bytes answer = ask_in(client, session, message);
    expect_refusal(client.trial(), answer, message[1], codes, what);
    client.trial().expect(answer[0] == client.version, "error-version",
                          "the error is of the negotiated version", in_words(answer));
}

void expect_refusal(Trial& trial, ByteView answer, std::uint8_t request_code,
                    const std::vector<std::uint8_t>& codes, std::string_view what) {
    std::vector<std::string_view> names;
    for (const std::uint8_t code : codes) names.push_back(error_name(code));
    trial.expect(
        answer.size() >= 4 && answer[1] == 0x7F && std::ranges::find(codes, answer[2]) != codes.end(),
        "not-refused", fmt::format("{}: ERROR {}", what, fmt::join(names, " or ")), in_words(answer));
    const std::uint8_t data = answer[2] == unsupported_request ? request_code : 0;
    trial.expect(answer[3] == data, "error-data",
                 fmt::format("{}: Param2 of that ERROR is 0x{:02X}", what, data), in_words(answer));
}

void expect_gone(Client& client, Session& session, std::string_view after) {
    const Bytes record = client.send(SpdmKind::secured, seal(client, session, client.head(0x81)));
    const auto answer = record.empty() ? std::nullopt : open(client, session, record);
    client.trial().expect(!answer, "session-lives", fmt::format("after {} the session is gone", after),
                          answer ? in_words(*answer) : "");
}

void update_key(Client& client, Session& session, std::uint8_t operation, std::uint8_t tag) {
    const spdm::KeySchedule schedule = key_schedule_of(client);
    const Bytes record =
        client.send(SpdmKind::secured, seal(client, session, client.head(0xE9, operation, tag)));
    if (operation == 2) session.peer.emplace(session.peer->next(schedule));  // of its answer, too
    const auto answer = open(client, session, record);
    client.trial().expect(answer.has_value(), "update-unopened",
                          operation == 2 ? "the answer to UpdateAllKeys is under the responder's new key"
                                         : "the answer is under the responder's key",
                          record.empty() ? "no answer" : "it does not open");
    client.trial().expect(*answer == client.head(0x69, operation, tag), "update-refused",
                          fmt::format("KEY_UPDATE_ACK echoes operation {} and tag {}", operation, tag),
                          in_words(*answer));
    if (operation != 3) session.own.emplace(session.own->next(schedule));
}

std::uint8_t no_session(std::uint8_t version) { return version >= 0x12 ? session_required : unspecified; }

void needs_session(Trial& trial, std::uint8_t version) {
    InSession s{trial, version};
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}

}  // namespace assay::conformance::spdm_topic
