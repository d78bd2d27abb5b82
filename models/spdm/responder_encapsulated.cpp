// Requests of the responder (DSP0274, mutual authentication and encapsulated request flows):
// GET_ENCAPSULATED_REQUEST, DELIVER_ENCAPSULATED_RESPONSE.
#include "models/spdm/responder.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

std::uint8_t Responder::mutual_auth_requested() const {
    const Profile& profile = device_.profile();
    if (!connection_.both(cap::mut_auth) || connection_.req_base_asym == 0) return mut_auth::none;
    if (profile.mutual_auth == mut_auth::known)
        return device_.requester_chain(profile.requester_slot, connection_).empty() ? mut_auth::none
                                                                                    : mut_auth::known;
    return connection_.both(cap::encap) ? profile.mutual_auth : mut_auth::none;
}

bool Responder::asks_back() const {
    const std::uint32_t own = connection_.requester_flags;
    return device_.profile().basic_mut_auth && connection_.version >= Version::v1_1 &&
           connection_.both(cap::mut_auth) && connection_.both(cap::encap) && (own & cap::chal) != 0 &&
           (own & cap::cert) != 0 && connection_.req_base_asym != 0;
}

void Responder::ask_identity(Session& session) {
    const Profile& profile = device_.profile();
    if (session.mutual_auth == mut_auth::known) {
        auto read = read_chain(device_.requester_chain(profile.requester_slot, connection_), connection_,
                               connection_.req_base_asym);
        if (read && device_.accepts(*read)) session.requester = *std::move(read);
        return;
    }
    asking_ = EncapsulatedFlow::identity(session.id(), profile.requester_slot,
                                         session.mutual_auth == mut_auth::with_digests);
}

bool Responder::ask_key_update(std::uint32_t session_id) {
    const Session* which = session(session_id);
    if (asking_ || which == nullptr || which->state() != SessionState::established ||
        !connection_.both(cap::encap) || !connection_.both(cap::key_upd))
        return false;
    asking_ = EncapsulatedFlow::key_update(session_id);
    return true;
}

Result<Session*, Refusal> Responder::asked_session(const Request& in) {
    const Refusal nothing_asked{connection_.version >= Version::v1_3 ? ErrorCode::no_pending_requests
                                                                     : ErrorCode::unexpected_request};
    if (!asking_) return nothing_asked;
    if (!asking_->session_id()) {
        if (in.session != nullptr) return Refusal{ErrorCode::unexpected_request};
        return static_cast<Session*>(nullptr);
    }
    Session* asked = in.session;
    if (asked == nullptr) {
        const auto found = std::ranges::find(sessions_, *asking_->session_id(), &Session::id);
        if (found == sessions_.end()) return nothing_asked;
        asked = &*found;
    }
    const bool in_the_clear =
        asked->state() == SessionState::handshaking && connection_.handshake_in_the_clear();
    if (asked->id() != asking_->session_id() || in_the_clear != (in.session == nullptr))
        return Refusal{ErrorCode::unexpected_request};
    return asked;
}

Answer Responder::get_encapsulated_request(const Request& in) {
    const auto asked = asked_session(in);
    if (!asked) return asked.error();
    if (asking_->outstanding()) return ErrorCode::unexpected_request;
    if (in.message.size() != header_size) return ErrorCode::invalid_request;
    const Bytes request = asking_->next(connection_, device_.random());
    return concat({encode(header(Code::encapsulated_request, asking_->request_id()), byte_order), request});
}

Answer Responder::deliver_encapsulated_response(const Request& in) {
    const auto asked = asked_session(in);
    if (!asked) return asked.error();
    if (!asking_->outstanding()) return ErrorCode::unexpected_request;
    if (in.message.size() < 2 * header_size || in.message[2] != asking_->request_id())
        return ErrorCode::invalid_request;
    const std::uint8_t acknowledged = asking_->request_id();
    const auto fail = [&]() -> Answer {
        asking_.reset();
        return ErrorCode::invalid_response_code;
    };
    if (!asking_->take(connection_, *asked, transcript_.vca(), in.message.subspan(header_size)))
        return fail();

    Bytes more;
    std::uint8_t kind = payload::absent, next_id = 0;
    if (!asking_->done()) {
        more = asking_->next(connection_, device_.random());
        kind = payload::request;
        next_id = asking_->request_id();
    } else {
        if (asking_->blocks()) {
            auto identity = asking_->identity(connection_);
            if (!identity || !device_.accepts(*identity)) return fail();
            (*asked != nullptr ? (*asked)->requester : requester_) = *std::move(identity);
            if (*asked == nullptr) transcript_.authenticated();
            if (asking_->slot() != 0) {
                kind = payload::slot;
                more = {asking_->slot()};
            }
        }
        asking_.reset();
    }
    Bytes out = encode(header(Code::encapsulated_response_ack, next_id, kind), byte_order);
    if (connection_.version >= Version::v1_2) append(out, Bytes{acknowledged, 0, 0, 0});
    append(out, more);
    return out;
}

}  // namespace assay::spdm
