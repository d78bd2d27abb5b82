// An SPDM responder (DSP0274) of versions 1.0 to 1.3: connection, requests, secure sessions; free of
// transports.
#pragma once
#include <list>

#include "models/spdm/chunk_messages.hpp"
#include "models/spdm/device.hpp"
#include "models/spdm/encapsulated.hpp"
#include "models/spdm/session.hpp"

namespace assay::spdm {

enum class State : std::uint8_t { not_started, after_version, after_capabilities, negotiated };
std::string_view name(State state);

/// A request as a handler sees it: without transport padding, and the session that it belongs to.
struct Request {
    ByteView message;
    Session* session;  // null in the clear
};

struct Command;

/// One connection and its sessions. `device` must outlive it. `records` is how secured messages look on the
/// transport that it is behind.
class Responder {
public:
    /// Without a clock no session ends because its heartbeat stays away. A clock must outlive the responder.
    explicit Responder(Device& device, RecordFormat records = doe_records, const Clock* clock = nullptr)
        : device_(device), records_(records), clock_(clock) {}
    /// A twin at the same place, of the same device (SecuredChannel::twin).
    explicit Responder(const Responder& from) = default;
    virtual ~Responder() = default;

    /// Runs one whole request and returns the whole answer. Any bytes are allowed: what is not a legal
    /// request is answered with ERROR, and what is shorter than a header with nothing. Bytes after a message
    /// (transports pad) are ignored, and enter no transcript.
    Bytes execute(ByteView request);

    /// The same for a record of a session: a request in, its answer out, both sealed. A record that does not
    /// open is answered by DecryptError, and ends its session. Nothing for a session that there is not.
    std::optional<Bytes> execute_secured(ByteView record);

    /// Ends the sessions from which nothing has come for twice their HeartbeatPeriod (DSP0274, HEARTBEAT).
    /// Happens by itself before each request.
    void expire();

    State state() const { return state_; }
    Version version() const { return connection_.version; }
    const Connection& connection() const { return connection_; }
    /// The pairs of L1/L2 so far: what the next signature over measurements in the clear begins with, or in
    /// 1.2 has between the VCA and itself.
    ByteView measurement_transcript() const { return transcript_.measurements(); }
    /// Who the requester of this connection is, once basic mutual authentication has proved it. Of a session
    /// the session knows.
    const std::optional<PeerIdentity>& requester() const { return requester_; }
    /// Null where there is no such session.
    const Session* session(std::uint32_t id) const;
    /// The session that was established last and still is; null where there is none.
    const Session* established() const;

    /// Asks the requester of that session who it is, by encapsulated requests. KEY_EXCHANGE does so by itself
    /// where the profile says it.
    void ask_identity(Session& session);
    /// Asks for new keys in the direction of the answers, which the requester learns when it asks for
    /// requests. False where there is no such established session, or something is asked already.
    bool ask_key_update(std::uint32_t session_id);

    // The requests. Each validates, then changes state, then answers.
    Answer get_version(const Request& in);
    Answer get_capabilities(const Request& in);
    Answer negotiate_algorithms(const Request& in);
    Answer get_digests(const Request& in);
    Answer get_certificate(const Request& in);
    Answer challenge(const Request& in);
    Answer get_measurements(const Request& in);
    Answer key_exchange(const Request& in);
    Answer finish(const Request& in);
    Answer psk_exchange(const Request& in);
    Answer psk_finish(const Request& in);
    Answer get_encapsulated_request(const Request& in);
    Answer deliver_encapsulated_response(const Request& in);
    Answer get_csr(const Request& in);
    Answer set_certificate(const Request& in);
    Answer get_measurement_extension_log(const Request& in);
    Answer get_key_pair_info(const Request& in);
    Answer get_endpoint_info(const Request& in);
    Answer chunk_send(const Request& in);
    Answer chunk_get(const Request& in);
    Answer heartbeat(const Request& in);
    Answer key_update(const Request& in);
    Answer end_session(const Request& in);
    Answer vendor_defined(const Request& in);
    Answer respond_if_ready(const Request& in);

protected:
    /// The one way from a request in the clear, also of one that came inside a record, to its answer. What
    /// stands in front of it (a filter of requests, a recorder, a responder that is wrong on purpose)
    /// overrides it. `around` bytes go around the answer before it is sent.
    virtual Bytes respond(ByteView request, Session* session, std::size_t around = 0);

private:
    static constexpr std::uint8_t slots = 8;
    /// ERROR(LargeResponse): `answer` comes by CHUNK_GET.
    Bytes in_chunks(Bytes answer, const Session* session);
    bool take_chunk(const Request& in, const Chunk& chunk);
    std::size_t largest_answer() const;
    Answer answer(ByteView request, Session* session);
    /// The session that the request belongs to, when it may travel as it did.
    Result<Session*, Refusal> placed(std::uint8_t places, Session* session);
    /// A request that is not taken now because something longer is open; nothing where it is.
    std::optional<Refusal> in_between(const Command& row) const;
    std::uint8_t mutual_auth_requested() const;
    bool asks_back() const;  // BasicMutAuthReq
    void forget(const Session& session);
    void touch(Session& session) const;
    /// Session that the encapsulated requests belong to (null in the clear), where the request may speak of
    /// it.
    Result<Session*, Refusal> asked_session(const Request& in);
    bool lacks(std::uint32_t responder_any, std::uint32_t requester_any) const;
    bool fits(std::size_t answer_size) const;
    Refusal too_large(std::size_t answer_size) const;
    bool legal_summary(std::uint8_t type) const;
    Bytes summary(std::uint8_t type) const;
    Bytes opaque_data() const;
    /// KeyPairID and certificate model are of a multi-key connection, and there they have to be.
    bool legal_key_pair(std::uint8_t key_pair_id, std::uint8_t model) const;
    /// Always but in a multi-key connection, where keys have their uses.
    bool may_sign(std::uint8_t slot, std::uint16_t usage) const;
    MeasurementBlock as_raw(const MeasurementBlock& block) const;
    Bytes key_facts() const;
    Bytes supported_algorithms() const;
    ByteView chain(std::uint8_t slot) const;
    std::uint8_t slot_mask() const;
    Bytes sign(std::uint8_t slot, std::string_view context, ByteView transcript);
    /// Why no session can be made with what was negotiated; nothing where one can.
    std::optional<Refusal> no_session(Code request) const;
    std::optional<std::uint32_t> new_session_id(std::uint16_t req_session_id) const;

    Header header(Code code, std::uint8_t param1 = 0, std::uint8_t param2 = 0) const;
    Bytes error(const Refusal& refusal) const;
    bool advertises(std::uint8_t version) const;

    Device& device_;
    RecordFormat records_;
    const Clock* clock_;
    State state_ = State::not_started;
    Connection connection_;  // version: of answers, 1.0 until CAPABILITIES
    Transcript transcript_;
    struct Transfer {
        std::optional<std::uint32_t> session_id;  // none in the clear
        std::uint8_t handle;
        std::uint16_t next;  // ChunkSeqNo
        std::size_t total, at;
        Bytes bytes;
    };
    std::optional<Transfer> sending_, getting_;  // a request in chunks, an answer in chunks
    std::uint8_t next_handle_ = 0;
    std::optional<EncapsulatedFlow> asking_;  // what the requester is asked
    std::optional<PeerIdentity> requester_;
    std::list<Session> sessions_;  // in the order of their KEY_EXCHANGE; each stays where it is
};

}  // namespace assay::spdm
