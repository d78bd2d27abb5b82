#include "models/spdm/requester.hpp"

#include <bit>

#include "models/spdm/command_table.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {
namespace {

/// `message` decoded as one whole `T`.
template <class T>
std::optional<T> whole(ByteView message) {
    auto out = decode<T>(message, byte_order);
    if (!out) return std::nullopt;
    return *std::move(out);
}

bool at_most_one_bit_of(std::uint32_t selection, std::uint32_t offer) {
    return std::popcount(selection) <= 1 && (selection & ~offer) == 0;
}

}  // namespace

std::span<const Requester::Step> Requester::steps() {
    using Q = Requester;
    static constexpr std::array table{
        Step{"GET_VERSION", Code::version, &Q::get_version, &Q::version, nullptr},
        Step{"GET_CAPABILITIES", Code::capabilities, &Q::get_capabilities, &Q::capabilities, nullptr},
        Step{"NEGOTIATE_ALGORITHMS", Code::algorithms, &Q::negotiate_algorithms, &Q::algorithms, nullptr},
        Step{"GET_DIGESTS", Code::digests, &Q::get_digests, &Q::digests, nullptr},
        Step{"GET_CERTIFICATE", Code::certificate, &Q::get_certificate, &Q::certificate,
             &Q::more_certificate},
        Step{"GET_MEASUREMENTS", Code::measurements, &Q::get_measurements, &Q::measurements, nullptr},
    };
    return table;
}

bool Requester::done() const { return step_ == steps().size(); }

Bytes Requester::next() const { return (this->*steps()[step_].request)(); }

Result<Nothing, RequestError> Requester::receive(ByteView response) {
    const Step& step = steps()[step_];
    const Bytes request = next();
    const ByteView message = response.first(response_size(
        request, response, {spdm::hash_size(plan_.base_hash), spdm::signature_size(plan_.base_asym)}));
    if (message.size() < header_size) return refuse("no answer");
    if (message[1] == static_cast<std::uint8_t>(Code::error)) {
        RequestError out = refuse(message_title(message));
        out.error = static_cast<ErrorCode>(message[2]);
        return out;
    }
    if (message[1] != static_cast<std::uint8_t>(step.answer))
        return refuse("answered by " + message_title(message));
    if (message[0] != static_cast<std::uint8_t>(version_))
        return refuse("SPDMVersion " + to_hex(message.first(1)));
    // The version of GET_CAPABILITIES is the one that version() picked.
    if (auto outcome = (this->*step.check)(message); !outcome) return outcome;
    if (step.again == nullptr || !(this->*step.again)()) ++step_;
    return Nothing{};
}

Header Requester::header(Code code, std::uint8_t param1, std::uint8_t param2) const {
    return {static_cast<std::uint8_t>(version_), code, param1, param2};
}

RequestError Requester::refuse(std::string what) const {
    return {std::string{steps()[step_].name}, std::move(what), {}};
}

Bytes Requester::get_version() const { return encode(header(Code::get_version), byte_order); }

Requester::Outcome Requester::version(ByteView response) {
    const auto in = whole<VersionResponse>(response);
    if (!in || in->entries.items.empty()) return refuse("VERSION without entries, or cut off");
    for (auto own = plan_.versions.rbegin(); own != plan_.versions.rend(); ++own)
        for (const std::uint16_t entry : in->entries.items)
            if (entry >> 8 == static_cast<unsigned>(*own)) {
                version_ = *own;
                return Nothing{};
            }
    return refuse("no common version");
}

Bytes Requester::get_capabilities() const {
    return version_ >= Version::v1_1
               ? encode(Capabilities{.header = header(Code::get_capabilities)}, byte_order)
               : encode(header(Code::get_capabilities), byte_order);
}

Requester::Outcome Requester::capabilities(ByteView response) {
    const auto in = whole<Capabilities>(response);
    if (!in) return refuse("CAPABILITIES is cut off");
    if (in->ct_exponent > 31) return refuse("CTExponent above 31");
    if (!legal_responder_flags(version_, in->flags)) return refuse("Flags contradict each other");
    flags_ = in->flags;
    return Nothing{};
}

