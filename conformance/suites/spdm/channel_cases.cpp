// The channel of a session at its edges (DSP0277; DSP0274, sessions): padding, lengths inside, long runs of
// records, several sessions, keys that change.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace channel_topic {

using Version = std::uint8_t;

Bytes inner_of(InSession& s, ByteView message, std::size_t padding, std::size_t length_more = 0) {
    const Bytes data = application_data(form_of(s.client.trial()), message);
    return concat({store(static_cast<std::uint16_t>(data.size() + length_more), std::endian::little), data,
                   s.client.random(padding)});
}
void expect_digests(InSession& s, ByteView record, std::string_view what) {
    const Bytes answer = s.client.send(SpdmKind::secured, record);
    const auto opened = answer.empty() ? std::nullopt : open(s.client, s.session, answer);
    s.client.trial().expect(opened && opened->size() > 4 && (*opened)[1] == 0x01, "record-refused",
                            fmt::format("{}: DIGESTS", what),
                            answer.empty() ? "no answer"
                            : opened       ? in_words(*opened)
                                           : "the answer does not open");
}

void random_padding(Trial& trial, Version version) {
    InSession s{trial, version};
    for (const std::size_t padding : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{32}})
        expect_digests(s, seal_plaintext(s.client, s.session, inner_of(s, s.client.head(0x81), padding)),
                       fmt::format("a record with {} random bytes inside", padding));
}
/// What is authentic, but holds no message: it is not answered as one.
void expect_no_message(InSession& s, ByteView record, std::string_view what) {
    const Bytes answer = s.client.send(SpdmKind::secured, record);
    const auto opened = answer.empty() ? std::nullopt : open(s.client, s.session, answer);
    s.client.trial().expect(!opened || (opened->size() >= 4 && (*opened)[1] == 0x7F), "record-taken",
                            fmt::format("{}: no answer, or ERROR", what), opened ? in_words(*opened) : "");
}
void inner_length(Trial& trial, Version version) {
    for (const std::size_t more : {std::size_t{1}, std::size_t{0x7FFF}}) {
        InSession s{trial, version};
        expect_no_message(s, seal_plaintext(s.client, s.session, inner_of(s, s.client.head(0x81), 0, more)),
                          fmt::format("ApplicationDataLength is {} too large", more));
        s.client.digests();
    }
}
void nothing_inside(Trial& trial, Version version) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
        InSession s{trial, version};
        expect_no_message(s, seal_plaintext(s.client, s.session, inner_of(s, Bytes(size, 0x81), 0)),
                          fmt::format("a message of {} bytes", size));
        s.client.digests();
    }
    InSession s{trial, version};
    expect_no_message(s, seal_plaintext(s.client, s.session, {}), "a record without ApplicationDataLength");
    s.client.digests();
}
void other_type_inside(Trial& trial, Version version) {
    if (form_of(trial).prefix == 0)
        trial.not_tested(NotTested::not_supported, "this transport puts nothing in front of a message");
    InSession s{trial, version};
    Bytes inner = inner_of(s, s.client.head(0x81), 0);
    const std::size_t type = 2 + form_of(trial).prefix - 1;
    inner[type] = 0x7E;  // PCI-SIG's vendor messages
    expect_no_message(s, seal_plaintext(s.client, s.session, inner), "a message of another type");
    s.client.digests();
}
void many_records(Trial& trial, Version version) {
    InSession s{trial, version};
    for (int i = 0; i < 260; ++i) answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}
void record_of_the_other(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    Session first = establish(client, 0, 0, 0x0101);
    const Bytes probe = client.ask(exchange_request(client, exchange_key(client), 0, 0, 0x0202));
    if (probe.size() > 2 && probe[1] == 0x7F && probe[2] == session_limit_exceeded)
        trial.not_tested(NotTested::not_supported, "the responder has one session at a time");
    client.connect();
    first = establish(client, 0, 0, 0x0101);
    Session second = establish(client, 0, 0, 0x0202);
    Bytes record = seal(client, first, client.head(0x81));
    std::ranges::copy(store(second.id, std::endian::little), record.begin());
    const Bytes answer = client.send(SpdmKind::secured, record);
    const auto opened = answer.empty() ? std::nullopt : open(client, second, answer);
    trial.expect(!opened || (opened->size() > 2 && (*opened)[1] == 0x7F && (*opened)[2] == decrypt_error),
                 "record-taken", "a record of one session under the id of the other is not taken",
                 opened ? in_words(*opened) : "");
}
void finish_of_the_other(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    Session first = in_handshake(client, key_exchange(client, 0, 0, 0x0101));
    const Bytes probe = client.ask(exchange_request(client, exchange_key(client), 0, 0, 0x0202));
    if (probe.size() > 2 && probe[1] == 0x7F && probe[2] == session_limit_exceeded)
        trial.not_tested(NotTested::not_supported, "the responder has one session at a time");
    client.connect();
    first = in_handshake(client, key_exchange(client, 0, 0, 0x0101));
    Session second = in_handshake(client, key_exchange(client, 0, 0, 0x0202));
    refused_in(client, second, finish_request(client, first), {decrypt_error},
               "FINISH with the HMAC of another handshake");
}

