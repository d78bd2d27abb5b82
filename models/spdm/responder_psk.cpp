// Sessions by a pre-shared key (DSP0274): PSK_EXCHANGE, PSK_FINISH.
#include "models/spdm/responder.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::spdm {

Answer Responder::psk_exchange(const Request& in) {
    if (const auto why = no_session(Code::psk_exchange)) return *why;
    const crypto::Hash hash = hash_of(connection_.base_hash).value();
    const auto request = decode<PskExchange>(in.message, byte_order);
    if (!request || request->opaque.size() > max_opaque) return ErrorCode::invalid_request;
    const std::uint8_t summary_type = request->header.param1;
    if (!legal_summary(summary_type)) return ErrorCode::invalid_request;
    const auto selected = select_version(connection_.version, request->opaque);
    if (!selected) return ErrorCode::invalid_request;
    const Secret* key = device_.pre_shared_key(request->hint);
    if (key == nullptr) return ErrorCode::unspecified;  // as the reference where it finds no key
    const auto id = new_session_id(request->req_session_id);
    if (!id) return ErrorCode::session_limit_exceeded;

    const bool with_context = (connection_.responder_flags & cap::psk_with_context) != 0;
    PskExchangeResponse out{.layout = connection_.layout(summary_type),
                            .header = header(Code::psk_exchange_rsp),
                            .rsp_session_id = static_cast<std::uint16_t>(*id >> 16)};
    if (connection_.both(cap::hbeat)) out.header.param1 = device_.profile().heartbeat_period;
    out.summary = summary(summary_type);
    if (with_context) {
        const std::size_t own = device_.profile().psk_context;
        out.context.resize(own != 0 ? own : crypto::digest_size(hash));
    }
    out.opaque = selected_version(connection_.version, *selected);
    out.context_length = static_cast<std::uint16_t>(out.context.size());
    out.opaque_length = static_cast<std::uint16_t>(out.opaque.size());
    const std::size_t size = encode(out, byte_order).size() + crypto::digest_size(hash);
    if (!fits(size)) return too_large(size);
    device_.random().fill(out.context);
    Bytes bytes = encode(out, byte_order);

    SessionTranscript transcript{hash, transcript_.vca(), {}};
    transcript.add(in.message);
    transcript.add(bytes);
    Session& session =
        sessions_.emplace_back(connection_, Role::responder, *id, records_, std::move(transcript));
    session.heartbeat_period = out.header.param1;
    session.begin_handshake(key->bytes(), SecretKind::pre_shared);
    const Bytes mac = session.verify_data(Role::responder, session.transcript());
    session.transcript().add(mac);
    append(bytes, mac);
    if (!with_context) {  // nothing of the responder's is left to confirm: no PSK_FINISH
        session.finish();
        session.establish();
        touch(session);
    }
    return bytes;
}

Answer Responder::psk_finish(const Request& in) {
    const auto request = decode_as<PskFinish>(in.message, connection_.layout());
    if (!request) return ErrorCode::invalid_request;
    SessionTranscript transcript = in.session->transcript();
    transcript.add(in.message.first(header_size));
    if (!crypto::equal_in_constant_time(request->verify_data,
                                        in.session->verify_data(Role::requester, transcript)))
        return ErrorCode::decrypt_error;
    transcript.add(request->verify_data);
    Bytes out = encode(header(Code::psk_finish_rsp), byte_order);
    transcript.add(out);
    in.session->transcript() = std::move(transcript);
    in.session->finish();
    return out;
}

}  // namespace assay::spdm
