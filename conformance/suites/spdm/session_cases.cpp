// What a session allows and what not (DSP0274): its requests, its measurements, key updates, its end.
#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace session_topic {

using Version = std::uint8_t;

Bytes request_of(const Client& client, unsigned code) {
    switch (code) {
        case 0x84: return Bytes{0x10, 0x84, 0, 0};
        case 0xE1: return client.capabilities_request();
        case 0xE3: return client.negotiate_request();
        case 0x82: return concat({client.head(0x82), Bytes{0, 0, 0, 4}});
        case 0x83: return client.challenge_request(0, 0, Bytes(32, 0x33));
        case 0xE0: return client.measure_request(0xFF, std::nullopt);
        case 0xE9: return client.head(0xE9, 1, 7);
        default: return client.head(static_cast<std::uint8_t>(code));
    }
}

void nothing_in_a_handshake(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    Session session = in_handshake(client, key_exchange(client));
    for (const unsigned code : {0x84U, 0xE1U, 0xE3U, 0x81U, 0x82U, 0xE0U, 0xECU})
        refused_in(client, session, request_of(client, code), {unexpected_request},
                   fmt::format("request 0x{:02X} in the handshake", code));
    if (client.both(hbeat_cap))
        refused_in(client, session, client.head(0xE8), {unexpected_request}, "HEARTBEAT in the handshake");
    if (client.both(key_upd_cap))
        refused_in(client, session, client.head(0xE9, 1, 1), {unexpected_request},
                   "KEY_UPDATE in the handshake");
    finish(client, session);
    answered_in(client, session, client.head(0x81), 0x01, "GET_DIGESTS");
}
void set_up_is_not_for_sessions(Trial& trial, Version version) {
    InSession s{trial, version};
    for (const unsigned code : {0x84U, 0xE1U, 0xE3U})
        refused_in(s.client, s.session, request_of(s.client, code), {unexpected_request},
                   fmt::format("request 0x{:02X} in a session", code));
    refused_in(s.client, s.session, request_of(s.client, 0x83), {unexpected_request, unsupported_request},
               "CHALLENGE in a session");
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}
void no_exchange_inside(Trial& trial, Version version) {
    InSession s{trial, version};
    const auto key = exchange_key(s.client);
    refused_in(s.client, s.session, exchange_request(s.client, key, 0, 0), {unexpected_request},
               "KEY_EXCHANGE in a session");
    refused_in(s.client, s.session, concat({s.client.head(0xE5), s.client.random(s.client.hash_size())}),
               {unexpected_request}, "FINISH in an established session");
}
void versions_inside(Trial& trial, Version version) {
    InSession s{trial, version};
    for (const int step : {-1, 1})
        for (const unsigned code : {0x81U, 0xE0U, 0xECU}) {
            Bytes request = request_of(s.client, code);
            request[0] = static_cast<std::uint8_t>(version + step);
            refused_in(s.client, s.session, request, {version_mismatch},
                       fmt::format("request 0x{:02X} of another version in a session", code));
        }
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}
void same_digests(Trial& trial, Version version) {
    InSession s{trial, version};
    const Bytes inside = ask_in(s.client, s.session, s.client.head(0x81));
    Bytes outside = s.client.ask(s.client.head(0x81));
    outside.resize(std::min(outside.size(), inside.size()));
    trial.expect(inside.size() > 4 && inside[1] == 0x01 && inside == outside, "digests-differ",
                 "DIGESTS is the same inside and outside the session", in_words(inside));
}
void measurements_inside(Trial& trial, Version version) {
    InSession s{trial, version};
    s.client.measure(1, std::nullopt);  // of the connection: in no transcript of the session
    s.client.measure(0, std::nullopt, 0, &s.session);
    s.client.measure(1, std::nullopt, 0, &s.session);
    for (int i = 0; i < 2; ++i) {
        const Measured last = s.client.measure(0xFF, s.client.random(32), 0, &s.session);
        trial.expect(s.client.covered(last, s.session.l), "session-measurements",
                     "a signature inside the session covers that session's exchanges alone",
                     "it does not verify");
    }
}
void plain_beside(Trial& trial, Version version) {
    InSession s{trial, version};
    s.client.digests();
    s.client.chain(0);
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}
void version_ends_sessions(Trial& trial, Version version) {
    InSession s{trial, version};
    s.client.get_version();
    expect_gone(s.client, s.session, "GET_VERSION");
    s.client.connect();
    expect_gone(s.client, s.session, "a new set-up");
}
void two_sessions(Trial& trial, Version version) {
    InSession s{trial, version};
    const auto key = exchange_key(s.client);
    const Bytes probe = s.client.ask(exchange_request(s.client, key, 0, 0, 0x0202));
    if (probe.size() > 2 && probe[1] == 0x7F && probe[2] == session_limit_exceeded)
        trial.not_tested(NotTested::not_supported, "the responder has one session at a time");
    s.client.connect();
    Session first = establish(s.client, 0, 0, 0x0101), second = establish(s.client, 0, 0, 0x0202);
    for (int i = 0; i < 2; ++i) {
        answered_in(s.client, first, s.client.head(0x81), 0x01, "GET_DIGESTS in the first session");
        answered_in(s.client, second, s.client.head(0x81), 0x01, "GET_DIGESTS in the second session");
    }
    answered_in(s.client, first, s.client.head(0xEC), 0x6C, "END_SESSION of the first");
    expect_gone(s.client, first, "END_SESSION");
    answered_in(s.client, second, s.client.head(0x81), 0x01, "GET_DIGESTS in the second session");
}
void outside(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.refused(client.head(0xEC), {no_session(version)}, "END_SESSION without a session");
    if (client.both(hbeat_cap))
        client.refused(client.head(0xE8), {no_session(version)}, "HEARTBEAT without a session");
    if (client.both(key_upd_cap))
        client.refused(client.head(0xE9, 1, 1), {no_session(version)}, "KEY_UPDATE without a session");
}
void unknown_inside(Trial& trial, Version version) {
    InSession s{trial, version};
    for (const unsigned code : {0x90U, 0xFBU})
        refused_in(s.client, s.session, s.client.head(static_cast<std::uint8_t>(code)),
                   {unsupported_request, invalid_request},
                   fmt::format("the unknown request 0x{:02X} in a session", code));
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}

