#include "models/spdm/responder.hpp"

#include <bit>

#include "models/spdm/command_table.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {
namespace {

constexpr std::uint8_t slots = 8;

/// One `T` at the front of `message`.
template <class T>
std::optional<T> front(ByteView message) {
    Reader in{message, byte_order};
    T out;
    if (!in.get(out)) return std::nullopt;
    return out;
}

}  // namespace

std::string_view name(State state) {
    switch (state) {
        case State::not_started: return "NotStarted";
        case State::after_version: return "AfterVersion";
        case State::after_capabilities: return "AfterCapabilities";
        case State::negotiated: return "Negotiated";
    }
    return {};
}

std::string_view name(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_request: return "InvalidRequest";
        case ErrorCode::busy: return "Busy";
        case ErrorCode::unexpected_request: return "UnexpectedRequest";
        case ErrorCode::unspecified: return "Unspecified";
        case ErrorCode::decrypt_error: return "DecryptError";
        case ErrorCode::unsupported_request: return "UnsupportedRequest";
        case ErrorCode::request_in_flight: return "RequestInFlight";
        case ErrorCode::invalid_response_code: return "InvalidResponseCode";
        case ErrorCode::session_limit_exceeded: return "SessionLimitExceeded";
        case ErrorCode::session_required: return "SessionRequired";
        case ErrorCode::reset_required: return "ResetRequired";
        case ErrorCode::response_too_large: return "ResponseTooLarge";
        case ErrorCode::request_too_large: return "RequestTooLarge";
        case ErrorCode::large_response: return "LargeResponse";
        case ErrorCode::version_mismatch: return "VersionMismatch";
        case ErrorCode::response_not_ready: return "ResponseNotReady";
        case ErrorCode::request_resynch: return "RequestResynch";
    }
    return {};
}

Header Responder::header(Code code, std::uint8_t param1, std::uint8_t param2) const {
    return {static_cast<std::uint8_t>(version_), code, param1, param2};
}

Bytes Responder::error(Refusal refusal) const {
    return encode(header(Code::error, static_cast<std::uint8_t>(refusal.code), refusal.data), byte_order);
}

bool Responder::advertises(std::uint8_t version) const {
    return std::ranges::find(device_.profile().versions, Version{version}) !=
           device_.profile().versions.end();
}

Bytes Responder::execute(ByteView request) {
    if (request.size() < header_size) return {};
    const auto out = answer(request);
    const bool measured = request[1] == static_cast<std::uint8_t>(Code::get_measurements);
    // Any other request ends a run of measurements, and so does an error (DSP0274, L1/L2).
    if (!out || !measured) measurement_transcript_.clear();
    return out ? *out : error(out.error());
}

Result<Bytes, Responder::Refusal> Responder::answer(ByteView request) {
    const auto in = *front<Header>(request);
    const auto raw_code = static_cast<std::uint8_t>(in.code);
    const Command* row = find_command(in.code);
    if (row == nullptr || row->since > version_) return Refusal{ErrorCode::unsupported_request, raw_code};

    const bool legal = (row->legal & bit(state_)) != 0;
    if (row->state_first && !legal) return Refusal{ErrorCode::unexpected_request};
    // GET_VERSION is of 1.0 whatever was negotiated; GET_CAPABILITIES picks one of the advertised versions.
    const bool version_fits = row->code == Code::get_version        ? in.version == 0x10
                              : row->code == Code::get_capabilities ? advertises(in.version)
                                                                    : in.version == std::uint8_t(version_);
    if (row->code == Code::get_version && version_fits) version_ = Version::v1_0;
    if (!version_fits) return Refusal{ErrorCode::version_mismatch};
    if (row->run == nullptr || (row->capability != 0 && (device_.profile().flags & row->capability) == 0))
        return Refusal{ErrorCode::unsupported_request, raw_code};
    if (!legal) return Refusal{ErrorCode::unexpected_request};

    auto out = (this->*row->run)(request);
    if (!out) return Refusal{out.error()};
    return *std::move(out);
}

