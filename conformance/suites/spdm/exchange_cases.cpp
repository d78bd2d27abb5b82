// KEY_EXCHANGE and FINISH (DSP0274, session key exchange): forms, signatures, HMACs, what is refused.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace exchange_topic {

using Version = std::uint8_t;

Offer clear_offer() {
    Offer out;
    out.flags |= clear_handshake_cap;
    return out;
}

struct Ready {
    Ready(Trial& trial, Version version, Offer offer = {}) : client(trial, version, offer) {
        client.connect();
        client.learn_chains();
    }
    Client client;
};

void form(Trial& trial, Version version) {
    Ready r{trial, version};
    const Exchange x = key_exchange(r.client);
    trial.expect(
        x.answer[3] == 0 && x.answer[6] == 0 && x.answer[7] == 0, "exchange-reserved",
        "Param2, MutAuthRequested and ReqSlotIDParam are 0: the requester cannot authenticate itself",
        to_hex(ByteView{x.answer}.first(8)));
    trial.expect(r.client.both(hbeat_cap) || x.answer[2] == 0, "heartbeat-period",
                 "without HBEAT_CAP of both HeartbeatPeriod is 0", fmt::format("it is {}", x.answer[2]));
    trial.expect(x.id >> 16 != 0, "session-id", "RspSessionID is not 0", "it is");
}
void opaque(Trial& trial, Version version) {
    Ready r{trial, version};
    const Exchange x = key_exchange(r.client);
    const Bytes head =
        version < 0x12 ? *from_hex("46544d4401010000 00000400 0100") : *from_hex("01000000 00000400 0100");
    const bool form_held =
        x.opaque.size() == head.size() + 2 && equal(ByteView{x.opaque}.first(head.size()), head);
    trial.expect(form_held, "opaque-form",
                 "OpaqueData holds one element: the selected version of secured messages", to_hex(x.opaque));
    const unsigned selected = u16(x.opaque, head.size());
    trial.expect(selected == 0x1000 || selected == 0x1100 || selected == 0x1200, "opaque-version",
                 "it is one of 1.0, 1.1 and 1.2, which were offered", fmt::format("it is {:04X}", selected));
}
void signature(Trial& trial, Version version) {
    Ready r{trial, version};
    for (const std::uint8_t slot : r.client.slots()) {
        r.client.connect();
        const Exchange x = key_exchange(r.client, 0xFF, slot);
        trial.expect(
            r.client.signs(slot, "responder-key_exchange_rsp signing", signed_transcript(r.client, x),
                           x.signature),
            "exchange-signature",
            fmt::format("the leaf of slot {} signs A, the digest of its chain, and both messages", slot),
            "it does not verify");
    }
}
void summaries(Trial& trial, Version version) {
    Ready r{trial, version};
    const Bytes all = r.client.summary_of_all();
    for (const unsigned type : {0U, 1U, 0xFFU}) {
        r.client.connect();
        const Exchange x = key_exchange(r.client, static_cast<std::uint8_t>(type));
        in_handshake(r.client, x);
        trial.expect(type != 0xFF || x.summary == all, "exchange-summary",
                     "the summary hash of all blocks is that of the measurement record", to_hex(x.summary));
    }
}
void verify_data(Trial& trial, Version version) {
    Ready r{trial, version};
    in_handshake(r.client, key_exchange(r.client));
}
void clear_has_none(Trial& trial, Version version) {
    Ready r{trial, version, clear_offer()};
    const Exchange x = key_exchange(r.client);
    trial.expect(x.verify_data.empty(), "clear-verify-data",
                 "where both have HANDSHAKE_IN_THE_CLEAR_CAP there is no ResponderVerifyData", "there is");
    Session session = in_handshake(r.client, x);
    finish(r.client, session);
    answered_in(r.client, session, r.client.head(0x81), 0x01, "GET_DIGESTS");
}
void clear_only_of_both(Trial& trial, Version version) {
    Ready r{trial, version};
    trial.expect((r.client.responder_flags & clear_handshake_cap) != 0, "clear-flag",
                 "the responder alone has HANDSHAKE_IN_THE_CLEAR_CAP", "it has not");
    const Exchange x = key_exchange(r.client);
    trial.expect(!x.verify_data.empty(), "clear-of-one", "then ResponderVerifyData is there", "it is not");
    Session session = in_handshake(r.client, x);
    r.client.refused(finish_request(r.client, session), {no_session(version), unexpected_request},
                     "FINISH in the clear though the handshake is encrypted");
    finish(r.client, session);
}
void fresh(Trial& trial, Version version) {
    Ready r{trial, version};
    const Exchange first = key_exchange(r.client);
    r.client.connect();
    const Exchange second = key_exchange(r.client);
    trial.expect(first.random != second.random, "random-repeated", "RandomData is fresh", "it is repeated");
    trial.expect(first.point != second.point, "exchange-repeated", "ExchangeData is a fresh key",
                 "it is repeated");
}
void ids_are_unique(Trial& trial, Version version) {
    Ready r{trial, version};
    std::set<std::uint32_t> ids;
    for (int i = 0; i < 16; ++i) {
        const auto key = exchange_key(r.client);
        const Bytes request = exchange_request(r.client, key, 0, 0);
        const Bytes answer = r.client.ask(request);
        if (answer.size() > 2 && answer[1] == 0x7F) {
            expect_refusal(trial, answer, 0xE4, {session_limit_exceeded},
                           "one KEY_EXCHANGE more than there is room for");
            break;
        }
        trial.expect(answer.size() > 8 && answer[1] == 0x64, "unexpected-answer", "KEY_EXCHANGE_RSP",
                     in_words(answer));
        trial.expect(ids.insert(u16(answer, 4)).second, "session-id-reused",
                     "the RspSessionID of a live session is given to no other",
                     fmt::format("{:04X} is given twice", u16(answer, 4)));
    }
    trial.expect(!ids.empty(), "no-session", "there is room for one session", "there is none");
}
void invalid(Trial& trial, Version version) {
    Ready r{trial, version};
    Client& client = r.client;
    const auto key = exchange_key(client);
    const auto known = client.slots();
    for (unsigned slot = 0; slot < 16; ++slot)
        if (std::ranges::find(known, slot) == known.end())
            client.refused(exchange_request(client, key, 0, static_cast<std::uint8_t>(slot)),
                           {invalid_request}, fmt::format("KEY_EXCHANGE with slot {}", slot));
    for (const unsigned type : {0x02U, 0xFEU})
        client.refused(exchange_request(client, key, static_cast<std::uint8_t>(type), 0), {invalid_request},
                       fmt::format("KEY_EXCHANGE for a summary of type 0x{:02X}", type));
    const Bytes good = exchange_request(client, key, 0, 0);
    const std::size_t opaque_at = 40 + client.exchange_size();
    Bytes long_opaque = good;
    long_opaque[opaque_at] = long_opaque[opaque_at + 1] = 0xFF;
    client.refused(long_opaque, {invalid_request}, "OpaqueLength beyond the message");
    for (const std::size_t size : {std::size_t{8}, std::size_t{40}, opaque_at})
        client.refused(ByteView{good}.first(size), {invalid_request},
                       fmt::format("KEY_EXCHANGE cut to {} bytes", size));
    // The connection has kept its state, and takes the right one.
    in_handshake(client, key_exchange(client));
}
void off_the_curve(Trial& trial, Version version) {
    Ready r{trial, version};
    const auto key = exchange_key(r.client);
    Bytes request = exchange_request(r.client, key, 0, 0);
    request[40] = static_cast<std::uint8_t>(request[40] ^ 1);
    r.client.refused(request, {invalid_request, unspecified}, "ExchangeData off the curve");
    std::fill_n(request.begin() + 40, r.client.exchange_size(), std::uint8_t{0});
    r.client.refused(request, {invalid_request, unspecified}, "ExchangeData of zeros");
}
void no_common_secured_version(Trial& trial, Version version) {
    Ready r{trial, version};
    const auto key = exchange_key(r.client);
    const Bytes good = exchange_request(r.client, key, 0, 0);
    Bytes other = good;  // three versions that nobody has
    const std::size_t versions_at = good.size() - 9;
    for (std::size_t i = 0; i < 3; ++i) other[versions_at + 2 * i + 1] = 0x70;
    r.client.refused(other, {invalid_request, unspecified},
                     "KEY_EXCHANGE without a common version of secured messages");
}
void without_flag(Trial& trial, Version version) {
    Offer none;
    none.flags = 0;
    Client client{trial, version, none};
    client.connect();
    Bytes request = client.head(0xE4);
    request.resize(160);
    client.refused(request, {unsupported_request, unexpected_request, invalid_request},
                   "KEY_EXCHANGE of a requester without KEY_EX_CAP");
}