void heartbeat(Trial& trial, Version version) {
    InSession s{trial, version};
    if (s.session.heartbeat_period == 0)
        trial.not_tested(NotTested::not_supported, "HeartbeatPeriod is 0: there is no heartbeat");
    for (int i = 0; i < 3; ++i) {
        const Bytes answer = ask_in(s.client, s.session, s.client.head(0xE8));
        trial.expect(answer == s.client.head(0x68), "heartbeat", "HEARTBEAT is answered by HEARTBEAT_ACK",
                     in_words(answer));
    }
}
void end(Trial& trial, Version version) {
    InSession s{trial, version};
    const Bytes answer = ask_in(s.client, s.session, s.client.head(0xEC));
    trial.expect(answer == s.client.head(0x6C), "end-session", "END_SESSION is answered by END_SESSION_ACK",
                 in_words(answer));
    expect_gone(s.client, s.session, "END_SESSION");
    // The connection lives on, and takes another session.
    s.client.digests();
    Session again = establish(s.client);
    answered_in(s.client, again, s.client.head(0x81), 0x01, "GET_DIGESTS");
}
void too_long(Trial& trial, Version version) {
    InSession s{trial, version};
    refused_in(s.client, s.session, concat({s.client.head(0xEC), Bytes(1)}), {invalid_request},
               "END_SESSION of 5 bytes");
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}