Result<Bytes, ErrorCode> Responder::get_version(ByteView) {
    state_ = State::after_version;
    version_ = Version::v1_0;
    base_asym_ = base_hash_ = 0;
    VersionResponse out{.header = header(Code::version)};
    for (const Version version : device_.profile().versions)
        out.entries.items.push_back(static_cast<std::uint16_t>(static_cast<unsigned>(version) << 8));
    return encode(out, byte_order);
}

Result<Bytes, ErrorCode> Responder::get_capabilities(ByteView message) {
    const auto version = static_cast<Version>(message[0]);
    if (version >= Version::v1_1) {
        const auto in = front<Capabilities>(message);
        if (!in || in->ct_exponent > 31 || !legal_requester_flags(version, in->flags))
            return ErrorCode::invalid_request;
    }
    version_ = version;
    state_ = State::after_capabilities;
    return encode(Capabilities{.header = header(Code::capabilities),
                               .ct_exponent = device_.profile().ct_exponent,
                               .flags = device_.profile().flags},
                  byte_order);
}

Result<Bytes, ErrorCode> Responder::get_digests(ByteView) {
    std::uint8_t mask = 0;
    Bytes digests;
    for (std::uint8_t slot = 0; slot < slots; ++slot) {
        const ByteView chain = device_.certificate_chain(slot);
        if (chain.empty()) continue;
        mask = static_cast<std::uint8_t>(mask | 1U << slot);
        append(digests, device_.digest(base_hash_, chain));
    }
    return concat({encode(header(Code::digests, 0, mask), byte_order), digests});
}

Result<Bytes, ErrorCode> Responder::get_certificate(ByteView message) {
    const auto in = front<GetCertificate>(message);
    if (!in) return ErrorCode::invalid_request;
    const auto slot = static_cast<std::uint8_t>(in->header.param1 & 0x0F);
    if (slot >= slots) return ErrorCode::invalid_request;
    const ByteView chain = device_.certificate_chain(slot);
    if (in->offset >= chain.size()) return ErrorCode::invalid_request;
    const ByteView rest = chain.subspan(in->offset);
    const std::size_t portion =
        std::min({std::size_t{in->length}, rest.size(), device_.profile().max_portion});
    CertificateResponse out{.header = header(Code::certificate, slot)};
    out.portion_length = static_cast<std::uint16_t>(portion);
    out.remainder_length = static_cast<std::uint16_t>(rest.size() - portion);
    out.cert_chain.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(portion));
    return encode(out, byte_order);
}

Result<Bytes, ErrorCode> Responder::get_measurements(ByteView message) {
    const bool is_signed = (message[2] & 0x01) != 0;
    const std::uint8_t operation = message[3];
    std::uint8_t slot = 0;
    std::size_t size = header_size;
    if (is_signed) {
        size += nonce_size + (version_ >= Version::v1_1 ? 1 : 0);
        if ((device_.profile().flags & cap::meas_sig) == 0 || message.size() < size)
            return ErrorCode::invalid_request;
        if (version_ >= Version::v1_1) slot = message[size - 1] & 0x0F;
        if (slot >= slots || device_.certificate_chain(slot).empty()) return ErrorCode::invalid_request;
    }

    Measurements out{.header = header(Code::measurements, 0, slot)};
    const auto& blocks = device_.measurements();
    if (operation == 0) out.header.param1 = static_cast<std::uint8_t>(blocks.size());
    for (const MeasurementBlock& block : blocks)
        if (operation == 0xFF || (operation != 0 && block.index == operation))
            out.record.items.push_back(block);
    if (operation != 0 && out.record.items.empty()) return ErrorCode::invalid_request;
    out.number_of_blocks = static_cast<std::uint8_t>(out.record.items.size());
    device_.random().fill(out.nonce);
    out.opaque.value = device_.opaque_data();

    Bytes answer = encode(out, byte_order);
    append(measurement_transcript_, message.first(size));
    append(measurement_transcript_, answer);
    if (is_signed) {
        append(answer, device_.sign(slot, base_hash_, measurement_transcript_));
        measurement_transcript_.clear();
    }
    return answer;
}

Result<Bytes, ErrorCode> Responder::respond_if_ready(ByteView) {
    return ErrorCode::invalid_request;  // every answer is ready at once
}

}  // namespace assay::spdm
