// Sessions by a pre-shared key (DSP0274): PSK_EXCHANGE, PSK_FINISH, and what both are refused for.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::conformance::spdm_topic {
namespace psk_topic {

using Version = std::uint8_t;

constexpr std::uint32_t with_context = 0x800;

Offer psk_offer() { return {.flags = encrypt_cap | mac_cap | 0x400 | hbeat_cap | key_upd_cap}; }

struct PskRequest {
    Bytes hint, context, opaque;
    std::uint8_t summary = 0;
    std::uint16_t id = 0x0101;
};
PskRequest usual(Client& client) {
    return {client.trial().port<SpdmPort>().shared().psk_hint, client.random(client.hash_size()),
            offered_versions(client.version)};
}
Bytes bytes_of_psk(const Client& client, const PskRequest& in) {
    const auto length = [](const Bytes& bytes) {
        return store(static_cast<std::uint16_t>(bytes.size()), std::endian::little);
    };
    return concat({client.head(0xE6, in.summary), store(in.id, std::endian::little), length(in.hint),
                   length(in.context), length(in.opaque), in.hint, in.context, in.opaque});
}

/// PSK_EXCHANGE_RSP as long as its fields say, its HMAC verified, and the session with the keys that follow.
struct PskExchanged {
    Bytes answer, context, opaque, summary;
    Session session;
};
PskExchanged psk_exchange(Client& client, const PskRequest& in) {
    Trial& trial = client.trial();
    const Bytes request = bytes_of_psk(client, in);
    const std::size_t h = client.hash_size(), summary = in.summary == 0 ? 0 : h;
    PskExchanged out;
    out.answer = client.answered(request, 0x66, 12 + summary, "PSK_EXCHANGE_RSP");
    const std::size_t context = u16(out.answer, 8), opaque = u16(out.answer, 10);
    const std::size_t body = 12 + summary + context + opaque;
    out.answer = exactly(trial, std::move(out.answer), body + h, "PSK_EXCHANGE_RSP by its lengths");
    out.summary = part(out.answer, 12, summary);
    out.context = part(out.answer, 12 + summary, context);
    out.opaque = part(out.answer, 12 + summary + context, opaque);

    Session& session = out.session;
    session.id = std::uint32_t{u16(out.answer, 4)} << 16 | in.id;
    session.th = concat({client.a, request, ByteView{out.answer}.first(body)});
    const spdm::KeySchedule schedule = key_schedule_of(client);
    session.handshake =
        schedule.handshake_psk(trial.port<SpdmPort>().shared().psk, client.digest({session.th}));
    const Bytes expected = crypto::hmac(client.hash(), session.handshake.response_finished.bytes(),
                                        {client.digest({session.th})});
    trial.expect(part(out.answer, body, h) == expected, "psk-verify-data",
                 "ResponderVerifyData is the HMAC of the transcript by the responder's finished key",
                 "it is not");
    append(session.th, ByteView{out.answer}.subspan(body));
    use_keys(client, session, session.handshake.request.bytes(), session.handshake.response.bytes());
    client.l.clear();
    return out;
}

Bytes psk_finish_request(const Client& client, const Session& session) {
    const Bytes head = client.head(0xE7);
    return concat({head, crypto::hmac(client.hash(), session.handshake.request_finished.bytes(),
                                      {client.digest({session.th, head})})});
}
void establish_psk(Client& client, Session& session) {
    if ((client.responder_flags & with_context) != 0) {
        const Bytes request = psk_finish_request(client, session);
        const Bytes answer = ask_in(client, session, request);
        client.trial().expect(answer == client.head(0x67), "psk-finish-refused", "PSK_FINISH_RSP",
                              in_words(answer));
        session.th = concat({session.th, request, answer});
    }
    const spdm::DataSecrets data =
        key_schedule_of(client).data(session.handshake, client.digest({session.th}));
    use_keys(client, session, data.request.bytes(), data.response.bytes());
}

struct PskReady {
    PskReady(Trial& trial, Version version) : client(trial, version, psk_offer()) {
        if (trial.port<SpdmPort>().shared().psk.empty())
            trial.not_tested(NotTested::missing_data, "no pre-shared key of this responder is known");
        client.connect();
    }
    Client client;
};
void needs_psk(Trial& trial, Version version) {
    PskReady r{trial, version};
    Session session = psk_exchange(r.client, usual(r.client)).session;
    establish_psk(r.client, session);
}
/// The measurements that are asked for inside need no certificates.
void works(Client& client, Session& session) {
    answered_in(client, session, client.measure_request(0, std::nullopt), 0x60,
                "GET_MEASUREMENTS in the session");
}

void form(Trial& trial, Version version) {
    PskReady r{trial, version};
    const PskExchanged x = psk_exchange(r.client, usual(r.client));
    trial.expect(x.answer[3] == 0 && u16(x.answer, 6) == 0, "psk-reserved", "Param2 and Reserved are 0",
                 to_hex(ByteView{x.answer}.first(12)));
    trial.expect(r.client.both(hbeat_cap) || x.answer[2] == 0, "heartbeat-period",
                 "without HBEAT_CAP of both HeartbeatPeriod is 0", fmt::format("it is {}", x.answer[2]));
    const bool has_context = (r.client.responder_flags & with_context) != 0;
    trial.expect(x.context.empty() != has_context, "psk-context",
                 "a context of the responder is there where PSK_CAP is 10b",
                 fmt::format("{} bytes", x.context.size()));
    const unsigned selected = x.opaque.size() < 2 ? 0U : u16(x.opaque, version < 0x12 ? 14 : 10);
    trial.expect(selected == 0x1000 || selected == 0x1100 || selected == 0x1200, "opaque-version",
                 "a version of secured messages is selected that was offered", to_hex(x.opaque));
}
void is_established(Trial& trial, Version version) {
    PskReady r{trial, version};
    Session session = psk_exchange(r.client, usual(r.client)).session;
    establish_psk(r.client, session);
    for (int i = 0; i < 3; ++i) works(r.client, session);
}
void summaries(Trial& trial, Version version) {
    PskReady r{trial, version};
    const Bytes all = r.client.summary_of_all();
    for (const unsigned type : {0U, 1U, 0xFFU}) {
        r.client.connect();
        PskRequest in = usual(r.client);
        in.summary = static_cast<std::uint8_t>(type);
        const PskExchanged x = psk_exchange(r.client, in);
        trial.expect(type != 0xFF || x.summary == all, "psk-summary",
                     "the summary hash of all blocks is that of the measurement record", to_hex(x.summary));
    }
}
void contexts_are_fresh(Trial& trial, Version version) {
    PskReady r{trial, version};
    if ((r.client.responder_flags & with_context) == 0)
        trial.not_tested(NotTested::not_supported, "the responder gives no context");
    const PskRequest same = usual(r.client);
    const Bytes first = psk_exchange(r.client, same).context;
    r.client.connect();
    trial.expect(psk_exchange(r.client, same).context != first, "psk-context-repeated",
                 "the responder's context is another each time", "it is repeated");
}
void unknown_hint(Trial& trial, Version version) {
    PskReady r{trial, version};
    PskRequest in = usual(r.client);
    in.hint = r.client.random(12);
    r.client.refused(bytes_of_psk(r.client, in), {invalid_request, unspecified},
                     "PSK_EXCHANGE of an unknown PSKHint");
    Session session = psk_exchange(r.client, usual(r.client)).session;
    establish_psk(r.client, session);
}
void wrong_lengths(Trial& trial, Version version) {
    PskReady r{trial, version};
    const Bytes good = bytes_of_psk(r.client, usual(r.client));
    for (std::size_t bytes = 4; bytes < good.size(); bytes += 5)
        r.client.refused(ByteView{good}.first(bytes), {invalid_request},
                         fmt::format("PSK_EXCHANGE cut to {} bytes", bytes));
    for (const std::size_t at : {std::size_t{7}, std::size_t{9}, std::size_t{11}}) {
        Bytes request = good;
        request[at] = 0xFF;
        r.client.refused(request, {invalid_request},
                         fmt::format("PSK_EXCHANGE with a length of 0xFF.. at offset {}", at - 1));
    }
    PskRequest in = usual(r.client);
    for (const unsigned type : {0x02U, 0xFEU}) {
        in.summary = static_cast<std::uint8_t>(type);
        r.client.refused(bytes_of_psk(r.client, in), {invalid_request},
                         fmt::format("a summary of type 0x{:02X}", type));
    }
}
void another_finish(Trial& trial, Version version) {
    PskReady r{trial, version};
    if ((r.client.responder_flags & with_context) == 0)
        trial.not_tested(NotTested::not_supported, "without a context there is no PSK_FINISH");
    Session session = psk_exchange(r.client, usual(r.client)).session;
    Bytes request = psk_finish_request(r.client, session);
    request.back() = static_cast<std::uint8_t>(request.back() ^ 1);
    refused_in(r.client, session, request, {invalid_request, decrypt_error}, "PSK_FINISH with another HMAC");
}
void finish_of_certificates(Trial& trial, Version version) {
    PskReady r{trial, version};
    if ((r.client.responder_flags & with_context) == 0)
        trial.not_tested(NotTested::not_supported, "without a context there is no handshake");
    Session session = psk_exchange(r.client, usual(r.client)).session;
    const Bytes finish = concat({r.client.head(0xE5), r.client.random(r.client.hash_size())});
    refused_in(r.client, session, finish, {unexpected_request, unsupported_request},
               "FINISH in a handshake by PSK");
    refused_in(r.client, session, r.client.measure_request(0, std::nullopt), {unexpected_request},
               "GET_MEASUREMENTS in that handshake");
    establish_psk(r.client, session);
    works(r.client, session);
}
void psk_finish_elsewhere(Trial& trial, Version version) {
    PskReady r{trial, version};
    const Bytes request = concat({r.client.head(0xE7), r.client.random(r.client.hash_size())});
    r.client.refused(request, {no_session(version)}, "PSK_FINISH without a session");
    Session session = psk_exchange(r.client, usual(r.client)).session;
    establish_psk(r.client, session);
    refused_in(r.client, session, request, {unexpected_request}, "PSK_FINISH in an established session");
    refused_in(r.client, session, bytes_of_psk(r.client, usual(r.client)), {unexpected_request},
               "PSK_EXCHANGE in a session");
    works(r.client, session);
}
void wrong_key(Trial& trial, Version version) {
    PskReady r{trial, version};
    if ((r.client.responder_flags & with_context) == 0)
        trial.not_tested(NotTested::not_supported, "the requester proves its key in no message");
    Session session = psk_exchange(r.client, usual(r.client)).session;
    Session other;
    other.id = session.id;
    other.th = session.th;
    other.handshake = key_schedule_of(r.client).handshake_psk(Bytes(32, 0x11), r.client.digest({other.th}));
    use_keys(r.client, other, other.handshake.request.bytes(), other.handshake.response.bytes());
    const Bytes record =
        r.client.send(SpdmKind::secured, seal(r.client, other, psk_finish_request(r.client, other)));
    const auto answer = record.empty() ? std::nullopt : open(r.client, session, record);
    trial.expect(!answer || (answer->size() > 2 && (*answer)[1] == 0x7F && (*answer)[2] == decrypt_error),
                 "psk-wrong-key", "who has another key finishes no handshake",
                 answer ? in_words(*answer) : "");
}
void updates(Trial& trial, Version version) {
    PskReady r{trial, version};
    if (!r.client.both(key_upd_cap))
        trial.not_tested(NotTested::not_supported, "the responder has no KEY_UPD_CAP");
    Session session = psk_exchange(r.client, usual(r.client)).session;
    establish_psk(r.client, session);
    for (const unsigned operation : {1U, 2U}) {
        update_key(r.client, session, static_cast<std::uint8_t>(operation), 1);
        update_key(r.client, session, 3, 2);
        works(r.client, session);
    }
}
void ends(Trial& trial, Version version) {
    PskReady r{trial, version};
    Session session = psk_exchange(r.client, usual(r.client)).session;
    establish_psk(r.client, session);
    answered_in(r.client, session, r.client.head(0xEC), 0x6C, "END_SESSION");
    expect_gone(r.client, session, "END_SESSION");
}
void session_too_many(Trial& trial, Version version) {
    PskReady r{trial, version};
    std::set<unsigned> ids;
    for (std::uint16_t i = 0; i < 16; ++i) {
        PskRequest in = usual(r.client);
        in.id = i;
        const Bytes answer = r.client.ask(bytes_of_psk(r.client, in));
        if (answer.size() > 2 && answer[1] == 0x7F) {
            expect_refusal(trial, answer, 0xE6, {session_limit_exceeded}, "one PSK_EXCHANGE too many");
            break;
        }
        trial.expect(answer.size() > 6 && answer[1] == 0x66 && ids.insert(u16(answer, 4)).second,
                     "session-id-reused", "each live session has an id of its own", in_words(answer));
    }
    trial.expect(!ids.empty(), "no-session", "there is room for one session", "there is none");
}

}  // namespace psk_topic

