// Who the responder is, and what runs in it, as a requester judges it (DSP0274): DIGESTS, CERTIFICATE,
// CHALLENGE_AUTH, MEASUREMENTS.
#include "models/spdm/requester.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

Bytes Requester::own_context() const {
    if (connection_.version < Version::v1_3) return {};
    return {plan_.context.begin(), plan_.context.end()};
}

Bytes Requester::get_digests() { return encode(header(Code::get_digests), byte_order); }

Requester::Outcome Requester::digests(ByteView response) {
    auto digest = digest_in(response, plan_.slot, spdm::hash_size(connection_.base_hash),
                            connection_.multi_key_responder ? key_facts_size : 0);
    if (!digest)
        return refuse("slot " + std::to_string(plan_.slot) +
                      " is empty, or digests do not fit the slot mask");
    digest_ = *std::move(digest);
    chain_.begin();
    return Nothing{};
}

Bytes Requester::get_certificate() {
    return encode(GetCertificate{header(Code::get_certificate, plan_.slot),
                                 static_cast<std::uint16_t>(chain_.chain().size()), plan_.portion},
                  byte_order);
}

Requester::Outcome Requester::certificate(ByteView response) {
    const auto in = decode<CertificateResponse>(response, byte_order);
    if (!in) return refuse("CERTIFICATE is cut off");
    if (const auto why = chain_.take(*in, plan_.slot, plan_.portion); !why.empty()) return refuse(why);
    return more_certificate() ? Outcome{Nothing{}} : chain_complete();
}

bool Requester::more_certificate() const { return chain_.more(); }

Requester::Outcome Requester::chain_complete() {
    auto read = read_chain(chain_.chain(), connection_, connection_.base_asym);
    if (!read) return refuse(read.error());
    if (read->chain_digest != digest_) return refuse("the chain is not the one of DIGESTS");
    responder_ = *std::move(read);
    return Nothing{};
}

Bytes Requester::challenge() {
    return encode(Challenge{.header = header(Code::challenge, plan_.slot, plan_.summary),
                            .nonce = plan_.challenge_nonce,
                            .context = own_context()},
                  byte_order);
}

Requester::Outcome Requester::challenge_auth(ByteView response) {
    const Layout layout = connection_.layout(plan_.summary);
    const auto in = decode_as<ChallengeAuth>(response, layout);
    if (!in) return refuse("CHALLENGE_AUTH: " + in.error().text());
    if ((in->header.param1 & 0x0F) != plan_.slot) return refuse("another slot");
    const bool back = (in->header.param1 & basic_mut_auth) != 0;
    if (back && !can_be_challenged()) return refuse("basic mutual authentication, which was not offered");
    if ((in->header.param2 >> plan_.slot & 1) == 0) return refuse("the slot is not in the mask");
    if (in->context != own_context()) return refuse("RequesterContext is not echoed");
    if (in->cert_chain_hash != digest_) return refuse("CertChainHash is not of the chain");
    const Bytes transcript = concat({transcript_.vca(), transcript_.certificates(), request_,
                                     response.first(response.size() - layout.signature)});
    if (!signed_by_leaf(signing::challenge_auth, transcript, in->signature))
        return refuse("the signature is not by the leaf key");
    summary_ = in->summary;
    transcript_.authenticated(back);
    challenged_back_ = back;
    own_messages_.clear();
    asked_.clear();
    return Nothing{};
}

Bytes Requester::get_measurements() {
    const auto attributes =
        static_cast<std::uint8_t>(1U | (plan_.raw && connection_.version >= Version::v1_2 ? 2U : 0U));
    const GetMeasurements out{header(Code::get_measurements, attributes, plan_.operation), plan_.nonce,
                              plan_.slot, own_context()};
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
    if (in->context != own_context()) return refuse("RequesterContext is not echoed");
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
