// What a responder asks of its requester, from the requester's side (DSP0274): GET_ENCAPSULATED_REQUEST,
// DELIVER_ENCAPSULATED_RESPONSE, and the answers inside.
#include "models/spdm/management_messages.hpp"
#include "models/spdm/requester.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

bool Requester::asks_for_request() const {
    return challenged_back_ || (session_ && (session_->state() == SessionState::established ||
                                             session_->mutual_auth == mut_auth::encapsulated));
}

bool Requester::can_be_challenged() const {
    const std::uint32_t own = connection_.requester_flags;
    return connection_.version >= Version::v1_1 && connection_.both(cap::mut_auth) &&
           connection_.both(cap::encap) && (own & cap::chal) != 0 && (own & cap::cert) != 0 &&
           connection_.req_base_asym != 0 && plan_.identity != nullptr && context_ != nullptr;
}

Bytes Requester::get_encapsulated() { return encode(header(Code::get_encapsulated_request), byte_order); }

Requester::Outcome Requester::encapsulated_request(ByteView response) {
    if (response.size() < 2 * header_size) return refuse("no request inside");
    asked_id_ = response[2];
    asked_.assign(response.begin() + header_size, response.end());
    return Nothing{};
}

Bytes Requester::deliver() {
    return concat(
        {encode(header(Code::deliver_encapsulated_response, asked_id_), byte_order), answer_to(asked_)});
}

Requester::Outcome Requester::delivered(ByteView response) {
    asked_.clear();
    const std::size_t head = ack_size(connection_.version);
    if (response.size() < head) return refuse("ENCAPSULATED_RESPONSE_ACK is cut off");
    if (head > header_size && response[header_size] != asked_id_)
        return refuse("another RequestID is acknowledged");
    const ByteView inside = response.subspan(head);
    switch (response[3]) {
        case payload::absent:
            if (!inside.empty()) return refuse("a payload that is not told");
            all_told();
            return Nothing{};
        case payload::request:
            if (inside.size() < header_size) return refuse("no request inside");
            asked_id_ = response[2];
            asked_.assign(inside.begin(), inside.end());
            return Nothing{};
        case payload::slot:
            if (inside.size() != 1 || plan_.identity == nullptr ||
                plan_.identity->certificate_chain(inside[0] & 0x0F, connection_).empty())
                return refuse("a slot that this requester does not have");
            own_slot_ = inside[0] & 0x0F;
            all_told();
            return Nothing{};
        default: return refuse("payload type " + std::to_string(response[3]));
    }
}

void Requester::all_told() {
    if (std::exchange(challenged_back_, false)) transcript_.authenticated();
}

Bytes Requester::answer_to(ByteView asked) {
    struct Known {
        Code request;
        Bytes (Requester::*answer)(ByteView asked);
    };
    static constexpr std::array known{Known{Code::get_digests, &Requester::own_digests},
                                      Known{Code::get_certificate, &Requester::own_certificate},
                                      Known{Code::challenge, &Requester::own_challenge_auth},
                                      Known{Code::key_update, &Requester::own_key_updated}};
    if (asked[0] != static_cast<std::uint8_t>(connection_.version))
        return own_error(ErrorCode::version_mismatch);
    const auto row = std::ranges::find(known, Code{asked[1]}, &Known::request);
    if (row == known.end()) return own_error(ErrorCode::unsupported_request, asked[1]);
    Bytes out = (this->*row->answer)(asked);
    if (challenged_back_) append(own_messages_, concat({asked, out}));
    return out;
}

Bytes Requester::own_error(ErrorCode code, std::uint8_t data) const {
    return encode(header(Code::error, static_cast<std::uint8_t>(code), data), byte_order);
}

std::uint8_t Requester::own_slot_mask() const {
    unsigned mask = 0;
    for (std::uint8_t slot = 0; slot < own_slots; ++slot)
        if (!plan_.identity->certificate_chain(slot, connection_).empty()) mask |= 1U << slot;
    return static_cast<std::uint8_t>(mask);
}

