// The requester's side of a secure session (DSP0274): KEY_EXCHANGE, FINISH, what travels inside, its end.
#include "models/spdm/requester.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::spdm {
const std::vector<std::uint16_t>& Requester::secured_versions() const {
    static const std::vector<std::uint16_t> own{secured_1_0, secured_1_1, secured_1_2};
    return own;
}

Bytes Requester::key_exchange() {
    if (context_ == nullptr) throw std::logic_error("requester: a session needs a context for its key pair");
    session_.reset();
    KeyExchange out{.header = header(Code::key_exchange, plan_.summary, plan_.slot)};
    out.req_session_id = plan_.session_id;
    context_->random().fill(out.random);
    // What the responder could not select (ALGORITHMS says 0) it cannot take, either: it refuses.
    if (exchange_size(connection_.dhe) != 0) {
        exchange_key_ = plan_.exchange_key ? ExchangeKey::from_scalar(*context_, connection_.dhe,
                                                                      plan_.exchange_key->bytes())
                                           : ExchangeKey::generate(*context_, connection_.dhe);
        if (!exchange_key_) throw std::logic_error("requester: that is no private key of the group");
        out.exchange = exchange_key_->exchange_data();
    }
    out.opaque.value = supported_versions(connection_.version, secured_versions());
    return encode(out, byte_order);
}

Requester::Outcome Requester::key_exchange_rsp(ByteView response) {
    const auto hash = hash_of(connection_.base_hash);
    if (!hash || !exchange_key_ || !aead_of(connection_.aead) || connection_.key_schedule == 0)
        return refuse("no algorithms for a session were selected");
    const bool with_mac = !connection_.handshake_in_the_clear();
    const Layout layout = connection_.layout(plan_.summary, with_mac);
    const auto in = decode_as<KeyExchangeResponse>(response, layout);
    if (!in) return refuse("KEY_EXCHANGE_RSP: " + in.error().text());
    if (const auto why = wrong_mutual_auth(*in); !why.empty()) return refuse(why);
    if (in->header.param1 != 0 && !connection_.both(cap::hbeat))
        return refuse("a HeartbeatPeriod, though not both have HBEAT_CAP");
    const auto selected = read_selected_version(connection_.version, in->opaque.value);
    if (!selected || std::ranges::find(secured_versions(), *selected) == secured_versions().end())
        return refuse("no version of secured messages that was offered");

    const ByteView digests = connection_.multi_key_responder ? transcript_.first_digests() : ByteView{};
    SessionTranscript transcript{*hash, concat({transcript_.vca(), digests}), digest_};
    transcript.add(request_);
    transcript.add(response.first(response.size() - layout.signature - (with_mac ? layout.hash : 0)));
    if (!signed_by_leaf(signing::key_exchange_rsp, transcript.bytes(), in->signature))
        return refuse("the signature is not by the leaf key");
    transcript.add(in->signature);
    const auto shared = exchange_key_->agree(in->exchange);
    exchange_key_.reset();
    if (!shared) return refuse("ExchangeData is not of the group");
    const std::uint32_t id = std::uint32_t{in->rsp_session_id} << 16 | plan_.session_id;
    session_.emplace(connection_, Role::requester, id, plan_.records, std::move(transcript));
    session_->heartbeat_period = in->header.param1;
    session_->mutual_auth = in->mut_auth_requested;
    own_slot_ = in->req_slot_id_param & 0x0F;
    asked_.clear();
    if (in->mut_auth_requested == mut_auth::with_digests) {  // the request that nobody sends
        asked_ = encode(header(Code::get_digests), byte_order);
        asked_id_ = 0;
    }
    session_->begin_handshake(shared->bytes());
    if (with_mac) {
        const Bytes expected = session_->verify_data(Role::responder, session_->transcript());
        if (!crypto::equal_in_constant_time(in->verify_data, expected))
            return refuse("ResponderVerifyData is wrong");
        session_->transcript().add(in->verify_data);
    }
    summary_ = in->summary;
    return Nothing{};
}

std::string Requester::wrong_mutual_auth(const KeyExchangeResponse& in) const {
    const std::uint8_t value = in.mut_auth_requested;
    if (value == mut_auth::none) return {};
    if (!connection_.both(cap::mut_auth) || plan_.identity == nullptr || connection_.req_base_asym == 0)
        return "mutual authentication, which was not offered";
    if (value != mut_auth::known && value != mut_auth::encapsulated && value != mut_auth::with_digests)
        return "MutAuthRequested " + std::to_string(value);
    if (value != mut_auth::known && !connection_.both(cap::encap))
        return "encapsulated requests, though not both have ENCAP_CAP";
    return {};
}

