// Records (DSP0277): what is tampered with, replayed, reordered, cut or of another session is not taken, and
// ends the session.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace record_topic {

using Version = std::uint8_t;

/// `record` is not taken: no answer, or DecryptError under the session's key; afterwards the session is gone.
void expect_not_taken(InSession& s, ByteView record, std::string_view what) {
    const Bytes answer = s.client.send(SpdmKind::secured, record);
    if (!answer.empty()) {
        const auto error = open(s.client, s.session, answer);
        s.client.trial().expect(
            error && error->size() >= 4 && (*error)[1] == 0x7F && (*error)[2] == decrypt_error,
            "record-taken", fmt::format("{}: DecryptError inside the session, or no answer", what),
            error ? in_words(*error) : "an answer that does not open");
    }
    expect_gone(s.client, s.session, what);
    // The connection lives on.
    s.client.digests();
}

Bytes next(InSession& s) { return seal(s.client, s.session, s.client.head(0x81)); }

void tampered(Trial& trial, Version version) {
    const std::size_t head = form_of(trial).head();
    // Of the ciphertext its first, middle and last byte, of the tag the same.
    for (const std::size_t from_end :
         {std::size_t{0}, std::size_t{7}, std::size_t{15}, std::size_t{16}, std::size_t{19}}) {
        InSession s{trial, version};
        Bytes record = next(s);
        const std::size_t at = record.size() - 1 - from_end;
        trial.expect(at >= head, "harness", "the changed byte lies behind the header", "it does not");
        record[at] = static_cast<std::uint8_t>(record[at] ^ 0x10);
        expect_not_taken(s, record, fmt::format("a record whose byte {} was changed", at));
    }
}
void header_is_authenticated(Trial& trial, Version version) {
    InSession s{trial, version};
    // The same ciphertext, sealed over another length: the header is the additional data.
    const Bytes record = next(s);
    Bytes longer = record;
    const std::size_t length_at = form_of(trial).head() - 2;
    longer[length_at] = static_cast<std::uint8_t>(longer[length_at] + 1);
    longer.push_back(0);
    expect_not_taken(s, longer, "a record whose Length was changed");
}
void replayed(Trial& trial, Version version) {
    InSession s{trial, version};
    const Bytes record = next(s);
    const auto answer = open(s.client, s.session, s.client.send(SpdmKind::secured, record));
    trial.expect(answer && answer->size() > 1 && (*answer)[1] == 0x01, "record-refused",
                 "the record is taken once", answer ? in_words(*answer) : "its answer does not open");
    expect_not_taken(s, record, "a record that was replayed");
}
void reordered(Trial& trial, Version version) {
    InSession s{trial, version};
    (void)next(s);
    expect_not_taken(s, next(s), "a record that came before the one it follows");
}
void other_sequence(Trial& trial, Version version) {
    if (form_of(trial).sequence_size == 0)
        trial.not_tested(NotTested::not_supported, "records of this transport carry no sequence number");
    InSession s{trial, version};
    Bytes record = next(s);
    record[4] = static_cast<std::uint8_t>(record[4] + 1);
    expect_not_taken(s, record, "a record whose sequence number was changed");
}
void cut(Trial& trial, Version version) {
    for (const std::size_t less : {std::size_t{4}, std::size_t{16}}) {
        InSession s{trial, version};
        const Bytes record = next(s);
        const Bytes answer = s.client.send(SpdmKind::secured, ByteView{record}.first(record.size() - less));
        const auto error = answer.empty() ? std::nullopt : open(s.client, s.session, answer);
        trial.expect(answer.empty() || (error && error->size() >= 4 && (*error)[1] == 0x7F), "record-taken",
                     fmt::format("a record without its last {} bytes gets no answer, or ERROR", less),
                     error ? in_words(*error) : "an answer that does not open");
    }
}
void reflected(Trial& trial, Version version) {
    InSession s{trial, version};
    const Bytes answer = s.client.send(SpdmKind::secured, next(s));
    trial.expect(open(s.client, s.session, answer).has_value(), "record-unopened", "the answer opens",
                 "it does not");
    // The responder's own record, which carries its next number: a direction has its own key.
    const Bytes second = s.client.send(SpdmKind::secured, next(s));
    trial.expect(open(s.client, s.session, second).has_value(), "record-unopened", "the answer opens",
                 "it does not");
    expect_not_taken(s, second, "the responder's own record sent back");
}
void handshake_keys(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    Session session = in_handshake(client, key_exchange(client));
    const spdm::KeySchedule schedule{client.hash(), spdm::Version{version}};
    const Bytes own_secret = session.own->secret;
    const crypto::Aead aead = session.own->aead;
    finish(client, session);
    Direction stale{schedule, aead, own_secret};
    session.own.emplace(std::move(stale));
    const Bytes record = client.send(SpdmKind::secured, seal(client, session, client.head(0x81)));
    const auto answer = record.empty() ? std::nullopt : open(client, session, record);
    trial.expect(!answer || (answer->size() > 2 && (*answer)[1] == 0x7F && (*answer)[2] == decrypt_error),
                 "handshake-key", "after FINISH a record under the handshake's key is refused",
                 answer ? in_words(*answer) : "");
}
void unknown_session(Trial& trial, Version version) {
    InSession s{trial, version};
    Bytes record = next(s);
    record[0] = static_cast<std::uint8_t>(record[0] ^ 0xFF);
    const Bytes answer = s.client.send(SpdmKind::secured, record);
    trial.expect(answer.empty(), "unknown-session", "a record of a session that is not there gets no answer",
                 fmt::format("{} bytes", answer.size()));
    s.client.digests();
}
void not_a_record(Trial& trial, Version version) {
    InSession s{trial, version};
    for (const std::size_t size : {std::size_t{0}, std::size_t{3}, std::size_t{5}}) {
        const Bytes answer = s.client.send(SpdmKind::secured, Bytes(size, 0xEE));
        trial.expect(answer.empty(), "no-record", fmt::format("{} bytes are no record: no answer", size),
                     fmt::format("{} bytes", answer.size()));
    }
    answered_in(s.client, s.session, s.client.head(0x81), 0x01, "GET_DIGESTS");
}
void plain_is_not_secured(Trial& trial, Version version) {
    InSession s{trial, version};
    // A record that arrives as a plain message, and a plain message as a record.
    const Bytes answer = s.client.ask(next(s));
    trial.expect(answer.empty() || (answer.size() >= 4 && answer[1] == 0x7F), "record-as-message",
                 "a record sent as a plain message is refused", in_words(answer));
    const Bytes other = s.client.send(SpdmKind::secured, s.client.head(0x81));
    trial.expect(other.empty(), "message-as-record", "a plain message sent as a record gets no answer",
                 in_words(other));
}

}  // namespace record_topic