Bytes Requester::negotiate_algorithms() const {
    NegotiateAlgorithms out{.header = header(Code::negotiate_algorithms)};
    out.measurement_specification = alg::measurement_specification_dmtf;
    out.base_asym_algo = plan_.base_asym;
    out.base_hash_algo = plan_.base_hash;
    out.length = static_cast<std::uint16_t>(encode(out, byte_order).size());
    return encode(out, byte_order);
}

Requester::Outcome Requester::algorithms(ByteView response) {
    const auto in = whole<Algorithms>(response);
    if (!in || in->length != response.size()) return refuse("Length does not fit");
    if (in->header.param1 != 0) return refuse("algorithm structures that were not offered");
    if (in->ext_asym_sel_count != 0 || in->ext_hash_sel_count != 0)
        return refuse("external algorithms selected");
    if (!at_most_one_bit_of(in->base_asym_sel, plan_.base_asym) ||
        !at_most_one_bit_of(in->base_hash_sel, plan_.base_hash) ||
        !at_most_one_bit_of(in->measurement_hash_algo, 0xFF))
        return refuse("a selection that was not offered, or more than one");
    if (in->base_hash_sel == 0 || ((flags_ & cap::meas_sig) != 0 && in->base_asym_sel == 0))
        return refuse("an algorithm that is needed was not selected");
    return Nothing{};
}

Bytes Requester::get_digests() const { return encode(header(Code::get_digests), byte_order); }

Requester::Outcome Requester::digests(ByteView response) {
    const std::uint8_t mask = response[3];
    const std::size_t size = spdm::hash_size(plan_.base_hash);
    if ((mask >> plan_.slot & 1) == 0) return refuse("slot " + std::to_string(plan_.slot) + " is empty");
    if (response.size() != header_size + size * static_cast<unsigned>(std::popcount(mask)))
        return refuse("digests do not fit the slot mask");
    const auto before =
        static_cast<unsigned>(std::popcount(static_cast<unsigned>(mask & ((1U << plan_.slot) - 1U))));
    const ByteView digest = response.subspan(header_size + size * before, size);
    digest_.assign(digest.begin(), digest.end());
    return Nothing{};
}

Bytes Requester::get_certificate() const {
    return encode(GetCertificate{header(Code::get_certificate, plan_.slot),
                                 static_cast<std::uint16_t>(chain_.size()), plan_.portion},
                  byte_order);
}

Requester::Outcome Requester::certificate(ByteView response) {
    const auto in = whole<CertificateResponse>(response);
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
    const crypto::Hash hash = hash_of(plan_.base_hash).value();
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
    certificates_ = *std::move(certificates);
    return Nothing{};
}

Bytes Requester::get_measurements() const {
    const GetMeasurements out{header(Code::get_measurements, 1, plan_.operation), plan_.nonce, plan_.slot};
    Bytes bytes = encode(out, byte_order);
    if (version_ < Version::v1_1) bytes.pop_back();  // 1.0 has no SlotIDParam
    return bytes;
}

Requester::Outcome Requester::measurements(ByteView response) {
    const std::size_t signature_size = spdm::signature_size(plan_.base_asym);
    if (response.size() <= signature_size) return refuse("MEASUREMENTS is cut off");
    const auto in = whole<Measurements>(response.first(response.size() - signature_size));
    if (!in) return refuse("MEASUREMENTS is cut off, or its lengths do not add up");
    if ((in->header.param2 & 0x0F) != plan_.slot) return refuse("another slot");
    if (in->number_of_blocks != in->record.items.size())
        return refuse("NumberOfBlocks is not the number of blocks");
    for (const MeasurementBlock& block : in->record.items)
        if (block.measurement_size != block.value_size + 3)
            return refuse("block " + std::to_string(block.index) + ": sizes do not fit");
    report_ = concat({next(), response});
    const ByteView covered = ByteView{report_}.first(report_.size() - signature_size);
    if (!certificates_.back().public_key().verify(crypto::SignatureScheme::ecdsa_raw,
                                                  hash_of(plan_.base_hash).value(), covered,
                                                  response.last(signature_size))) {
        report_.clear();
        return refuse("the signature is not by the leaf key");
    }
    return Nothing{};
}

}  // namespace assay::spdm