Bytes Requester::own_digests(ByteView asked) {
    if (plan_.identity == nullptr) return own_error(ErrorCode::unsupported_request, asked[1]);
    const crypto::Hash hash = hash_of(connection_.base_hash).value();
    const std::uint8_t provisioned = own_slot_mask();
    Bytes digests, ids, models, usages;
    for (std::uint8_t slot = 0; slot < own_slots; ++slot) {
        if ((provisioned >> slot & 1U) == 0) continue;
        append(digests, crypto::digest(hash, {plan_.identity->certificate_chain(slot, connection_)}));
        ids.push_back(static_cast<std::uint8_t>(slot + 1));
        models.push_back(1);
        append(usages, store(key_usage::all, byte_order));
    }
    const bool is_1_3 = connection_.version >= Version::v1_3;
    Bytes out = concat(
        {encode(header(Code::digests, is_1_3 ? provisioned : std::uint8_t{0}, provisioned), byte_order),
         digests});
    if (connection_.multi_key_requester) {
        append(out, concat({ids, models, usages}));
        if (session_) session_->requester_digests = out;
    }
    return out;
}

Bytes Requester::own_certificate(ByteView asked) {
    if (plan_.identity == nullptr) return own_error(ErrorCode::unsupported_request, asked[1]);
    const auto request = decode<GetCertificate>(asked, byte_order);
    if (!request) return own_error(ErrorCode::invalid_request);
    const auto slot = static_cast<std::uint8_t>(request->header.param1 & 0x0F);
    const ByteView chain = plan_.identity->certificate_chain(slot, connection_);
    if (request->offset >= chain.size()) return own_error(ErrorCode::invalid_request);
    // DELIVER_ENCAPSULATED_RESPONSE goes around it.
    CertificateResponse out =
        portion_of(chain, *request, connection_.responder_sizes.data_transfer_size - 2 * header_size - 4);
    out.header = header(Code::certificate, slot);
    return encode(out, byte_order);
}

Bytes Requester::own_challenge_auth(ByteView asked) {
    if (!challenged_back_) return own_error(ErrorCode::unexpected_request);
    const auto request = decode<Challenge>(asked, byte_order);
    if (!request || request->header.param1 >= own_slots || request->header.param2 != 0)
        return own_error(ErrorCode::invalid_request);  // there is nothing here to be summed up
    const std::uint8_t slot = request->header.param1;
    const ByteView chain = plan_.identity->certificate_chain(slot, connection_);
    if (chain.empty()) return own_error(ErrorCode::invalid_request);
    const crypto::Hash hash = hash_of(connection_.base_hash).value();
    ChallengeAuth out{.layout = {.hash = crypto::digest_size(hash)},
                      .header = header(Code::challenge_auth, slot, own_slot_mask()),
                      .cert_chain_hash = crypto::digest(hash, {chain}),
                      .context = request->context};
    context_->random().fill(out.nonce);
    Bytes bytes = encode(out, byte_order);
    constexpr std::string_view purpose = signing::requester_challenge_auth;
    const Bytes transcript =
        requester_m1_m2(connection_.version, transcript_.vca(), concat({own_messages_, asked, bytes}));
    append(bytes, plan_.identity->sign(slot, connection_, purpose,
                                       signed_message(connection_.version, hash, purpose, transcript)));
    return bytes;
}

Bytes Requester::own_key_updated(ByteView asked) {
    if (!session_ || session_->state() != SessionState::established || !connection_.both(cap::key_upd))
        return own_error(ErrorCode::unexpected_request);
    SecuredChannel& channel = session_->channel();
    if (asked.size() != header_size) return own_error(ErrorCode::invalid_request);
    switch (static_cast<KeyOperation>(asked[2])) {
        case KeyOperation::update_key:
            if (channel.update_pending()) return own_error(ErrorCode::invalid_request);
            channel.update_receive();
            break;
        case KeyOperation::verify_new_key:
            if (!channel.update_pending() || channel.under_old_key())
                return own_error(ErrorCode::invalid_request);
            channel.confirm_receive();
            break;
        default: return own_error(ErrorCode::invalid_request);
    }
    return encode(header(Code::key_update_ack, asked[2], asked[3]), byte_order);
}

}  // namespace assay::spdm