void add_psk_cases(std::vector<Case>& out) {
    using namespace psk_topic;
    std::vector<Row> rows;
    // clang-format off
    const std::vector<Row> each{
        {"form", "PSK_EXCHANGE_RSP has its form, and an HMAC by the key", {"SPDM-PSK-001", "SPDM-PSK-002"}, {}, sessions_too, needs_psk, form},
        {"established", "A session by PSK works", {"SPDM-PSK-003"}, {}, sessions_too, needs_psk, is_established},
        {"summary", "The measurement summary hash is there where it was asked for", {"SPDM-PSK-001", "SPDM-KEX-004"}, {"meas-signed"}, sessions_too, needs_psk, summaries},
        {"fresh", "The responder's context is fresh", {"SPDM-PSK-004"}, {}, sessions_too, needs_psk, contexts_are_fresh},
        {"hint", "An unknown PSKHint is refused", {"SPDM-PSK-005"}, {}, sessions_too, needs_psk, unknown_hint},
        {"invalid", "PSK_EXCHANGE that breaks its layout is refused", {"SPDM-PSK-006", "SPDM-ERR-007"}, {}, sessions_too, needs_psk, wrong_lengths},
        {"finish", "PSK_FINISH with another HMAC is refused", {"SPDM-PSK-007"}, {}, sessions_too, needs_psk, another_finish},
        {"phase", "A handshake by PSK takes PSK_FINISH alone", {"SPDM-PSK-008"}, {}, sessions_too, needs_psk, finish_of_certificates},
        {"place", "PSK messages stand in their place alone", {"SPDM-PSK-008", "SPDM-SES-001"}, {}, sessions_too, needs_psk, psk_finish_elsewhere},
        {"key", "Who has another key gets no session", {"SPDM-PSK-007"}, {}, sessions_too, needs_psk, wrong_key},
        {"update", "Keys of a session by PSK are updated", {"SPDM-UPD-001"}, {}, sessions_too, needs_psk, updates},
        {"end", "A session by PSK ends", {"SPDM-SES-010"}, {}, sessions_too, needs_psk, ends},
        {"limit", "Sessions by PSK have ids of their own, and a limit", {"SPDM-KEX-008"}, {}, sessions_too, needs_psk, session_too_many},
    };
    // clang-format on
    for (const std::string kind : {"psk-context", "psk-alone"})
        for (Row row : each) {
            row.id = kind + "." + row.id;
            row.needs.push_back(kind);
            rows.push_back(std::move(row));
        }
    add_cases(out, rows);
}

}  // namespace assay::conformance::spdm_topic