void add_record_cases(std::vector<Case>& out) {
    using namespace record_topic;
    const auto session = needs_session;
    const std::vector<std::string> has{"sessions", "cert"};
    // clang-format off
    add_cases(
        out,
        {
            {"record.tampered", "A record that was changed ends the session", {"SPDM-REC-002", "SPDM-REC-003"}, has, sessions_too, session, tampered},
            {"record.header", "The header of a record is authenticated", {"SPDM-REC-002"}, has, sessions_too, session, header_is_authenticated},
            {"record.replayed", "A record is taken once", {"SPDM-REC-004"}, has, sessions_too, session, replayed},
            {"record.reordered", "Records are taken in their order", {"SPDM-REC-004"}, has, sessions_too, session, reordered},
            {"record.sequence", "A sequence number on the wire is the expected one", {"SPDM-REC-004"}, has, sessions_too, session, other_sequence},
            {"record.cut", "A record cut short is not taken", {"SPDM-REC-005"}, has, sessions_too, session, cut},
            {"record.reflected", "The responder's own record is not taken", {"SPDM-REC-006"}, has, sessions_too, session, reflected},
            {"record.handshake-key", "Keys of the handshake end with it", {"SPDM-REC-007"}, has, sessions_too, session, handshake_keys},
            {"record.unknown-session", "A record of no session gets no answer", {"SPDM-REC-008"}, has, sessions_too, session, unknown_session},
            {"record.no-record", "What is no record gets no answer and does no harm", {"SPDM-REC-005"}, has, sessions_too, session, not_a_record},
            {"record.kinds", "Records and plain messages are kept apart", {"SPDM-REC-009"}, has, sessions_too, session, plain_is_not_secured},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
