// The requester's side of a session by a pre-shared key (DSP0274): PSK_EXCHANGE, PSK_FINISH.
#include "models/spdm/requester.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::spdm {

Bytes Requester::psk_exchange() {
    if (context_ == nullptr || !plan_.psk)
        throw std::logic_error("requester: PSK_EXCHANGE needs a key and a context for random data");
    session_.reset();
    PskExchange out{.header = header(Code::psk_exchange, plan_.summary)};
    out.req_session_id = plan_.session_id;
    out.hint = plan_.psk_hint;
    out.context.resize(spdm::hash_size(connection_.base_hash));
    context_->random().fill(out.context);
    out.opaque = supported_versions(connection_.version, secured_versions());
    out.hint_length = static_cast<std::uint16_t>(out.hint.size());
    out.context_length = static_cast<std::uint16_t>(out.context.size());
    out.opaque_length = static_cast<std::uint16_t>(out.opaque.size());
    return encode(out, byte_order);
}

Requester::Outcome Requester::psk_exchange_rsp(ByteView response) {
    const auto hash = hash_of(connection_.base_hash);
    if (!hash || !aead_of(connection_.aead) || connection_.key_schedule == 0)
        return refuse("no algorithms for a session were selected");
    const Layout layout = connection_.layout(plan_.summary, true);
    const auto in = decode_as<PskExchangeResponse>(response, layout);
    if (!in) return refuse("PSK_EXCHANGE_RSP: " + in.error().text());
    if (in->header.param1 != 0 && !connection_.both(cap::hbeat))
        return refuse("a HeartbeatPeriod, though not both have HBEAT_CAP");
    const bool with_context = (connection_.responder_flags & cap::psk_with_context) != 0;
    if (with_context != (in->context_length != 0))
        return refuse("ResponderContext of " + std::to_string(in->context_length) +
                      " bytes, which PSK_CAP does not allow");
    const auto selected = read_selected_version(connection_.version, in->opaque);
    if (!selected || std::ranges::find(secured_versions(), *selected) == secured_versions().end())
        return refuse("no version of secured messages that was offered");

    SessionTranscript transcript{*hash, transcript_.vca(), {}};
    transcript.add(request_);
    transcript.add(response.first(response.size() - layout.hash));
    const std::uint32_t id = std::uint32_t{in->rsp_session_id} << 16 | plan_.session_id;
    Session& session =
        session_.emplace(connection_, Role::requester, id, plan_.records, std::move(transcript));
    session.heartbeat_period = in->header.param1;
    session.begin_handshake(plan_.psk->bytes(), SecretKind::pre_shared);
    if (!crypto::equal_in_constant_time(in->verify_data,
                                        session.verify_data(Role::responder, session.transcript())))
        return refuse("ResponderVerifyData is wrong");
    session.transcript().add(in->verify_data);
    summary_ = in->summary;
    if (!with_context) {
        session.finish();
        session.establish();
    }
    return Nothing{};
}

bool Requester::psk_unfinished() const { return session_ && session_->state() == SessionState::handshaking; }

Bytes Requester::psk_finish() {
    PskFinish out{.layout = connection_.layout(), .header = header(Code::psk_finish)};
    SessionTranscript& transcript = session_->transcript();
    transcript.add(encode(out.header, byte_order));
    out.verify_data = session_->verify_data(Role::requester, transcript);
    transcript.add(out.verify_data);
    return encode(out, byte_order);
}

Requester::Outcome Requester::psk_finish_rsp(ByteView response) {
    if (response.size() != header_size) return refuse("PSK_FINISH_RSP has 4 bytes");
    session_->transcript().add(response);
    session_->finish();
    session_->establish();
    return Nothing{};
}

}  // namespace assay::spdm
