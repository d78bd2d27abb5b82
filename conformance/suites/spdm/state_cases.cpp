// Every request in every state (DSP0274): before and after the set-up, in the clear, in a session's
// handshake, in an established session.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace state_topic {

using Version = std::uint8_t;
using Codes = std::vector<std::uint8_t>;

/// Where a request is answered once the connection is negotiated.
enum Place : std::uint8_t {
    nowhere = 0,
    clear = 1,
    handshake = 2,
    established = 4,
    both = clear | established
};

struct Request {
    std::uint8_t code;
    std::string_view slug;
    Version since;
    std::uint32_t responder, requester;  // capabilities, of which each has to have one
    std::uint8_t places;
};
constexpr std::uint32_t no_cap = 0;
constexpr std::array requests{
    Request{0x81, "get-digests", 0x10, 0x02, no_cap, both},
    Request{0x82, "get-certificate", 0x10, 0x02, no_cap, both},
    Request{0x83, "challenge", 0x10, 0x04, no_cap, clear},
    Request{0x85, "chunk-send", 0x12, chunk_cap, chunk_cap, both},
    Request{0x86, "chunk-get", 0x12, chunk_cap, chunk_cap, both},
    Request{0xE0, "get-measurements", 0x10, meas_cap, no_cap, both},
    Request{0xE1, "get-capabilities", 0x10, no_cap, no_cap, nowhere},
    Request{0xE3, "negotiate-algorithms", 0x10, no_cap, no_cap, nowhere},
    Request{0xE4, "key-exchange", 0x11, key_ex_cap, key_ex_cap, clear},
    Request{0xE5, "finish", 0x11, key_ex_cap, key_ex_cap, handshake},
    Request{0xE6, "psk-exchange", 0x11, psk_cap, psk_cap, clear},
    Request{0xE7, "psk-finish", 0x11, psk_cap, psk_cap, nowhere},
    Request{0xE8, "heartbeat", 0x11, hbeat_cap, hbeat_cap, established},
    Request{0xE9, "key-update", 0x11, key_upd_cap, key_upd_cap, established},
    Request{0xEA, "get-encapsulated-request", 0x11, 0x1000, 0x1000, both},
    Request{0xEB, "deliver-encapsulated-response", 0x11, 0x1000, 0x1000, both},
    Request{0xEC, "end-session", 0x11, key_ex_cap | psk_cap, key_ex_cap | psk_cap, established},
    Request{0xED, "get-csr", 0x12, 0x10'0000, no_cap, both},
    Request{0xEE, "set-certificate", 0x12, 0x8'0000, no_cap, both},
    Request{0x87, "get-endpoint-info", 0x13, 0xC0'0000, no_cap, both},
    Request{0xE2, "get-supported-event-types", 0x13, 0x200'0000, no_cap, established},
    Request{0xEF, "get-measurement-extension-log", 0x13, 0x100'0000, no_cap, both},
    Request{0xF0, "subscribe-event-types", 0x13, 0x200'0000, no_cap, established},
    Request{0xFC, "get-key-pair-info", 0x13, 0x1000'0000, no_cap, both},
    Request{0xFD, "set-key-pair-info", 0x13, 0x2000'0000, no_cap, both},
    Request{0xFE, "vendor-defined", 0x10, no_cap, no_cap, both},
    Request{0xFF, "respond-if-ready", 0x10, no_cap, no_cap, both},
};

bool is_session_request(const Request& row) {
    return row.places == established || row.code == 0xE5 || row.code == 0xE7;
}
/// Only whether it is refused for its state is asked here: what it says is for other cases.
bool has_own_cases(const Request& row) {
    constexpr std::array<std::uint8_t, 13> codes{0x85, 0x86, 0x87, 0xE2, 0xE6, 0xEA, 0xEB,
                                                 0xED, 0xEE, 0xEF, 0xF0, 0xFC, 0xFD};
    return std::ranges::find(codes, row.code) != codes.end();
}

Bytes bytes_of(Client& client, const Request& row) {
    switch (row.code) {
        case 0x82: return concat({client.head(0x82), Bytes{0, 0, 0, 4}});
        case 0x83: return client.challenge_request(0, 0, Bytes(32, 0x33));
        case 0xE0: return client.measure_request(0xFF, std::nullopt);
        case 0xE1: return client.capabilities_request();
        case 0xE3: return client.negotiate_request();
        case 0xE4:
            return client.dhe_sel == 0 ? concat({client.head(0xE4), Bytes(140)})
                                       : exchange_request(client, exchange_key(client), 0, 0, 0x0303);
        case 0xE5: return concat({client.head(0xE5), Bytes(client.hash_size(), 0x5A)});
        case 0xE9: return client.head(0xE9, 1, 7);
        // A vendor that there is not.
        case 0xFE: return concat({client.head(0xFE), *from_hex("0300 02 fefe 0400 01020304")});
        case 0xFF: return client.head(0xFF, 0x81, 1);
        default: return client.head(row.code);
    }
}

/// Before the negotiation: what the state forbids, or what is unknown to it.
Codes early(const Request& row, Version version, bool after_capabilities) {
    if (row.code == 0xFF) return {invalid_request, unexpected_request, version_mismatch};
    if (row.code == 0xFE) return {invalid_request, unexpected_request, unsupported_request, version_mismatch};
    if (!after_capabilities) return {unexpected_request, version_mismatch, unsupported_request};
    return row.since > version ? Codes{unsupported_request} : Codes{unexpected_request, unsupported_request};
}

void before_negotiation(Trial& trial, Version version, const Request& row) {
    Client client{trial, version};
    client.get_version();
    const auto refused = [&](const Codes& codes, std::string_view when) {
        const Bytes request = bytes_of(client, row);
        expect_refusal(trial, client.ask(request), row.code, codes, fmt::format("{} {}", row.slug, when));
    };
    if (row.code != 0xE1) refused(early(row, version, false), "right after VERSION");
    client.get_capabilities();
    if (row.code != 0xE3) refused(early(row, version, true), "right after CAPABILITIES");
    client.negotiate();  // the state is what it was
}

/// What `row` is refused with at that place; nothing: it is answered.
Codes refusals(const Client& client, const Request& row, Place place) {
    const auto has = [](std::uint32_t flags, std::uint32_t any) {
        return any == 0 || (flags & any) != 0;
    };
    if (row.code == 0xFF) return {invalid_request, unexpected_request};
    if (row.code == 0xFE)
        return place == handshake ? Codes{unexpected_request, unsupported_request, invalid_request}
                                  : Codes{unsupported_request, invalid_request};
    if (row.since > client.version) return {unsupported_request};
    const std::uint32_t own = client.version < 0x11 ? 0 : client.offer.flags;
    if (!has(client.responder_flags, row.responder) || !has(own, row.requester))
        return row.responder == chunk_cap ? Codes{unexpected_request, unsupported_request}
                                          : Codes{unsupported_request};
    if ((row.places & place) != 0) return {};
    if (place == clear && is_session_request(row)) return {no_session(client.version)};
    return {unexpected_request};
}

void expect_answered(Trial& trial, const Client& client, const Request& row, ByteView answer) {
    trial.expect(answer.size() >= 4 && answer[0] == client.version && answer[1] == (row.code & 0x7F),
                 "not-answered", fmt::format("{} is answered here", row.slug), in_words(answer));
}

void in_the_clear(Trial& trial, Version version, const Request& row) {
    Client client{trial, version};
    client.connect();
    const Bytes answer = client.ask(bytes_of(client, row));
    if (const Codes codes = refusals(client, row, clear); !codes.empty())
        expect_refusal(trial, answer, row.code, codes, row.slug);
    else if (!has_own_cases(row))
        expect_answered(trial, client, row, answer);
    else
        trial.expect(answer.size() >= 4, "not-answered", "there is an answer", in_words(answer));
    answered_after(client);
}

void in_a_session(Trial& trial, Version version, const Request& row, Place place) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    Session session = place == handshake ? in_handshake(client, key_exchange(client)) : establish(client);
    const Bytes answer = ask_in(client, session, bytes_of(client, row));
    if (row.code == 0xE5 && place == handshake)
        expect_refusal(trial, answer, row.code, {decrypt_error}, "FINISH with another HMAC");
    else if (const Codes codes = refusals(client, row, place); !codes.empty())
        expect_refusal(trial, answer, row.code, codes, row.slug);
    else if (row.code == 0xE8 && session.heartbeat_period == 0)
        expect_refusal(trial, answer, row.code, {unexpected_request},
                       "HEARTBEAT though HeartbeatPeriod is 0");
    else if (!has_own_cases(row))
        expect_answered(trial, client, row, answer);
    else
        trial.expect(answer.size() >= 4, "not-answered", "there is an answer", in_words(answer));
}

void beside_a_handshake(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    Session session = in_handshake(client, key_exchange(client));
    for (const Request& row : requests) {
        const bool finishes_it = row.code == 0xE5 && client.both(clear_handshake_cap);
        if (row.places == clear || finishes_it || has_own_cases(row)) continue;
        const Bytes answer = client.ask(bytes_of(client, row));
        if (const Codes codes = refusals(client, row, clear); !codes.empty())
            expect_refusal(trial, answer, row.code, codes, row.slug);
        else
            expect_answered(trial, client, row, answer);
    }
    finish(client, session);
    answered_in(client, session, client.head(0x81), 0x01, "GET_DIGESTS");
}

}  // namespace state_topic

void add_state_cases(std::vector<Case>& out) {
    using namespace state_topic;
    const std::vector<std::string> has{"sessions", "cert"};
    std::vector<Row> rows{{"state.beside-handshake",
                           "The clear is as it was while a session is in its handshake",
                           {"SPDM-STATE-002", "SPDM-SES-006"},
                           has,
                           sessions_too,
                           needs_session,
                           beside_a_handshake}};
    for (const Request& row : requests) {
        const auto bind = [&row](auto run, auto... more) {
            return [=, &row](Trial& trial, Version version) {
                run(trial, version, row, more...);
            };
        };
        const std::string slug{row.slug};
        rows.push_back({"state.early." + slug,
                        slug + " before the negotiation",
                        {"SPDM-STATE-001"},
                        {},
                        all_versions,
                        needs_connection,
                        bind(before_negotiation)});
        rows.push_back({"state.clear." + slug,
                        slug + " in the clear",
                        {"SPDM-STATE-002"},
                        {},
                        all_versions,
                        needs_connection,
                        bind(in_the_clear)});
        rows.push_back({"state.handshake." + slug,
                        slug + " in the handshake of a session",
                        {"SPDM-STATE-003"},
                        has,
                        sessions_too,
                        needs_session,
                        bind(in_a_session, handshake)});
        rows.push_back({"state.established." + slug,
                        slug + " in an established session",
                        {"SPDM-STATE-004"},
                        has,
                        sessions_too,
                        needs_session,
                        bind(in_a_session, established)});
    }
    add_cases(out, rows);
}

}  // namespace assay::conformance::spdm_topic
