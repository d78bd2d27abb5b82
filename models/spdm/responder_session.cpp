// Secure sessions (DSP0274): KEY_EXCHANGE, FINISH, HEARTBEAT, KEY_UPDATE, END_SESSION.
#include "models/spdm/responder.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::spdm {

std::optional<std::uint32_t> Responder::new_session_id(std::uint16_t req_session_id) const {
    for (std::size_t i = 0; i < device_.profile().max_sessions; ++i) {
        const auto own = static_cast<std::uint16_t>(0xFFFF - i);
        const bool taken =
            std::ranges::any_of(sessions_, [&](const auto& s) { return s->id() >> 16 == own; });
        if (!taken) return std::uint32_t{own} << 16 | req_session_id;
    }
    return std::nullopt;
}

std::optional<Refusal> Responder::no_session(Code request) const {
    if (!connection_.both(cap::mac))
        return Refusal{ErrorCode::invalid_request, static_cast<std::uint8_t>(request)};
    if (connection_.version >= Version::v1_2 && connection_.opaque_format != alg::opaque_format_1)
        return ErrorCode::invalid_request;
    if (!hash_of(connection_.base_hash) || !aead_of(connection_.aead) ||
        connection_.key_schedule != alg::schedule_spdm)
        return ErrorCode::invalid_request;
    return std::nullopt;
}

Answer Responder::key_exchange(const Request& in) {
    if (const auto why = no_session(Code::key_exchange)) return *why;
    const auto group = group_of(connection_.dhe);
    const crypto::Hash hash = hash_of(connection_.base_hash).value();
    if (!group) return ErrorCode::invalid_request;
    const auto request = decode_as<KeyExchange>(in.message, connection_.layout());
    if (!request) return ErrorCode::invalid_request;
    const std::uint8_t summary_type = request->header.param1, slot = request->header.param2;
    const ByteView own_chain = chain(slot);
    if (!legal_summary(summary_type) || own_chain.empty()) return ErrorCode::invalid_request;
    const auto selected = select_version(connection_.version, request->opaque.value);
    if (!selected) return ErrorCode::invalid_request;
    constexpr std::uint8_t uncompressed = 0x04;
    const auto peer = crypto::PublicKey::from_point(*group, concat({{{uncompressed}}, request->exchange}));
    if (!peer) return ErrorCode::invalid_request;  // not on the curve
    const auto id = new_session_id(request->req_session_id);
    if (!id) return ErrorCode::session_limit_exceeded;

    const bool with_mac = !connection_.handshake_in_the_clear();
    const Layout layout = connection_.layout(summary_type, with_mac);
    KeyExchangeResponse out{.layout = layout,
                            .header = header(Code::key_exchange_rsp),
                            .rsp_session_id = static_cast<std::uint16_t>(*id >> 16)};
    if (connection_.both(cap::hbeat)) out.header.param1 = device_.profile().heartbeat_period;
    out.summary = summary(summary_type);
    out.opaque.value = selected_version(connection_.version, *selected);
    const std::size_t size =
        encode(out, byte_order).size() + layout.exchange + layout.signature + (with_mac ? layout.hash : 0);
    if (!fits(size)) return too_large(size);

    const auto own = crypto::PrivateKey::generate(device_.context(), *group);
    const auto shared = own.agree(*peer);
    if (!shared) return ErrorCode::invalid_request;
    const Bytes point = own.public_key().point();
    out.exchange.assign(point.begin() + 1, point.end());
    device_.random().fill(out.random);
    Bytes bytes = encode(out, byte_order);

    SessionTranscript transcript{hash, transcript_.vca(), crypto::digest(hash, {own_chain})};
    transcript.add(in.message);
    transcript.add(bytes);
    const Bytes signature = sign(slot, signing::key_exchange_rsp, transcript.bytes());
    transcript.add(signature);
    append(bytes, signature);
    auto session =
        std::make_unique<Session>(connection_, Role::responder, *id, records_, std::move(transcript));
    session->heartbeat_period = out.header.param1;
    session->begin_handshake(shared->bytes());
    if (with_mac) {
        const Bytes mac = session->verify_data(Role::responder, session->transcript());
        session->transcript().add(mac);
        append(bytes, mac);
    }
    sessions_.push_back(std::move(session));
    return bytes;
}

Answer Responder::finish(const Request& in) {
    const bool in_the_clear = connection_.handshake_in_the_clear();
    // This responder asks nobody to authenticate: a signature is not expected.
    if ((in.message[2] & 1) != 0) return ErrorCode::invalid_request;
    const auto request = decode_as<Finish>(in.message, connection_.layout());
    if (!request) return ErrorCode::invalid_request;
    SessionTranscript transcript = in.session->transcript();
    transcript.add(in.message.first(header_size));
    if (!crypto::equal_in_constant_time(request->verify_data,
                                        in.session->verify_data(Role::requester, transcript)))
        return ErrorCode::decrypt_error;

    transcript.add(request->verify_data);
    FinishResponse out{.header = header(Code::finish_rsp)};
    transcript.add(encode(out, byte_order));
    if (in_the_clear) {
        out.verify_data = in.session->verify_data(Role::responder, transcript);
        transcript.add(out.verify_data);
    }
    in.session->transcript() = std::move(transcript);
    in.session->finish();
    if (in_the_clear) in.session->establish();
    return encode(out, byte_order);
}

Answer Responder::heartbeat(const Request& in) {
    if (in.session->heartbeat_period == 0) return ErrorCode::unexpected_request;
    if (in.message.size() != header_size) return ErrorCode::invalid_request;
    return encode(header(Code::heartbeat_ack), byte_order);
}

Answer Responder::key_update(const Request& in) {
    if (in.message.size() != header_size) return ErrorCode::invalid_request;
    SecuredChannel& channel = in.session->channel();
    const auto operation = static_cast<KeyOperation>(in.message[2]);
    switch (operation) {
        case KeyOperation::update_key:
        case KeyOperation::update_all_keys:
            if (channel.update_pending()) return ErrorCode::invalid_request;
            channel.update_receive();
            // Its acknowledgement already travels under the new key.
            if (operation == KeyOperation::update_all_keys) channel.update_send();
            break;
        case KeyOperation::verify_new_key:
            if (!channel.update_pending() || channel.under_old_key()) return ErrorCode::invalid_request;
            channel.confirm_receive();
            break;
        default: return ErrorCode::invalid_request;
    }
    return encode(header(Code::key_update_ack, in.message[2], in.message[3]), byte_order);
}

Answer Responder::end_session(const Request& in) {
    if (in.message.size() != header_size) return ErrorCode::invalid_request;
    in.session->ended = true;
    return encode(header(Code::end_session_ack), byte_order);
}

}  // namespace assay::spdm
