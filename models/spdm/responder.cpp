#include "models/spdm/responder.hpp"

#include "models/spdm/command_table.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

std::string_view name(State state) {
    switch (state) {
        case State::not_started: return "NotStarted";
        case State::after_version: return "AfterVersion";
        case State::after_capabilities: return "AfterCapabilities";
        case State::negotiated: return "Negotiated";
    }
    return {};
}

std::string_view name(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_request: return "InvalidRequest";
        case ErrorCode::busy: return "Busy";
        case ErrorCode::unexpected_request: return "UnexpectedRequest";
        case ErrorCode::unspecified: return "Unspecified";
        case ErrorCode::decrypt_error: return "DecryptError";
        case ErrorCode::unsupported_request: return "UnsupportedRequest";
        case ErrorCode::request_in_flight: return "RequestInFlight";
        case ErrorCode::invalid_response_code: return "InvalidResponseCode";
        case ErrorCode::session_limit_exceeded: return "SessionLimitExceeded";
        case ErrorCode::session_required: return "SessionRequired";
        case ErrorCode::reset_required: return "ResetRequired";
        case ErrorCode::response_too_large: return "ResponseTooLarge";
        case ErrorCode::request_too_large: return "RequestTooLarge";
        case ErrorCode::large_response: return "LargeResponse";
        case ErrorCode::message_lost: return "MessageLost";
        case ErrorCode::invalid_policy: return "InvalidPolicy";
        case ErrorCode::operation_failed: return "OperationFailed";
        case ErrorCode::no_pending_requests: return "NoPendingRequests";
        case ErrorCode::vendor_defined: return "VendorDefined";
        case ErrorCode::version_mismatch: return "VersionMismatch";
        case ErrorCode::response_not_ready: return "ResponseNotReady";
        case ErrorCode::request_resynch: return "RequestResynch";
    }
    return {};
}

Header Responder::header(Code code, std::uint8_t param1, std::uint8_t param2) const {
    return {static_cast<std::uint8_t>(connection_.version), code, param1, param2};
}

Bytes Responder::error(const Refusal& refusal) const {
    return concat(
        {encode(header(Code::error, static_cast<std::uint8_t>(refusal.code), refusal.data), byte_order),
         refusal.extended});
}

bool Responder::advertises(std::uint8_t version) const {
    return std::ranges::find(device_.profile().versions, Version{version}) !=
           device_.profile().versions.end();
}

bool Responder::lacks(std::uint32_t responder_any, std::uint32_t requester_any) const {
    const std::uint32_t own = flags_of(connection_.version, device_.profile().flags);
    return (responder_any != 0 && (own & responder_any) == 0) ||
           (requester_any != 0 && (connection_.requester_flags & requester_any) == 0);
}

std::size_t Responder::largest_answer() const {
    const TransferSizes& sizes = connection_.requester_sizes;
    return connection_.both(cap::chunk) ? sizes.max_spdm_msg_size : sizes.data_transfer_size;
}

bool Responder::fits(std::size_t answer_size) const { return answer_size <= largest_answer(); }

Refusal Responder::too_large(std::size_t answer_size) const {
    const auto size = store(static_cast<std::uint32_t>(answer_size), byte_order);
    return {ErrorCode::response_too_large, 0, {size.begin(), size.end()}};
}

const Session* Responder::session(std::uint32_t id) const {
    const auto found = std::ranges::find(sessions_, id, &Session::id);
    return found == sessions_.end() ? nullptr : &*found;
}

const Session* Responder::established() const {
    const auto found = std::find_if(sessions_.rbegin(), sessions_.rend(),
                                    [](const Session& s) { return s.state() == SessionState::established; });
    return found == sessions_.rend() ? nullptr : &*found;
}

void Responder::touch(Session& session) const {
    if (clock_ != nullptr) session.last_seen = clock_->now();
}

void Responder::expire() {
    if (clock_ == nullptr) return;
    const Instant now = clock_->now();
    const auto is_over = [&](const Session& session) {
        return session.state() == SessionState::established && session.heartbeat_period != 0 &&
               now - session.last_seen > std::chrono::seconds{2 * session.heartbeat_period};
    };
    for (auto over = std::ranges::find_if(sessions_, is_over); over != sessions_.end();
         over = std::ranges::find_if(sessions_, is_over))
        forget(*over);
}

Bytes Responder::execute(ByteView request) {
    expire();
    if (request.size() < header_size) return {};
    return respond(request.first(request_size(request, connection_.layout())), nullptr);
}

std::optional<Bytes> Responder::execute_secured(ByteView record) {
    expire();
    const auto id = session_id_of(record);
    const auto found = std::ranges::find_if(sessions_, [&](const Session& s) { return id && s.id() == *id; });
    if (found == sessions_.end()) return std::nullopt;
    Session& session = *found;
    Secret plain;
    const auto request = session.channel().open_into(plain, record);
    if (!request && request.error() == RecordFault::content) return std::nullopt;
    if (!request) {
        Bytes last = session.channel().seal(error(ErrorCode::decrypt_error));
        forget(session);
        return last;
    }
    touch(session);
    const ByteView message = *request;
    if (message.size() < header_size) return std::nullopt;
    Bytes out = session.channel().seal(respond(message, &session));
    if (session.ended)
        forget(session);
    else if (session.finished() && session.state() == SessionState::handshaking)
        session.establish();  // FINISH_RSP was the last under the handshake's keys
    return out;
}