void updates(Trial& trial, Version version) {
    InSession s{trial, version};
    std::uint8_t tag = 0x40;
    for (const unsigned operation : {1U, 2U, 2U, 1U}) {
        update_key(s.client, s.session, static_cast<std::uint8_t>(operation), ++tag);
        update_key(s.client, s.session, 3, ++tag);
        answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS under the new keys");
    }
}
void bad_updates(Trial& trial, Version version) {
    InSession s{trial, version};
    for (const unsigned operation : {0U, 4U, 0xFFU})
        refused_in(s.client, s.session, s.client.head(0xE9, static_cast<std::uint8_t>(operation), 1),
                   {invalid_request}, fmt::format("KEY_UPDATE with operation {}", operation));
    refused_in(s.client, s.session, s.client.head(0xE9, 3, 1), {invalid_request},
               "VerifyNewKey with nothing to verify");
    update_key(s.client, s.session, 1, 2);
    refused_in(s.client, s.session, s.client.head(0xE9, 1, 3), {invalid_request},
               "a second UpdateKey before VerifyNewKey");
    update_key(s.client, s.session, 3, 4);
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}
void old_key_is_gone(Trial& trial, Version version) {
    InSession s{trial, version};
    Direction old{key_schedule_of(s.client), s.session.own->aead, s.session.own->secret};
    old.sequence = s.session.own->sequence + 1;
    update_key(s.client, s.session, 1, 1);
    update_key(s.client, s.session, 3, 2);
    s.session.own.emplace(std::move(old));
    const Bytes record = s.client.send(SpdmKind::secured, seal(s.client, s.session, s.client.head(0x81)));
    const auto answer = open(s.client, s.session, record);
    trial.expect(!answer || (answer->size() > 2 && (*answer)[1] == 0x7F && (*answer)[2] == decrypt_error),
                 "old-key", "after VerifyNewKey a record under the old key is refused",
                 answer ? in_words(*answer) : "");
}

}  // namespace session_topic

void add_session_cases(std::vector<Case>& out) {
    using namespace session_topic;
    const auto vca = needs_connection, session = needs_session;
    const std::vector<std::string> has{"sessions", "cert"}, updates_keys{"sessions", "cert", "key-update"};
    // clang-format off
    add_cases(
        out,
        {
            {"session.handshake", "A handshake takes FINISH alone", {"SPDM-SES-002"}, {"sessions", "cert", "meas-signed"}, sessions_too, session, nothing_in_a_handshake},
            {"session.set-up", "The set-up and CHALLENGE are not for sessions", {"SPDM-SES-003"}, has, sessions_too, session, set_up_is_not_for_sessions},
            {"session.exchange", "There is no session within a session", {"SPDM-SES-003"}, has, sessions_too, session, no_exchange_inside},
            {"session.version", "A request of another version is refused inside the session", {"SPDM-ERR-002", "SPDM-SES-004"}, {"sessions", "cert", "meas-signed"}, sessions_too, session, versions_inside},
            {"session.digests", "Digests are the same inside and outside", {"SPDM-ID-001"}, has, sessions_too, session, same_digests},
            {"session.measurements", "A signature inside covers that session's exchanges alone", {"SPDM-SES-005"}, {"sessions", "cert", "meas-signed"}, sessions_too, session, measurements_inside},
            {"session.plain", "The connection goes on beside a session", {"SPDM-SES-006"}, has, sessions_too, session, plain_beside},
            {"session.get-version", "GET_VERSION ends every session", {"SPDM-SES-007"}, has, sessions_too, session, version_ends_sessions},
            {"session.two", "Two sessions live apart", {"SPDM-SES-008"}, has, sessions_too, session, two_sessions},
            {"session.outside", "What needs a session is refused without one", {"SPDM-SES-001"}, {"sessions"}, sessions_too, vca, outside},
            {"session.unknown", "An unknown request inside is refused, and the session lives on", {"SPDM-SES-004"}, has, sessions_too, session, unknown_inside},
            {"session.heartbeat", "HEARTBEAT is acknowledged", {"SPDM-SES-009"}, {"sessions", "cert", "heartbeat"}, sessions_too, session, heartbeat},
            {"session.end", "END_SESSION ends the session and nothing else", {"SPDM-SES-010"}, has, sessions_too, session, end},
            {"session.end-long", "END_SESSION of another size is refused", {"SPDM-SES-011"}, has, sessions_too, session, too_long},
            {"key-update.updates", "Keys are updated in one and in both directions", {"SPDM-UPD-001"}, updates_keys, sessions_too, session, updates},
            {"key-update.invalid", "KEY_UPDATE out of order is refused", {"SPDM-UPD-002"}, updates_keys, sessions_too, session, bad_updates},
            {"key-update.old-key", "The old key is gone after VerifyNewKey", {"SPDM-UPD-003"}, updates_keys, sessions_too, session, old_key_is_gone},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