void sessions_to_the_limit(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    constexpr std::uint16_t most = 8;  // more than that is not asked for
    std::vector<Session> sessions;
    for (std::uint16_t i = 0; i < most; ++i) {
        const auto key = exchange_key(client);
        const Bytes probe =
            client.ask(exchange_request(client, key, 0, 0, static_cast<std::uint16_t>(0x7000 + i)));
        if (probe.size() > 2 && probe[1] == 0x7F) {
            expect_refusal(trial, probe, 0xE4, {session_limit_exceeded}, "one KEY_EXCHANGE too many");
            break;
        }
        client.connect();  // the probe's session is gone, and all before it: they are set up again
        sessions.clear();
        for (std::uint16_t k = 0; k <= i; ++k)
            sessions.push_back(establish(client, 0, 0, static_cast<std::uint16_t>(0x0100 + k)));
    }
    for (Session& one : sessions)
        answered_in(client, one, client.head(0x81), 0x01, "GET_DIGESTS in each session");
    answered_in(client, sessions.front(), client.head(0xEC), 0x6C, "END_SESSION of the first");
    Session again = establish(client, 0, 0, 0x0100);
    answered_in(client, again, client.head(0x81), 0x01, "GET_DIGESTS in the session that took its place");
    if (sessions.size() > 1)
        answered_in(client, sessions.back(), client.head(0x81), 0x01, "GET_DIGESTS in the last one");
}
void requester_ids(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    for (const unsigned id : {0x0000U, 0x0001U, 0xFFFFU}) {
        client.connect();
        Session session = establish(client, 0, 0, static_cast<std::uint16_t>(id));
        trial.expect((session.id & 0xFFFF) == id, "session-id",
                     "the session's id has ReqSessionID in its low half", fmt::format("{:08X}", session.id));
        answered_in(client, session, client.head(0x81), 0x01, "GET_DIGESTS");
    }
}
void one_secured_version(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    bool some = false;
    for (const unsigned wanted : {0x10U, 0x11U, 0x12U}) {
        const auto key = exchange_key(client);
        Bytes request = exchange_request(client, key, 0, 0);
        for (std::size_t i = 0; i < 3; ++i)
            request[request.size() - 9 + 2 * i + 1] = static_cast<std::uint8_t>(wanted);
        const Bytes answer = client.ask(request);
        if (answer.size() > 2 && answer[1] == 0x7F) {
            expect_refusal(trial, answer, 0xE4, {invalid_request, unspecified},
                           "a version of secured messages alone");
            continue;
        }
        some = true;
        const std::size_t fixed = 8 + 32 + client.exchange_size() + 2;
        trial.expect(answer.size() > fixed && answer.size() >= fixed + u16(answer, fixed - 2),
                     "exchange-length", "OpaqueData lies inside", in_words(answer));
        const std::size_t end = fixed + u16(answer, fixed - 2), lead = version < 0x12 ? 14 : 10;
        trial.expect(end >= fixed + lead + 2 && u16(answer, fixed + lead) == wanted << 8, "opaque-version",
                     fmt::format("of secured messages 1.{} alone that is selected", wanted & 0x0F),
                     to_hex(ByteView{answer}.subspan(fixed, end - fixed)));
        client.connect();
    }
    trial.expect(some, "no-version", "one of secured messages 1.0 to 1.2 is taken alone", "none is");
}

void end_without_state(Trial& trial, Version version) {
    InSession s{trial, version};
    const Bytes answer = ask_in(s.client, s.session, s.client.head(0xEC, 1));
    trial.expect(answer.size() >= 2 && answer[1] == 0x6C, "end-session",
                 "END_SESSION that keeps no state is acknowledged", in_words(answer));
    expect_gone(s.client, s.session, "END_SESSION");
}
void long_small_messages(Trial& trial, Version version) {
    InSession s{trial, version};
    if (s.client.both(hbeat_cap) && s.session.heartbeat_period != 0)
        refused_in(s.client, s.session, concat({s.client.head(0xE8), Bytes(1)}), {invalid_request},
                   "HEARTBEAT of 5 bytes");
    if (s.client.both(key_upd_cap))
        refused_in(s.client, s.session, concat({s.client.head(0xE9, 1, 1), Bytes(1)}), {invalid_request},
                   "KEY_UPDATE of 5 bytes");
    refused_in(s.client, s.session, concat({s.client.head(0xEC), Bytes(4)}), {invalid_request},
               "END_SESSION of 8 bytes");
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}

