// Who the responder is, and what runs in it, as a requester judges it (DSP0274): DIGESTS, CERTIFICATE,
// CHALLENGE_AUTH, MEASUREMENTS.
#include <bit>

#include "models/spdm/requester.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

Bytes Requester::get_digests() { return encode(header(Code::get_digests), byte_order); }

Requester::Outcome Requester::digests(ByteView response) {
    const std::uint8_t mask = response[3];
    const std::size_t size = spdm::hash_size(connection_.base_hash);
    if ((mask >> plan_.slot & 1) == 0) return refuse("slot " + std::to_string(plan_.slot) + " is empty");
    if (response.size() != header_size + size * static_cast<unsigned>(std::popcount(mask)))
        return refuse("digests do not fit the slot mask");
    const auto before =
        static_cast<unsigned>(std::popcount(static_cast<unsigned>(mask & ((1U << plan_.slot) - 1U))));
    const ByteView digest = response.subspan(header_size + size * before, size);
    digest_.assign(digest.begin(), digest.end());
    chain_.clear();
    chain_size_ = 0;
    return Nothing{};
}

Bytes Requester::get_certificate() {
    return encode(GetCertificate{header(Code::get_certificate, plan_.slot),
                                 static_cast<std::uint16_t>(chain_.size()), plan_.portion},
                  byte_order);
}

Requester::Outcome Requester::certificate(ByteView response) {
    const auto in = decode<CertificateResponse>(response, byte_order);
    if (!in) return refuse("CERTIFICATE is cut off");
    if ((in->header.param1 & 0x0F) != plan_.slot) return refuse("another slot");
    if (in->portion_length == 0 || in->portion_length > plan_.portion)
        return refuse("PortionLength " + std::to_string(in->portion_length));
    const std::size_t total = chain_.size() + in->portion_length + in->remainder_length;
    if (total > 0xFFFF || (chain_size_ != 0 && total != chain_size_))
        return refuse("portions and remainders do not add up");
    chain_size_ = total;
    append(chain_, in->cert_chain);
    return more_certificate() ? Outcome{Nothing{}} : chain_complete();
}

bool Requester::more_certificate() const { return chain_.size() < chain_size_; }

Requester::Outcome Requester::chain_complete() {
    const crypto::Hash hash = hash_of(connection_.base_hash).value();
    const std::size_t prefix = 4 + crypto::digest_size(hash);
    if (chain_.size() <= prefix || load<std::uint16_t>(chain_, byte_order) != chain_.size())
        return refuse("the chain's Length does not fit");
    if (crypto::digest(hash, {chain_}) != digest_) return refuse("the chain is not the one of DIGESTS");
    auto certificates = crypto::certificates_from_der(ByteView{chain_}.subspan(prefix));
    if (!certificates) return refuse("certificates: " + certificates.error().what);
    if (certificates->empty()) return refuse("no certificates");
    const auto& root = certificates->front();
    if (root.self_issued() &&
        !equal(crypto::digest(hash, {root.der()}), ByteView{chain_}.subspan(4, prefix - 4)))
        return refuse("RootHash is not of the first certificate");
    std::vector<crypto::Certificate> leaf_first{certificates->rbegin(), certificates->rend()};
    const auto linked =
        crypto::verify_chain(leaf_first, {.at = {}, .length = {}, .roots = {root}, .known_critical = {}});
    if (!linked) return refuse("certificates: " + linked.error().what);
    if (connection_.base_asym != 0 &&
        certificates->back().public_key().type() != key_type_of(connection_.base_asym))
        return refuse("the leaf key is not of the selected algorithm");
    certificates_ = *std::move(certificates);
    return Nothing{};
}

Bytes Requester::challenge() {
    return encode(Challenge{.header = header(Code::challenge, plan_.slot, plan_.summary),
                            .nonce = plan_.challenge_nonce},
                  byte_order);
}

Requester::Outcome Requester::challenge_auth(ByteView response) {
    const Layout layout = connection_.layout(plan_.summary);
    const auto in = decode_as<ChallengeAuth>(response, layout);
    if (!in) return refuse("CHALLENGE_AUTH: " + in.error().text());
    if ((in->header.param1 & 0x0F) != plan_.slot) return refuse("another slot");
    if ((in->header.param1 & 0x80) != 0) return refuse("basic mutual authentication, which was not offered");
    if ((in->header.param2 >> plan_.slot & 1) == 0) return refuse("the slot is not in the mask");
    if (in->cert_chain_hash != digest_) return refuse("CertChainHash is not of the chain");
    const Bytes transcript = concat({transcript_.vca(), transcript_.certificates(), request_,
                                     response.first(response.size() - layout.signature)});
    if (!signed_by_leaf(signing::challenge_auth, transcript, in->signature))
        return refuse("the signature is not by the leaf key");
    summary_ = in->summary;
    transcript_.authenticated();
    return Nothing{};
}

Bytes Requester::get_measurements() {
    const GetMeasurements out{header(Code::get_measurements, 1, plan_.operation), plan_.nonce, plan_.slot};
    Bytes bytes = encode(out, byte_order);
    if (connection_.version < Version::v1_1) bytes.pop_back();  // 1.0 has no SlotIDParam
    return bytes;
}

Requester::Outcome Requester::measurements(ByteView response) {
    const std::size_t signature_size = spdm::signature_size(connection_.base_asym);
    if (signature_size == 0 || response.size() <= signature_size) return refuse("MEASUREMENTS is cut off");
    const ByteView unsigned_part = response.first(response.size() - signature_size);
    const auto in = decode<Measurements>(unsigned_part, byte_order);
    if (!in) return refuse("MEASUREMENTS is cut off, or its lengths do not add up");
    if ((in->header.param2 & 0x0F) != plan_.slot) return refuse("another slot");
    if (in->number_of_blocks != in->record.items.size())
        return refuse("NumberOfBlocks is not the number of blocks");
    for (const MeasurementBlock& block : in->record.items)
        if (block.measurement_size != block.value_size + 3)
            return refuse("block " + std::to_string(block.index) + ": sizes do not fit");
    append(pairs(), concat({request_, unsigned_part}));
    const Bytes transcript = l1_l2(connection_.version, transcript_.vca(), pairs());
    pairs().clear();
    report_.clear();
    if (!signed_by_leaf(signing::measurements, transcript, response.last(signature_size)))
        return refuse("the signature is not by the leaf key");
    report_ = concat({request_, response});
    return Nothing{};
}

}  // namespace assay::spdm
