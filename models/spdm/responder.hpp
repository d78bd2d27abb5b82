// An SPDM responder (DSP0274) of versions 1.0 and 1.1: connection state and requests, free of transports.
#pragma once
#include "models/spdm/device.hpp"
#include "sim/base/result.hpp"

namespace assay::spdm {

enum class State : std::uint8_t { not_started, after_version, after_capabilities, negotiated };
std::string_view name(State state);

/// One connection. `device` must outlive it.
class Responder {
public:
    explicit Responder(Device& device) : device_(device) {}

    /// Runs one whole request and returns the whole answer. Any bytes are allowed: what is not a legal
    /// request is answered with ERROR, and what is shorter than a header with nothing. Bytes after a message
    /// (transports pad) are ignored, and enter no transcript.
    Bytes execute(ByteView request);

    State state() const { return state_; }
    Version version() const { return version_; }
    /// L1/L2 so far: what the next signature over measurements begins with (1.0, 1.1: no VCA in front).
    ByteView measurement_transcript() const { return measurement_transcript_; }

    // The requests. Each validates, then changes state, then answers.
    Result<Bytes, ErrorCode> get_version(ByteView message);
    Result<Bytes, ErrorCode> get_capabilities(ByteView message);
    Result<Bytes, ErrorCode> negotiate_algorithms(ByteView message);
    Result<Bytes, ErrorCode> get_digests(ByteView message);
    Result<Bytes, ErrorCode> get_certificate(ByteView message);
    Result<Bytes, ErrorCode> get_measurements(ByteView message);
    Result<Bytes, ErrorCode> respond_if_ready(ByteView message);

private:
    struct Refusal {
        ErrorCode code;
        std::uint8_t data = 0;
    };
    Result<Bytes, Refusal> answer(ByteView request);
    Header header(Code code, std::uint8_t param1 = 0, std::uint8_t param2 = 0) const;
    Bytes error(Refusal refusal) const;
    bool advertises(std::uint8_t version) const;

    Device& device_;
    State state_ = State::not_started;
    Version version_ = Version::v1_0;  // of answers: 1.0 until CAPABILITIES
    std::uint32_t base_asym_ = 0;
    std::uint32_t base_hash_ = 0;
    Bytes measurement_transcript_;
};

}  // namespace assay::spdm