void finish_bad_mac(Trial& trial, Version version) {
    Ready r{trial, version};
    Session session = in_handshake(r.client, key_exchange(r.client));
    Bytes request = finish_request(r.client, session);
    request.back() = static_cast<std::uint8_t>(request.back() ^ 1);
    refused_in(r.client, session, request, {decrypt_error}, "FINISH with another RequesterVerifyData");
}
void finish_bad_mac_clear(Trial& trial, Version version) {
    Ready r{trial, version, clear_offer()};
    Session session = in_handshake(r.client, key_exchange(r.client));
    Bytes request = finish_request(r.client, session);
    request[4] = static_cast<std::uint8_t>(request[4] ^ 0x80);
    r.client.refused(request, {decrypt_error}, "FINISH in the clear with another RequesterVerifyData");
    const Bytes record = r.client.send(SpdmKind::secured, seal(r.client, session, r.client.head(0x81)));
    const auto answer = open(r.client, session, record);
    trial.expect(!answer || (answer->size() > 1 && (*answer)[1] == 0x7F), "session-established",
                 "a refused FINISH establishes nothing", answer ? in_words(*answer) : "");
}
void finish_invalid(Trial& trial, Version version) {
    Ready r{trial, version};
    Session session = in_handshake(r.client, key_exchange(r.client));
    const Bytes good = finish_request(r.client, session);
    for (const unsigned slot : {0U, 1U, 7U, 8U, 0xFFU}) {
        Bytes request = good;
        request[2] = 1;
        request[3] = static_cast<std::uint8_t>(slot);
        refused_in(r.client, session, request, {invalid_request},
                   fmt::format("FINISH with a signature (ReqSlotID {}) that was not asked for", slot));
    }
    refused_in(r.client, session, r.client.head(0xE5), {invalid_request},
               "FINISH without RequesterVerifyData");
    finish(r.client, session);
}
void finish_outside(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.refused(concat({client.head(0xE5), client.random(48)}), {no_session(version)},
                   "FINISH without a session");
}
void established(Trial& trial, Version version) {
    InSession s{trial, version};
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
    for (const std::uint8_t slot : s.client.slots()) {
        s.client.connect();
        Session session = establish(s.client, 0, slot);
        answered_in(s.client, session, s.client.head(0x81), 0x01, "GET_DIGESTS");
    }
}
void with_algorithms(Trial& trial, Version version, Offer offer) {
    Client client{trial, version, offer};
    client.get_version();
    client.get_capabilities();
    const Bytes answer = client.ask(client.negotiate_request());
    if (answer.size() > 1 && answer[1] == 0x7F)
        trial.not_tested(NotTested::not_supported, "the responder has none of these algorithms");
    client.connect();
    if (client.dhe_sel == 0 || client.aead_sel == 0)
        trial.not_tested(NotTested::not_supported, "the responder has none of these algorithms");
    client.learn_chains();
    Session session = establish(client);
    answered_in(client, session, client.head(0x81), 0x01, "GET_DIGESTS");
}
void p256(Trial& trial, Version version) {
    with_algorithms(trial, version, {.asym = 0x10, .hash = 0x01, .dhe = 0x08});
}
void p384(Trial& trial, Version version) {
    with_algorithms(trial, version, {.asym = 0x80, .hash = 0x02, .dhe = 0x10});
}
void sha512(Trial& trial, Version version) { with_algorithms(trial, version, {.hash = 0x04}); }
void p521(Trial& trial, Version version) { with_algorithms(trial, version, {.dhe = 0x20}); }
void pss_2048(Trial& trial, Version version) { with_algorithms(trial, version, {.asym = 0x02}); }
void pss_3072(Trial& trial, Version version) { with_algorithms(trial, version, {.asym = 0x08}); }
void pkcs1_2048(Trial& trial, Version version) { with_algorithms(trial, version, {.asym = 0x01}); }
void pkcs1_3072(Trial& trial, Version version) { with_algorithms(trial, version, {.asym = 0x04}); }
void aes_128(Trial& trial, Version version) { with_algorithms(trial, version, {.aead = 0x01}); }
void aes_256(Trial& trial, Version version) { with_algorithms(trial, version, {.aead = 0x02}); }
void chacha(Trial& trial, Version version) { with_algorithms(trial, version, {.aead = 0x04}); }

}  // namespace exchange_topic