void Responder::forget(const Session& session) {
    if (asking_ && asking_->session_id() == session.id()) asking_.reset();
    for (auto* transfer : {&sending_, &getting_})
        if (*transfer && (*transfer)->session_id == session.id()) transfer->reset();
    std::erase_if(sessions_, [&](const Session& s) { return &s == &session; });
}

std::optional<Refusal> Responder::in_between(const Command& row) const {
    if (asking_ && asking_->blocks() && (row.flows & flow::encapsulation) == 0)
        return ErrorCode::request_in_flight;
    if ((sending_ && (row.flows & flow::sending) == 0) || (getting_ && (row.flows & flow::getting) == 0))
        return ErrorCode::unexpected_request;
    return std::nullopt;
}

Bytes Responder::respond(ByteView request, Session* session, std::size_t around) {
    auto out = answer(request, session);
    const Command* row = find_command(Code{request[1]});
    const TranscriptRule rule = row == nullptr ? TranscriptRule{} : row->transcript;
    // Any other request ends a run of measurements, and so does an error (DSP0274, L1/L2).
    if (!rule.carries && (!out || (rule.enters & piece::measurements) == 0))
        (session != nullptr ? session->measurements : transcript_.measurements()).clear();
    if (!out) return error(out.error());
    const bool in_one =
        rule.carries || out->size() + around <= connection_.requester_sizes.data_transfer_size;
    return in_one ? *std::move(out) : in_chunks(*std::move(out), session);
}

Result<Session*, Refusal> Responder::placed(std::uint8_t places, Session* session) {
    const bool handshake_in_the_clear =
        (places & place::clear_handshake) != 0 && connection_.handshake_in_the_clear();
    if (session != nullptr) {
        const std::uint8_t here = session->state() == SessionState::established ? place::established
                                  : session->by_psk()                           ? place::psk_handshake
                                                                                : place::handshake;
        if ((places & here) == 0 || (here == place::handshake && handshake_in_the_clear))
            return Refusal{ErrorCode::unexpected_request};
        return session;
    }
    if ((places & place::clear) != 0) return static_cast<Session*>(nullptr);
    if (handshake_in_the_clear && !sessions_.empty()) {
        Session& last = sessions_.back();
        if (last.state() == SessionState::handshaking && !last.by_psk()) return &last;
        return Refusal{ErrorCode::unexpected_request};
    }
    // SessionRequired is of 1.2.
    return Refusal{connection_.version >= Version::v1_2 ? ErrorCode::session_required
                                                        : ErrorCode::unspecified};
}

Answer Responder::answer(ByteView request, Session* session) {
    const auto raw_code = request[1];
    const Command* row = find_command(Code{raw_code});
    if (row == nullptr || row->since > connection_.version)
        return Refusal{ErrorCode::unsupported_request, raw_code};

    const bool legal =
        (row->legal & bit(state_)) != 0 && (session == nullptr || placed(row->places, session));
    if (row->state_first && !legal) return Refusal{ErrorCode::unexpected_request};
    // GET_VERSION is of 1.0 whatever was negotiated; GET_CAPABILITIES picks one of the advertised versions.
    const bool version_fits = row->code == Code::get_version ? request[0] == 0x10
                              : row->code == Code::get_capabilities
                                  ? advertises(request[0])
                                  : request[0] == static_cast<std::uint8_t>(connection_.version);
    if (!version_fits) return Refusal{ErrorCode::version_mismatch};
    if (const auto why = in_between(*row)) return *why;
    if (row->run == nullptr || lacks(row->capability, row->requester_capability))
        return Refusal{row->lacking,
                       row->lacking == ErrorCode::unsupported_request ? raw_code : std::uint8_t{0}};
    if ((row->legal & bit(state_)) == 0) return Refusal{ErrorCode::unexpected_request};
    const auto belongs_to = placed(row->places, session);
    if (!belongs_to) return belongs_to.error();

    transcript_.begin(row->transcript, session != nullptr);
    auto out = (this->*row->run)({request, *belongs_to});
    if (!out) return out;
    if (!fits(out->size())) return too_large(out->size());
    if (session == nullptr) transcript_.answered(row->transcript, request, *out);
    return out;
}

Answer Responder::vendor_defined(const Request& in) {
    const auto request = decode<VendorDefined>(in.message, byte_order);
    if (!request) return ErrorCode::invalid_request;
    auto out = device_.vendor_defined(*request, in.session);
    if (!out) return Refusal{ErrorCode::unsupported_request, in.message[1]};
    out->header = header(Code::vendor_defined_response);
    return encode(*out, byte_order);
}

Answer Responder::respond_if_ready(const Request&) {
    return ErrorCode::invalid_request;  // every answer is ready at once
}

}  // namespace assay::spdm
