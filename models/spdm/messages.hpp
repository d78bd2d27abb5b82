// SPDM messages (DSP0274), as far as evidence needs them; all integers little endian.
#pragma once
#include "sim/base/wire.hpp"

namespace assay::spdm {

inline constexpr auto byte_order = std::endian::little;

/// SPDMVersion (DSP0274, message header): major in the upper, minor in the lower four bits.
enum class Version : std::uint8_t { v1_0 = 0x10, v1_1 = 0x11, v1_2 = 0x12, v1_3 = 0x13 };

/// RequestResponseCode (DSP0274 1.3, tables 4 and 5).
enum class Code : std::uint8_t {
    digests = 0x01,
    certificate = 0x02,
    challenge_auth = 0x03,
    version = 0x04,
    measurements = 0x60,
    capabilities = 0x61,
    algorithms = 0x63,
    error = 0x7F,
    get_digests = 0x81,
    get_certificate = 0x82,
    challenge = 0x83,
    get_version = 0x84,
    get_measurements = 0xE0,
    get_capabilities = 0xE1,
    negotiate_algorithms = 0xE3,
};

/// The four bytes that begin every message.
struct Header {
    std::uint8_t version = 0;  // raw: a wrong one is answered, not refused by the codec
    Code code{};
    std::uint8_t param1 = 0;
    std::uint8_t param2 = 0;
    static constexpr auto wire() {
        return std::tuple{field("SPDMVersion", &Header::version), field("RequestResponseCode", &Header::code),
                          field("Param1", &Header::param1), field("Param2", &Header::param2)};
    }
};

inline constexpr std::size_t nonce_size = 32;
using Nonce = std::array<std::uint8_t, nonce_size>;

/// GET_MEASUREMENTS of SPDM 1.1 and 1.2 with the signature bit set: 37 bytes.
struct GetMeasurements {
    Header header{};
    Nonce nonce{};
    std::uint8_t slot_id_param = 0;
    static constexpr auto wire() {
        return std::tuple{field("header", &GetMeasurements::header), field("Nonce", &GetMeasurements::nonce),
                          field("SlotIDParam", &GetMeasurements::slot_id_param)};
    }
};

/// One measurement block in the DMTF form: MeasurementSize = 3 + DMTFSpecMeasurementValueSize. The codec
/// takes the value by its own size; whoever judges compares both.
struct MeasurementBlock {
    std::uint8_t index = 0;
    std::uint8_t measurement_specification = 0;
    std::uint16_t measurement_size = 0;
    std::uint8_t value_type = 0;
    std::uint16_t value_size = 0;
    Bytes value;
    static constexpr auto wire() {
        using B = MeasurementBlock;
        return std::tuple{field("Index", &B::index),
                          field("MeasurementSpecification", &B::measurement_specification),
                          field("MeasurementSize", &B::measurement_size),
                          field("DMTFSpecMeasurementValueType", &B::value_type),
                          field("DMTFSpecMeasurementValueSize", &B::value_size),
                          field("DMTFSpecMeasurementValue", &B::value,
                                [](const B& b) { return std::size_t{b.value_size}; })};
    }
};

}  // namespace assay::spdm