Bytes Requester::finish() {
    const bool is_signed = session_->mutual_auth != mut_auth::none;
    Finish out{.layout = connection_.layout(),
               .header = header(Code::finish, is_signed ? 1 : 0, is_signed ? own_slot_ : std::uint8_t{0})};
    SessionTranscript& transcript = session_->transcript();
    transcript.add(session_->requester_digests);
    if (is_signed)
        transcript.add(crypto::digest(session_->schedule().hash(),
                                      {plan_.identity->certificate_chain(own_slot_, connection_)}));
    transcript.add(encode(out.header, byte_order));
    if (is_signed)
        out.signature = plan_.identity->sign(own_slot_, connection_, signing::finish,
                                             signed_message(connection_.version, session_->schedule().hash(),
                                                            signing::finish, transcript.bytes()));
    transcript.add(out.signature);
    out.verify_data = session_->verify_data(Role::requester, transcript);
    transcript.add(out.verify_data);
    return encode(out, byte_order);
}

Requester::Outcome Requester::finish_rsp(ByteView response) {
    const bool in_the_clear = connection_.handshake_in_the_clear();
    const auto in = decode_as<FinishResponse>(response, connection_.layout(0, in_the_clear));
    if (!in) return refuse("FINISH_RSP: " + in.error().text());
    SessionTranscript& transcript = session_->transcript();
    transcript.add(response.first(header_size));
    if (in_the_clear) {
        if (!crypto::equal_in_constant_time(in->verify_data,
                                            session_->verify_data(Role::responder, transcript)))
            return refuse("ResponderVerifyData is wrong");
        transcript.add(in->verify_data);
    }
    session_->finish();
    session_->establish();
    return Nothing{};
}

Bytes Requester::message() {
    Bytes out = std::move(messages_.front());
    messages_.erase(messages_.begin());
    if (out.size() < header_size) out.resize(header_size);
    return out;
}

Requester::Outcome Requester::any(ByteView response) {
    answer_.assign(response.begin(), response.end());
    // An unsigned measurement that was asked for this way is covered by the next signature, too.
    const bool measured = request_[1] == static_cast<std::uint8_t>(Code::get_measurements);
    if (measured && response[1] == static_cast<std::uint8_t>(Code::measurements) && (request_[2] & 1) == 0)
        append(pairs(), concat({request_, response}));
    else
        pairs().clear();
    return Nothing{};
}

Requester::Outcome Requester::echoed(ByteView response) const {
    if (response.size() != header_size) return refuse("an acknowledgement has 4 bytes");
    if (response[2] != request_[2] || response[3] != request_[3])
        return refuse("operation and tag are not echoed");
    return Nothing{};
}

Bytes Requester::heartbeat() { return encode(header(Code::heartbeat), byte_order); }

Requester::Outcome Requester::heartbeat_ack(ByteView response) {
    if (response.size() != header_size) return refuse("an acknowledgement has 4 bytes");
    return Nothing{};
}

Bytes Requester::update_key() {
    return encode(header(Code::key_update, static_cast<std::uint8_t>(KeyOperation::update_key), ++tag_),
                  byte_order);
}

Requester::Outcome Requester::key_updated(ByteView response) {
    if (auto outcome = echoed(response); !outcome) return outcome;
    session_->channel().update_send();
    return Nothing{};
}

Bytes Requester::update_all_keys() {
    return encode(header(Code::key_update, static_cast<std::uint8_t>(KeyOperation::update_all_keys), ++tag_),
                  byte_order);
}

Requester::Outcome Requester::all_keys_updated(ByteView response) {
    if (auto outcome = echoed(response); !outcome) return outcome;
    if (session_->channel().under_old_key()) return refuse("the answer is not under the new key");
    session_->channel().confirm_receive();
    session_->channel().update_send();
    return Nothing{};
}

Bytes Requester::verify_key() {
    return encode(header(Code::key_update, static_cast<std::uint8_t>(KeyOperation::verify_new_key), ++tag_),
                  byte_order);
}

Requester::Outcome Requester::key_verified(ByteView response) { return echoed(response); }

Bytes Requester::end_session() { return encode(header(Code::end_session), byte_order); }

Requester::Outcome Requester::session_ended(ByteView response) {
    if (response.size() != header_size) return refuse("an acknowledgement has 4 bytes");
    session_->ended = true;
    return Nothing{};
}

}  // namespace assay::spdm
