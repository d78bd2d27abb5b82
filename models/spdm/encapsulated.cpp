#include "models/spdm/encapsulated.hpp"

#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {
namespace {

constexpr std::uint16_t all_there_is = 0xFFFF;  // Length of GET_CERTIFICATE

Code answer_code(EncapsulatedFlow::Ask ask) {
    switch (ask) {
        case EncapsulatedFlow::Ask::digests: return Code::digests;
        case EncapsulatedFlow::Ask::certificate: return Code::certificate;
        case EncapsulatedFlow::Ask::challenge: return Code::challenge_auth;
        case EncapsulatedFlow::Ask::update_key:
        case EncapsulatedFlow::Ask::verify_key: return Code::key_update_ack;
    }
    return Code::error;
}

std::uint8_t operation_of(EncapsulatedFlow::Ask ask) {
    return static_cast<std::uint8_t>(ask == EncapsulatedFlow::Ask::update_key ? KeyOperation::update_key
                                                                              : KeyOperation::verify_new_key);
}

}  // namespace

EncapsulatedFlow EncapsulatedFlow::identity(std::uint32_t session_id, std::uint8_t slot, bool implicit) {
    EncapsulatedFlow out{session_id, {Ask::digests, Ask::certificate}, true};
    out.slot_ = slot;
    out.outstanding_ = implicit;
    return out;
}

EncapsulatedFlow EncapsulatedFlow::basic(std::uint8_t slot) {
    EncapsulatedFlow out{{}, {Ask::digests, Ask::certificate, Ask::challenge}, true};
    out.slot_ = slot;
    return out;
}

EncapsulatedFlow EncapsulatedFlow::key_update(std::uint32_t session_id) {
    return {session_id, {Ask::update_key, Ask::verify_key}, false};
}

Bytes EncapsulatedFlow::next(const Connection& connection, Random& random) {
    outstanding_ = true;
    ++request_id_;
    Bytes out = request(connection, random);
    append(messages_, out);
    return out;
}

Bytes EncapsulatedFlow::request(const Connection& connection, Random& random) {
    const auto version = static_cast<std::uint8_t>(connection.version);
    switch (const Ask ask = left_.front()) {
        case Ask::digests: break;
        case Ask::certificate:
            return encode(GetCertificate{{version, Code::get_certificate, slot_, 0},
                                         static_cast<std::uint16_t>(chain_.chain().size()),
                                         all_there_is},
                          byte_order);
        case Ask::challenge: {
            Challenge out{.header = {version, Code::challenge, slot_, 0}};  // no summary: nothing is measured
            random.fill(out.nonce);
            out.context.resize(context_size(out.header));
            return encode(out, byte_order);
        }
        case Ask::update_key:
        case Ask::verify_key:
            return encode(Header{version, Code::key_update, operation_of(ask), ++tag_}, byte_order);
    }
    return encode(Header{version, Code::get_digests, 0, 0}, byte_order);
}

bool EncapsulatedFlow::take_digests(const Connection& connection, Session* session, ByteView answer) {
    // From 1.3 on a requester says which slots it has at all.
    if (connection.version >= Version::v1_3 && answer[2] == 0) return false;
    const std::size_t hash = hash_size(connection.base_hash);
    auto digest = digest_in(answer, slot_, hash, connection.multi_key_requester ? key_facts_size : 0);
    if (!digest) return false;
    if (session != nullptr && connection.multi_key_requester)
        session->requester_digests.assign(answer.begin(), answer.end());
    digest_ = *std::move(digest);
    return true;
}

bool EncapsulatedFlow::take_challenge_auth(const Connection& connection, ByteView vca,
                                           ByteView answer) const {
    const Layout layout{.hash = hash_size(connection.base_hash),
                        .signature = signature_size(connection.req_base_asym)};
    const auto in = decode_as<ChallengeAuth>(answer, layout);
    const auto identity = this->identity(connection);
    if (!in || !identity || (in->header.param1 & 0x0F) != slot_ || (in->header.param2 >> slot_ & 1) == 0 ||
        in->cert_chain_hash != identity->chain_digest || in->context != Bytes(in->context.size()))
        return false;
    const Bytes messages = concat({messages_, answer.first(answer.size() - layout.signature)});
    return identity->has_signed(connection, signing::requester_challenge_auth,
                                requester_m1_m2(connection.version, vca, messages), in->signature);
}

bool EncapsulatedFlow::take(const Connection& connection, Session* session, ByteView vca, ByteView answer) {
    outstanding_ = false;
    const Ask ask = left_.front();
    if (answer.size() < header_size || answer[0] != static_cast<std::uint8_t>(connection.version) ||
        answer[1] != static_cast<std::uint8_t>(answer_code(ask)))
        return false;
    switch (ask) {
        case Ask::digests:
            if (!take_digests(connection, session, answer)) return false;
            break;
        case Ask::certificate: {
            const auto portion = decode<CertificateResponse>(answer, byte_order);
            if (!portion || !chain_.take(*portion, slot_, all_there_is).empty()) return false;
            break;
        }
        case Ask::challenge:
            if (!take_challenge_auth(connection, vca, answer)) return false;
            break;
        case Ask::update_key:
        case Ask::verify_key:
            if (answer.size() != header_size || answer[2] != operation_of(ask) || answer[3] != tag_)
                return false;
            if (ask == Ask::update_key) session->channel().update_send();
            break;
    }
    append(messages_, answer);
    if (ask == Ask::certificate && chain_.more()) return true;
    left_.erase(left_.begin());
    return true;
}

std::optional<PeerIdentity> EncapsulatedFlow::identity(const Connection& connection) const {
    auto read = read_chain(chain_.chain(), connection, connection.req_base_asym);
    if (!read || read->chain_digest != digest_) return std::nullopt;
    return *std::move(read);
}

}  // namespace assay::spdm