void add_exchange_cases(std::vector<Case>& out) {
    using namespace exchange_topic;
    const auto vca = needs_connection, chains = needs_chains;
    const std::vector<std::string> has{"sessions", "cert"}, clear{"sessions", "cert", "clear-handshake"},
        measured{"sessions", "cert", "meas-signed"};
    // clang-format off
    add_cases(
        out,
        {
            {"exchange.form", "KEY_EXCHANGE_RSP has its form", {"SPDM-KEX-001"}, has, sessions_too, chains, form},
            {"exchange.opaque", "Opaque data selects a version of secured messages that was offered", {"SPDM-KEX-002"}, has, sessions_too, chains, opaque},
            {"exchange.signature", "The leaf signs the transcript", {"SPDM-KEX-003"}, has, sessions_too, chains, signature},
            {"exchange.summary", "The measurement summary hash is there where it was asked for", {"SPDM-KEX-004"}, measured, sessions_too, chains, summaries},
            {"exchange.verify-data", "ResponderVerifyData proves the key", {"SPDM-KEX-005"}, has, sessions_too, chains, verify_data},
            {"exchange.clear", "A handshake in the clear ends with HMACs in FINISH and FINISH_RSP", {"SPDM-KEX-006"}, clear, sessions_too, chains, clear_has_none},
            {"exchange.clear-of-both", "A handshake is in the clear only where both want it", {"SPDM-KEX-006"}, clear, sessions_too, chains, clear_only_of_both},
            {"exchange.fresh", "RandomData and ExchangeData are fresh", {"SPDM-KEX-007"}, has, sessions_too, chains, fresh},
            {"exchange.ids", "Session ids are unique, and their number is limited by name", {"SPDM-KEX-008"}, has, sessions_too, chains, ids_are_unique},
            {"exchange.invalid", "KEY_EXCHANGE that breaks a rule is refused", {"SPDM-KEX-009"}, has, sessions_too, chains, invalid},
            {"exchange.curve", "A point off the curve is refused", {"SPDM-KEX-010"}, has, sessions_too, chains, off_the_curve},
            {"exchange.secured-version", "Without a common version of secured messages there is no session", {"SPDM-KEX-002"}, has, sessions_too, chains, no_common_secured_version},
            {"exchange.no-flag", "A requester without KEY_EX_CAP gets no session", {"SPDM-KEX-011"}, {"sessions"}, sessions_too, vca, without_flag},
            {"exchange.p256", "Sessions work with P-256 and SHA-256", {"SPDM-KEX-003", "SPDM-FIN-001"}, has, sessions_too, vca, p256},
            {"exchange.p384", "Sessions work with P-384 and SHA-384", {"SPDM-KEX-003", "SPDM-FIN-001"}, has, sessions_too, vca, p384},
            {"exchange.sha-512", "Sessions work with SHA-512", {"SPDM-KEX-003", "SPDM-FIN-001"}, has, sessions_too, vca, sha512},
            {"exchange.p521", "Sessions work with secp521r1", {"SPDM-KEX-003", "SPDM-FIN-001"}, has, sessions_too, vca, p521},
            {"exchange.pss-2048", "Sessions work with RSASSA-PSS of 2048 bits", {"SPDM-KEX-003", "SPDM-FIN-001"}, has, sessions_too, vca, pss_2048},
            {"exchange.pss-3072", "Sessions work with RSASSA-PSS of 3072 bits", {"SPDM-KEX-003", "SPDM-FIN-001"}, has, sessions_too, vca, pss_3072},
            {"exchange.pkcs1-2048", "Sessions work with RSASSA-PKCS1 of 2048 bits", {"SPDM-KEX-003", "SPDM-FIN-001"}, has, sessions_too, vca, pkcs1_2048},
            {"exchange.pkcs1-3072", "Sessions work with RSASSA-PKCS1 of 3072 bits", {"SPDM-KEX-003", "SPDM-FIN-001"}, has, sessions_too, vca, pkcs1_3072},
            {"exchange.aes-128", "Sessions work with AES-128-GCM", {"SPDM-REC-001", "SPDM-FIN-001"}, has, sessions_too, vca, aes_128},
            {"exchange.aes-256", "Sessions work with AES-256-GCM", {"SPDM-REC-001", "SPDM-FIN-001"}, has, sessions_too, vca, aes_256},
            {"exchange.chacha20", "Sessions work with ChaCha20-Poly1305", {"SPDM-REC-001", "SPDM-FIN-001"}, has, sessions_too, vca, chacha},
            {"finish.established", "FINISH establishes the session", {"SPDM-FIN-001"}, has, sessions_too, chains, established},
            {"finish.verify-data", "FINISH with a wrong HMAC is refused by DecryptError", {"SPDM-FIN-002"}, has, sessions_too, chains, finish_bad_mac},
            {"finish.verify-data-clear", "FINISH in the clear with a wrong HMAC is refused by DecryptError", {"SPDM-FIN-002"}, clear, sessions_too, chains, finish_bad_mac_clear},
            {"finish.invalid", "FINISH of a wrong form is refused", {"SPDM-FIN-003"}, has, sessions_too, chains, finish_invalid},
            {"finish.outside", "FINISH without a session is refused", {"SPDM-SES-001"}, {"sessions"}, sessions_too, vca, finish_outside},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