void update_tags(Trial& trial, Version version) {
    InSession s{trial, version};
    for (const unsigned tag : {0x00U, 0x01U, 0x80U, 0xFFU, 0xFFU}) {
        update_key(s.client, s.session, 1, static_cast<std::uint8_t>(tag));
        update_key(s.client, s.session, 3, static_cast<std::uint8_t>(tag));
    }
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}
void many_updates(Trial& trial, Version version) {
    InSession s{trial, version};
    for (unsigned i = 0; i < 24; ++i) {
        update_key(s.client, s.session, i % 3 == 0 ? 1 : 2, static_cast<std::uint8_t>(2 * i));
        update_key(s.client, s.session, 3, static_cast<std::uint8_t>(2 * i + 1));
        answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS under the new keys");
    }
}
void between_update_and_verify(Trial& trial, Version version) {
    for (const unsigned operation : {1U, 2U}) {
        InSession s{trial, version};
        update_key(s.client, s.session, static_cast<std::uint8_t>(operation), 1);
        answered_in(s.client, s.session, s.client.head(0x81), 0x01,
                    "GET_DIGESTS under the new key before VerifyNewKey");
        update_key(s.client, s.session, 3, 2);
        answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS after it");
    }
}
void update_of_one_session(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    Session first = establish(client, 0, 0, 0x0101);
    const Bytes probe = client.ask(exchange_request(client, exchange_key(client), 0, 0, 0x0202));
    if (probe.size() > 2 && probe[1] == 0x7F && probe[2] == session_limit_exceeded)
        trial.not_tested(NotTested::not_supported, "the responder has one session at a time");
    client.connect();
    first = establish(client, 0, 0, 0x0101);
    Session second = establish(client, 0, 0, 0x0202);
    update_key(client, first, 2, 1);
    answered_in(client, second, client.head(0x81), 0x01,
                "GET_DIGESTS in the session whose keys were not updated");
    update_key(client, first, 3, 2);
    answered_in(client, first, client.head(0x81), 0x01, "GET_DIGESTS in the other");
}
void update_is_bound_to_its_key(Trial& trial, Version version) {
    InSession s{trial, version};
    Direction stale{key_schedule_of(s.client), s.session.own->aead, s.session.own->secret};
    const std::uint64_t next = s.session.own->sequence + 1;
    update_key(s.client, s.session, 1, 1);
    stale.sequence = next;
    s.session.own.emplace(std::move(stale));  // VerifyNewKey under the key that it is to replace
    const Bytes record =
        s.client.send(SpdmKind::secured, seal(s.client, s.session, s.client.head(0xE9, 3, 2)));
    const auto answer = record.empty() ? std::nullopt : open(s.client, s.session, record);
    trial.expect(!answer || (answer->size() > 2 && (*answer)[1] == 0x7F), "verified-by-old-key",
                 "VerifyNewKey under the old key verifies nothing", answer ? in_words(*answer) : "");
}

}  // namespace channel_topic

void add_channel_cases(std::vector<Case>& out) {
    using namespace channel_topic;
    const auto session = needs_session;
    const std::vector<std::string> has{"sessions", "cert"}, updates{"sessions", "cert", "key-update"};
    // clang-format off
    add_cases(
        out,
        {
            {"channel.padding", "Random bytes behind a message are taken", {"SPDM-REC-010"}, has, sessions_too, session, random_padding},
            {"channel.inner-length", "A length inside that is too large is not taken", {"SPDM-REC-005"}, has, sessions_too, session, inner_length},
            {"channel.empty", "A record without a message is not answered as one", {"SPDM-REC-005"}, has, sessions_too, session, nothing_inside},
            {"channel.other-type", "A message of another type inside is not answered", {"SPDM-REC-009"}, has, sessions_too, session, other_type_inside},
            {"channel.many", "Sequence numbers go on past one byte", {"SPDM-REC-004"}, has, sessions_too, session, many_records},
            {"channel.other-session", "A record of another session is not taken", {"SPDM-SES-008", "SPDM-REC-006"}, has, sessions_too, session, record_of_the_other},
            {"channel.other-finish", "A handshake is finished by its own HMAC alone", {"SPDM-FIN-002", "SPDM-SES-008"}, has, sessions_too, session, finish_of_the_other},
            {"channel.limit", "As many sessions as there is room for, and one that ends makes room", {"SPDM-SES-012"}, has, sessions_too, session, sessions_to_the_limit},
            {"channel.requester-ids", "Any ReqSessionID is taken", {"SPDM-KEX-012"}, has, sessions_too, session, requester_ids},
            {"channel.secured-version", "The one version of secured messages that is offered is selected", {"SPDM-KEX-002"}, has, sessions_too, session, one_secured_version},
            {"channel.end-without-state", "END_SESSION may ask that no state is kept", {"SPDM-SES-010"}, has, sessions_too, session, end_without_state},
            {"channel.long-messages", "Small messages of another size are refused", {"SPDM-SES-011"}, has, sessions_too, session, long_small_messages},
            {"key-update.tags", "Any tag is echoed", {"SPDM-UPD-001"}, updates, sessions_too, session, update_tags},
            {"key-update.many", "Keys are updated as often as is wanted", {"SPDM-UPD-001"}, updates, sessions_too, session, many_updates},
            {"key-update.between", "The new key is taken before VerifyNewKey", {"SPDM-UPD-001"}, updates, sessions_too, session, between_update_and_verify},
            {"key-update.one-session", "An update is of one session", {"SPDM-SES-008"}, updates, sessions_too, session, update_of_one_session},
            {"key-update.verify-old-key", "VerifyNewKey under the old key verifies nothing", {"SPDM-UPD-004"}, updates, sessions_too, session, update_is_bound_to_its_key},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
