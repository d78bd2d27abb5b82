// Who the responder is, and what runs in it (DSP0274): GET_DIGESTS, GET_CERTIFICATE, CHALLENGE,
// GET_MEASUREMENTS.
#include "models/spdm/responder.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {
namespace {

constexpr std::uint8_t request_signature = 0x01, request_raw = 0x02;  // Param1 of GET_MEASUREMENTS
constexpr std::uint8_t raw_value_bit = 0x80;                          // DMTFSpecMeasurementValueType
constexpr std::uint8_t content_unchanged = 0x20;                      // Param2 of MEASUREMENTS, from 1.2 on
constexpr std::uint8_t summary_tcb = 1, summary_all = 0xFF;

}  // namespace

ByteView Responder::chain(std::uint8_t slot) const {
    return slot < slots ? device_.certificate_chain(slot, connection_) : ByteView{};
}

std::uint8_t Responder::slot_mask() const {
    unsigned mask = 0;
    for (std::uint8_t slot = 0; slot < slots; ++slot)
        if (!chain(slot).empty()) mask |= 1U << slot;
    return static_cast<std::uint8_t>(mask);
}

bool Responder::legal_summary(std::uint8_t type) const {
    if (type == 0) return true;
    return (type == summary_tcb || type == summary_all) && (connection_.responder_flags & cap::meas) != 0;
}

Bytes Responder::summary(std::uint8_t type) const {
    if (type == 0) return {};
    Bytes blocks;
    for (const MeasurementBlock& block : device_.measurements())
        if (type == summary_all || device_.in_tcb(block)) append(blocks, encode(block, byte_order));
    const crypto::Hash hash = hash_of(connection_.base_hash).value();
    // All zeros where nothing of that kind is measured (DSP0274, CHALLENGE_AUTH).
    return blocks.empty() ? Bytes(crypto::digest_size(hash)) : crypto::digest(hash, {blocks});
}

Bytes Responder::opaque_data() const {
    const bool no_format = connection_.version >= Version::v1_2 && connection_.opaque_format == 0;
    return no_format ? Bytes{} : device_.opaque_data(connection_);
}

Bytes Responder::sign(std::uint8_t slot, std::string_view context, ByteView transcript) {
    return device_.sign(
        slot, connection_, context,
        signed_message(connection_.version, hash_of(connection_.base_hash).value(), context, transcript));
}

bool Responder::may_sign(std::uint8_t slot, std::uint16_t usage) const {
    return !connection_.multi_key_responder || (device_.slot_facts(slot, connection_).key_usage & usage) != 0;
}

Bytes Responder::key_facts() const {
    Bytes ids, models, usages;
    for (std::uint8_t slot = 0; slot < slots; ++slot) {
        if (chain(slot).empty()) continue;
        const SlotFacts facts = device_.slot_facts(slot, connection_);
        ids.push_back(facts.key_pair_id);
        models.push_back(facts.model);
        append(usages, store(facts.key_usage, byte_order));
    }
    return concat({ids, models, usages});
}

Answer Responder::get_digests(const Request&) {
    const std::uint8_t supported =
        connection_.version >= Version::v1_3 ? device_.profile().supported_slots : std::uint8_t{0};
    Bytes out = encode(header(Code::digests, supported, slot_mask()), byte_order);
    for (std::uint8_t slot = 0; slot < slots; ++slot)
        if (const ByteView one = chain(slot); !one.empty())
            append(out, crypto::digest(hash_of(connection_.base_hash).value(), {one}));
    if (connection_.multi_key_responder) append(out, key_facts());
    return out;
}

Answer Responder::get_certificate(const Request& in) {
    const auto request = decode<GetCertificate>(in.message, byte_order);
    if (!request) return ErrorCode::invalid_request;
    const auto slot = static_cast<std::uint8_t>(request->header.param1 & 0x0F);
    const ByteView whole = chain(slot);
    if (whole.empty()) return ErrorCode::invalid_request;
    const std::uint8_t model =
        connection_.multi_key_responder ? device_.slot_facts(slot, connection_).model : std::uint8_t{0};
    // SlotSizeRequested: no chain, but what there is of it.
    if (connection_.version >= Version::v1_3 && (request->header.param2 & 1) != 0)
        return encode(CertificateResponse{.header = header(Code::certificate, slot, model),
                                          .remainder_length = static_cast<std::uint16_t>(whole.size())},
                      byte_order);
    if (request->offset >= whole.size()) return ErrorCode::invalid_request;
    const std::size_t space = largest_answer() - header_size - 4;
    CertificateResponse out = portion_of(whole, *request, std::min(space, device_.profile().max_portion));
    out.header = header(Code::certificate, slot, model);
    return encode(out, byte_order);
}

