// What a responder asks of its requester, from the requester's side (DSP0274): GET_ENCAPSULATED_REQUEST,
// DELIVER_ENCAPSULATED_RESPONSE, and the answers inside.
#include "models/spdm/management_messages.hpp"
#include "models/spdm/requester.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

bool Requester::asks_for_request() const {
    return session_ && (session_->state() == SessionState::established ||
                        session_->mutual_auth == mut_auth::encapsulated);
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
            return inside.empty() ? Outcome{Nothing{}} : refuse("a payload that is not told");
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
            return Nothing{};
        default: return refuse("payload type " + std::to_string(response[3]));
    }
}

Bytes Requester::answer_to(ByteView asked) {
    struct Known {
        Code request;
        Bytes (Requester::*answer)(ByteView asked);
    };
    static constexpr std::array known{Known{Code::get_digests, &Requester::own_digests},
                                      Known{Code::get_certificate, &Requester::own_certificate},
                                      Known{Code::key_update, &Requester::own_key_updated}};
    if (asked[0] != static_cast<std::uint8_t>(connection_.version))
        return own_error(ErrorCode::version_mismatch);
    const auto row = std::ranges::find(known, Code{asked[1]}, &Known::request);
    if (row == known.end()) return own_error(ErrorCode::unsupported_request, asked[1]);
    return (this->*row->answer)(asked);
}

Bytes Requester::own_error(ErrorCode code, std::uint8_t data) const {
    return encode(header(Code::error, static_cast<std::uint8_t>(code), data), byte_order);
}

Bytes Requester::own_digests(ByteView asked) {
    if (plan_.identity == nullptr) return own_error(ErrorCode::unsupported_request, asked[1]);
    constexpr std::uint8_t slots = 8;
    const crypto::Hash hash = hash_of(connection_.base_hash).value();
    Bytes digests, ids, models, usages;
    unsigned mask = 0;
    for (std::uint8_t slot = 0; slot < slots; ++slot) {
        const ByteView chain = plan_.identity->certificate_chain(slot, connection_);
        if (chain.empty()) continue;
        mask |= 1U << slot;
        append(digests, crypto::digest(hash, {chain}));
        ids.push_back(static_cast<std::uint8_t>(slot + 1));
        models.push_back(1);
        append(usages, store(key_usage::all, byte_order));
    }
    const auto provisioned = static_cast<std::uint8_t>(mask);
    const bool is_1_3 = connection_.version >= Version::v1_3;
    Bytes out = concat(
        {encode(header(Code::digests, is_1_3 ? provisioned : std::uint8_t{0}, provisioned), byte_order),
         digests});
    if (connection_.multi_key_requester) {
        append(out, concat({ids, models, usages}));
        session_->requester_digests = out;
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

Bytes Requester::own_key_updated(ByteView asked) {
    SecuredChannel& channel = session_->channel();
    if (session_->state() != SessionState::established || !connection_.both(cap::key_upd))
        return own_error(ErrorCode::unexpected_request);
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
