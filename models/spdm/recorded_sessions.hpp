// The shared recordings of SPDM conversations, for tests: transcripts of the DMTF reference responder, and
// sessions with every intermediate value.
#pragma once
#include <map>

#include "models/spdm/negotiation.hpp"

namespace assay::spdm {

/// One message of a recorded conversation, in the order in which they crossed.
struct RecordedMessage {
    std::uint8_t type = 0;  // MCTP message type: 5 SPDM, 6 secured
    Bytes bytes;
};
/// Of `spdm1x_....txt`. Throws std::runtime_error when a line is not of that form.
std::vector<RecordedMessage> recorded_text(ByteView file);
/// Of the `.pcap` beside it (link type 291).
std::vector<RecordedMessage> recorded_pcap(ByteView file);

/// A file `kat-*.json`: its values by their names, binary ones as bytes.
struct KnownSession {
    struct Record {
        bool request = false;
        std::string epoch;  // handshake, app, app+1, app+2
        std::uint64_t sequence = 0;
        Bytes nonce, aad, plaintext, message, record;
    };
    std::string name;
    std::map<std::string, std::string, std::less<>> texts;  // spdm_version, transport, base_hash, ...
    std::map<std::string, Bytes, std::less<>> values;
    std::map<std::string, Bytes, std::less<>> keys;  // "app/req/key"
    std::uint32_t session_id = 0;
    bool handshake_in_the_clear = false;
    std::vector<Bytes> clear_messages;
    std::vector<Record> records;

    const Bytes& at(std::string_view value) const;
    bool has(std::string_view value) const { return values.find(value) != values.end(); }
    const std::string& text(std::string_view key) const;
    /// The first clear message of that code; empty where there is none.
    Bytes clear(Code code) const;
};
KnownSession known_session(ByteView json);

/// The state that VCA messages in `messages` negotiated.
Connection connection_of(const std::vector<Bytes>& messages);

/// Decodes `response` as the answer to `request` and encodes it again; empty where either fails.
Bytes again(ByteView request, ByteView response, const Connection& connection);
/// The same for a request.
Bytes again(ByteView request, const Connection& connection);

}  // namespace assay::spdm