Answer Responder::challenge(const Request& in) {
    const auto request = decode<Challenge>(in.message, byte_order);
    if (!request) return ErrorCode::invalid_request;
    const std::uint8_t slot = request->header.param1, summary_type = request->header.param2;
    const ByteView whole = chain(slot);
    if (whole.empty() || !legal_summary(summary_type) || !may_sign(slot, key_usage::challenge))
        return ErrorCode::invalid_request;

    const bool back = asks_back();
    ChallengeAuth out{.header =
                          header(Code::challenge_auth,
                                 static_cast<std::uint8_t>(slot | (back ? basic_mut_auth : 0)), slot_mask())};
    out.cert_chain_hash = crypto::digest(hash_of(connection_.base_hash).value(), {whole});
    device_.random().fill(out.nonce);
    out.summary = summary(summary_type);
    out.opaque.value = opaque_data();
    out.context = request->context;
    Bytes bytes = encode(out, byte_order);
    if (const std::size_t size = bytes.size() + signature_size(connection_.base_asym); !fits(size))
        return too_large(size);
    append(bytes, sign(slot, signing::challenge_auth,
                       concat({transcript_.vca(), transcript_.certificates(), in.message, bytes})));
    transcript_.authenticated(back);
    if (back) asking_ = EncapsulatedFlow::basic(device_.profile().requester_slot);
    return bytes;
}

MeasurementBlock Responder::as_raw(const MeasurementBlock& block) const {
    auto value = (block.value_type & raw_value_bit) == 0 ? device_.raw_value(block) : std::nullopt;
    if (!value) return block;
    MeasurementBlock out = block;
    out.value_type |= raw_value_bit;
    out.value = *std::move(value);
    out.value_size = static_cast<std::uint16_t>(out.value.size());
    out.measurement_size = static_cast<std::uint16_t>(out.value_size + 3);
    return out;
}

Answer Responder::get_measurements(const Request& in) {
    const bool is_signed = (in.message[2] & request_signature) != 0;
    const bool raw = connection_.version >= Version::v1_2 && (in.message[2] & request_raw) != 0;
    const std::uint8_t operation = in.message[3];
    const bool has_slot = is_signed && connection_.version >= Version::v1_1;
    const std::size_t fixed = header_size + (is_signed ? nonce_size : 0) + (has_slot ? 1 : 0);
    const std::size_t context = context_size(header(Code::measurements));
    if (in.message.size() < fixed + context) return ErrorCode::invalid_request;
    const std::uint8_t slot = has_slot ? in.message[fixed - 1] & 0x0F : 0;
    if (is_signed && ((connection_.responder_flags & cap::meas_sig) == 0 || chain(slot).empty() ||
                      !may_sign(slot, key_usage::measurement)))
        return ErrorCode::invalid_request;

    const auto& blocks = device_.measurements();
    Measurements out{.header = header(Code::measurements)};
    if (operation == 0) out.header.param1 = static_cast<std::uint8_t>(blocks.size());
    if (is_signed) {
        out.header.param2 = slot;
        if (connection_.version >= Version::v1_2) out.header.param2 |= content_unchanged;
    }
    for (const MeasurementBlock& block : blocks)
        if (operation == 0xFF || (operation != 0 && block.index == operation))
            out.record.items.push_back(raw ? as_raw(block) : block);
    if (operation != 0 && out.record.items.empty()) return ErrorCode::invalid_request;
    out.number_of_blocks = static_cast<std::uint8_t>(out.record.items.size());
    device_.random().fill(out.nonce);
    out.opaque.value = opaque_data();
    const ByteView echo = in.message.subspan(fixed, context);
    out.context.assign(echo.begin(), echo.end());

    Bytes bytes = encode(out, byte_order);
    if (const std::size_t size = bytes.size() + (is_signed ? signature_size(connection_.base_asym) : 0);
        !fits(size))
        return too_large(size);
    Bytes& pairs = in.session != nullptr ? in.session->measurements : transcript_.measurements();
    append(pairs, in.message);
    append(pairs, bytes);
    if (is_signed) {
        append(bytes,
               sign(slot, signing::measurements, l1_l2(connection_.version, transcript_.vca(), pairs)));
        pairs.clear();
    }
    return bytes;
}

}  // namespace assay::spdm
