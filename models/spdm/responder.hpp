// An SPDM responder (DSP0274) of versions 1.0 to 1.2: connection, requests, secure sessions; free of
// transports.
#pragma once
#include <memory>

#include "models/spdm/device.hpp"
#include "models/spdm/session.hpp"

namespace assay::spdm {

enum class State : std::uint8_t { not_started, after_version, after_capabilities, negotiated };
std::string_view name(State state);

/// Why a request gets ERROR: its code, Param2, and extended data.
struct Refusal {
    Refusal(ErrorCode why, std::uint8_t param2 = 0, Bytes more = {})
        : code(why), data(param2), extended(std::move(more)) {}
    ErrorCode code;
    std::uint8_t data;
    Bytes extended;
};
using Answer = Result<Bytes, Refusal>;

/// A request as a handler sees it: without transport padding, and the session that it belongs to.
struct Request {
    ByteView message;
    Session* session;  // null in the clear
};

/// One connection and its sessions. `device` must outlive it. `records` is how secured messages look on the
/// transport that it is behind.
class Responder {
public:
    explicit Responder(Device& device, RecordFormat records = doe_records)
        : device_(device), records_(records) {}
    virtual ~Responder() = default;

    /// Runs one whole request and returns the whole answer. Any bytes are allowed: what is not a legal
    /// request is answered with ERROR, and what is shorter than a header with nothing. Bytes after a message
    /// (transports pad) are ignored, and enter no transcript.
    Bytes execute(ByteView request);

    /// The same for a record of a session: a request in, its answer out, both sealed. A record that does not
    /// open is answered by DecryptError, and ends its session. Nothing for a session that there is not.
    std::optional<Bytes> execute_secured(ByteView record);

    State state() const { return state_; }
    Version version() const { return connection_.version; }
    const Connection& connection() const { return connection_; }
    /// The pairs of L1/L2 so far: what the next signature over measurements in the clear begins with, or in
    /// 1.2 has between the VCA and itself.
    ByteView measurement_transcript() const { return transcript_.measurements(); }
    /// Null where there is no such session.
    const Session* session(std::uint32_t id) const;
    /// The session that was established last and still is; null where there is none.
    const Session* established() const;

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
    Answer heartbeat(const Request& in);
    Answer key_update(const Request& in);
    Answer end_session(const Request& in);
    Answer vendor_defined(const Request& in);
    Answer respond_if_ready(const Request& in);

protected:
    /// The one way from a request in the clear, also of one that came inside a record, to its answer. What
    /// stands in front of it (a filter of requests, a recorder, a responder that is wrong on purpose)
    /// overrides it.
    virtual Bytes respond(ByteView request, Session* session);

private:
    Answer answer(ByteView request, Session* session);
    /// The session that the request belongs to, when it may travel as it did.
    Result<Session*, Refusal> placed(std::uint8_t places, Session* session);
    bool lacks(std::uint32_t responder_any, std::uint32_t requester_any) const;
    bool fits(std::size_t answer_size) const;
    Refusal too_large(std::size_t answer_size) const;
    bool legal_summary(std::uint8_t type) const;
    Bytes summary(std::uint8_t type) const;
    Bytes opaque_data() const;
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
    State state_ = State::not_started;
    Connection connection_;  // version: of answers, 1.0 until CAPABILITIES
    Transcript transcript_;
    std::vector<std::unique_ptr<Session>> sessions_;  // in the order of their KEY_EXCHANGE
};

}  // namespace assay::spdm
