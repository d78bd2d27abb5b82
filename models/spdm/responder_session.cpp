// Secure sessions (DSP0274): KEY_EXCHANGE, FINISH, HEARTBEAT, KEY_UPDATE, END_SESSION.
#include "models/spdm/exchange_key.hpp"
#include "models/spdm/responder.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::spdm {

std::optional<std::uint32_t> Responder::new_session_id(std::uint16_t req_session_id) const {
    for (std::size_t i = 0; i < device_.profile().max_sessions; ++i) {
        const auto own = static_cast<std::uint16_t>(0xFFFF - i);
        const bool taken = std::ranges::any_of(sessions_, [&](const auto& s) { return s.id() >> 16 == own; });
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
    const crypto::Hash hash = hash_of(connection_.base_hash).value();
    if (exchange_size(connection_.dhe) == 0) return ErrorCode::invalid_request;
    const auto request = decode_as<KeyExchange>(in.message, connection_.layout());
    if (!request) return ErrorCode::invalid_request;
    const std::uint8_t summary_type = request->header.param1, slot = request->header.param2;
    const ByteView own_chain = chain(slot);
    if (!legal_summary(summary_type) || own_chain.empty() || !may_sign(slot, key_usage::key_exchange))
        return ErrorCode::invalid_request;
    const auto selected = select_version(connection_.version, request->opaque.value);
    if (!selected) return ErrorCode::invalid_request;
    const auto id = new_session_id(request->req_session_id);
    if (!id) return ErrorCode::session_limit_exceeded;
    const std::uint8_t mutual = mutual_auth_requested();
    if (mutual == mut_auth::none && device_.profile().mutual_auth_mandatory)
        return connection_.version >= Version::v1_3 ? ErrorCode::invalid_policy : ErrorCode::unspecified;

    const bool with_mac = !connection_.handshake_in_the_clear();
    const Layout layout = connection_.layout(summary_type, with_mac);
    KeyExchangeResponse out{.layout = layout,
                            .header = header(Code::key_exchange_rsp),
                            .rsp_session_id = static_cast<std::uint16_t>(*id >> 16)};
    if (connection_.both(cap::hbeat)) out.header.param1 = device_.profile().heartbeat_period;
    out.mut_auth_requested = mutual;
    // In the other flows the last acknowledgement names the slot.
    if (mutual == mut_auth::known) out.req_slot_id_param = device_.profile().requester_slot;
    out.summary = summary(summary_type);
    out.opaque.value = selected_version(connection_.version, *selected);
    const std::size_t size =
        encode(out, byte_order).size() + layout.exchange + layout.signature + (with_mac ? layout.hash : 0);
    if (!fits(size)) return too_large(size);

    const auto own = ExchangeKey::generate(device_.context(), connection_.dhe);
    const auto shared = own ? own->agree(request->exchange) : std::nullopt;
    if (!shared) return ErrorCode::invalid_request;  // what came is not of the group
    out.exchange = own->exchange_data();
    device_.random().fill(out.random);
    Bytes bytes = encode(out, byte_order);

    const ByteView digests = connection_.multi_key_responder ? transcript_.first_digests() : ByteView{};
    SessionTranscript transcript{hash, concat({transcript_.vca(), digests}),
                                 crypto::digest(hash, {own_chain})};
    transcript.add(in.message);
    transcript.add(bytes);
    const Bytes signature = sign(slot, signing::key_exchange_rsp, transcript.bytes());
    transcript.add(signature);
    append(bytes, signature);
    Session& session =
        sessions_.emplace_back(connection_, Role::responder, *id, records_, std::move(transcript));
    session.heartbeat_period = out.header.param1;
    session.begin_handshake(shared->bytes());
    if (with_mac) {
        const Bytes mac = session.verify_data(Role::responder, session.transcript());
        session.transcript().add(mac);
        append(bytes, mac);
    }
    session.mutual_auth = mutual;
    if (mutual != mut_auth::none) ask_identity(session);
    return bytes;
}

Answer Responder::finish(const Request& in) {
    const bool in_the_clear = connection_.handshake_in_the_clear();
    const bool is_signed = (in.message[2] & 1) != 0;
    const Profile& profile = device_.profile();
    if (is_signed != (in.session->mutual_auth != mut_auth::none) ||
        (is_signed && in.message[3] != profile.requester_slot))
        return ErrorCode::invalid_request;
    const auto request = decode_as<Finish>(in.message, connection_.layout());
    if (!request) return ErrorCode::invalid_request;
    SessionTranscript transcript = in.session->transcript();
    if (is_signed) {
        if (!in.session->requester) return ErrorCode::unspecified;  // it has not said who it is
        transcript.add(in.session->requester_digests);
        transcript.add(in.session->requester->chain_digest);
    }
    transcript.add(in.message.first(header_size));
    if (is_signed && !in.session->requester->has_signed(connection_, signing::finish, transcript.bytes(),
                                                        request->signature))
        return ErrorCode::decrypt_error;
    transcript.add(request->signature);
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
    if (in_the_clear) {
        in.session->establish();
        touch(*in.session);
    }
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
