// Secure sessions of the client: keys by the pinned key schedule, records by the rules of DSP0277, written
// here.
#pragma once
#include "conformance/suites/spdm/client.hpp"
#include "models/spdm/key_schedule.hpp"

namespace assay::conformance::spdm_topic {

/// How records look on a transport (DSP0275, DSP0287, PCIe DOE).
struct Form {
    std::size_t sequence_size;  // bytes of the sequence number that are sent
    std::size_t prefix;         // bytes in front of a message, inside
    std::size_t padding;        // what whole records are padded to
    std::size_t head() const { return 4 + sequence_size + 2; }
};
Form form_of(Trial& trial);
/// A message as it stands inside a record: behind a message type (DSP0275), or the header of the binding,
/// which counts its own last two bytes (DSP0287).
Bytes application_data(const Form& form, ByteView message);

/// A key of one direction.
struct Direction {
    Direction(const spdm::KeySchedule& schedule, crypto::Aead aead, ByteView secret);
    /// The one after it (KEY_UPDATE).
    Direction next(const spdm::KeySchedule& schedule) const;

    crypto::Aead aead;
    Bytes secret, iv;  // of a conversation that is written to the report: nothing here is confidential
    crypto::AeadKey key;
    std::uint64_t sequence = 0;
};

spdm::KeySchedule key_schedule_of(const Client& client);

/// KEY_EXCHANGE and an answer that fits its lengths.
struct Exchange {
    Bytes request, answer;
    std::uint8_t slot = 0;
    std::size_t body = 0;  // of the answer, up to Signature
    Bytes random{}, point{}, summary{}, opaque{}, signature{}, verify_data{};
    std::uint32_t id = 0;
    Bytes shared{};
};

struct Session {
    std::uint32_t id = 0;
    Bytes th;  // the transcript so far
    spdm::HandshakeSecrets handshake;
    std::optional<Direction> own, peer;  // keys in use
    Bytes l;                             // pairs of L1/L2 in this session
    std::uint8_t heartbeat_period = 0;   // seconds; 0: there is no heartbeat
};

/// Keys of these secrets, both directions at sequence number 0.
void use_keys(const Client& client, Session& session, ByteView own, ByteView peer);

/// OpaqueData that offers secured messages 1.0 to 1.2 in the form of that version.
Bytes offered_versions(std::uint8_t version);

/// KEY_EXCHANGE with a fresh key pair.
Bytes exchange_request(Client& client, const crypto::PrivateKey& key, std::uint8_t summary, std::uint8_t slot,
                       std::uint16_t session_id = 0x0101);
crypto::PrivateKey exchange_key(Client& client);
Exchange key_exchange(Client& client, std::uint8_t summary = 0xFF, std::uint8_t slot = 0,
                      std::uint16_t session_id = 0x0101);
/// The transcript that its signature covers.
Bytes signed_transcript(const Client& client, const Exchange& exchange);
/// The session that follows from it, with handshake keys. The case fails unless signature and HMAC hold.
Session in_handshake(Client& client, const Exchange& exchange);
/// FINISH, FINISH_RSP, application keys. The case fails unless all of it holds.
void finish(Client& client, Session& session);
Bytes finish_request(const Client& client, const Session& session);
/// All of it, on a client that is connected and has learnt the chains.
Session establish(Client& client, std::uint8_t summary = 0xFF, std::uint8_t slot = 0,
                  std::uint16_t session_id = 0x0101);

/// Connected, chains learnt, a session established: what most cases begin with.
struct InSession {
    InSession(Trial& trial, std::uint8_t version, Offer offer = {});
    Client client;
    Session session;
};

/// A record under the client's key; the sequence number moves on.
Bytes seal(Client& client, Session& session, ByteView message);
/// The same of any plaintext: ApplicationDataLength, application data and padding are the caller's.
Bytes seal_plaintext(Client& client, Session& session, ByteView plaintext);
/// What the responder's record says; nothing when it does not open under its key and sequence number.
std::optional<Bytes> open(Client& client, Session& session, ByteView record);
/// A message inside the session, and its answer. The case fails unless the answer opens.
Bytes ask_in(Client& client, Session& session, ByteView message);
void answered_in(Client& client, Session& session, ByteView message, std::uint8_t code,
                 std::string_view what);
void refused_in(Client& client, Session& session, ByteView message, std::initializer_list<std::uint8_t> codes,
                std::string_view what);
/// ERROR of one of `codes`, in the version `answer` has to have; Param2 is 0, or the request's code.
void expect_refusal(Trial& trial, ByteView answer, std::uint8_t request_code,
                    const std::vector<std::uint8_t>& codes, std::string_view what);
/// KEY_UPDATE: 1 UpdateKey, 2 UpdateAllKeys, 3 VerifyNewKey. The case fails unless it is acknowledged; then
/// the keys are the new ones.
void update_key(Client& client, Session& session, std::uint8_t operation, std::uint8_t tag);
/// The session is gone: a record of it is not answered as one.
void expect_gone(Client& client, Session& session, std::string_view after);
/// What a request that needs a session gets in the clear.
std::uint8_t no_session(std::uint8_t version);

}  // namespace assay::conformance::spdm_topic
