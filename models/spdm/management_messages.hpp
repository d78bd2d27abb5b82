// Messages by which certificates are installed, and by which a device tells more of itself (DSP0274):
// GET_CSR, SET_CERTIFICATE, GET_MEASUREMENT_EXTENSION_LOG, GET_KEY_PAIR_INFO, GET_ENDPOINT_INFO.
#pragma once
#include "models/spdm/messages.hpp"

namespace assay::spdm {

/// Param1 (1.3): KeyPairID. Param2 (1.3): certificate model in bits 0 to 2, CSRTrackingTag in bits 3 to 5,
/// Overwrite in bit 7.
struct GetCsr {
    Header header{};
    std::uint16_t info_length = 0;
    std::uint16_t opaque_length = 0;
    Bytes info{};  // CertificationRequestInfo of RFC 2986, DER; may be empty
    Bytes opaque{};
    static constexpr auto wire() {
        using G = GetCsr;
        return std::tuple{
            field("header", &G::header), field("RequesterInfoLength", &G::info_length),
            field("OpaqueDataLength", &G::opaque_length),
            field("RequesterInfo", &G::info, [](const G& g) { return std::size_t{g.info_length}; }),
            field("OpaqueData", &G::opaque, [](const G& g) { return std::size_t{g.opaque_length}; })};
    }
};

struct CsrResponse {
    Header header{};
    std::uint16_t length = 0;
    std::uint16_t reserved = 0;
    Bytes csr{};  // PKCS#10, DER
    static constexpr auto wire() {
        using C = CsrResponse;
        return std::tuple{field("header", &C::header), field("CSRLength", &C::length),
                          field("Reserved", &C::reserved),
                          field("CSRdata", &C::csr, [](const C& c) { return std::size_t{c.length}; })};
    }
};

/// Of SET_CERTIFICATE, from 1.3 on: Param1 has the model in bits 4 to 6 and Erase in bit 7, Param2 KeyPairID.
inline constexpr std::uint8_t erase_certificate = 0x80;

struct GetMeasurementLog {
    Header header{};
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    static constexpr auto wire() {
        using G = GetMeasurementLog;
        return std::tuple{field("header", &G::header), field("Offset", &G::offset),
                          field("Length", &G::length)};
    }
};

struct MeasurementLog {
    Header header{};
    std::uint32_t portion_length = 0;
    std::uint32_t remainder_length = 0;
    Bytes portion{};
    static constexpr auto wire() {
        using M = MeasurementLog;
        return std::tuple{
            field("header", &M::header), field("PortionLength", &M::portion_length),
            field("RemainderLength", &M::remainder_length),
            field("MEL", &M::portion, [](const M& m) { return std::size_t{m.portion_length}; })};
    }
};

/// The DMTF's measurement extension log: a head, then entries.
struct MeasurementLogHead {
    std::uint32_t entries = 0;
    std::uint32_t length = 0;  // of all entries, bytes
    std::array<std::uint8_t, 8> reserved{};
    static constexpr auto wire() {
        using M = MeasurementLogHead;
        return std::tuple{field("NumberOfEntries", &M::entries), field("MELEntriesLength", &M::length),
                          field("Reserved", &M::reserved)};
    }
};
struct MeasurementLogEntry {
    std::uint32_t mel_index = 0;
    std::uint8_t measurement_index = 0;
    std::array<std::uint8_t, 3> reserved{};
    std::uint8_t value_type = 0;
    std::uint16_t value_size = 0;
    Bytes value{};
    static constexpr auto wire() {
        using M = MeasurementLogEntry;
        return std::tuple{field("MELIndex", &M::mel_index),
                          field("MeasIndex", &M::measurement_index),
                          field("Reserved", &M::reserved),
                          field("DMTFSpecMeasurementValueType", &M::value_type),
                          field("DMTFSpecMeasurementValueSize", &M::value_size),
                          field("DMTFSpecMeasurementValue", &M::value,
                                [](const M& m) { return std::size_t{m.value_size}; })};
    }
};

/// What a key of a device is for.
namespace key_usage {
inline constexpr std::uint16_t key_exchange = 1, challenge = 2, measurement = 4, endpoint_info = 8, all = 15;
}

struct GetKeyPairInfo {
    Header header{};
    std::uint8_t key_pair_id = 0;
    static constexpr auto wire() {
        return std::tuple{field("header", &GetKeyPairInfo::header),
                          field("KeyPairID", &GetKeyPairInfo::key_pair_id)};
    }
};

struct KeyPairInfo {
    Header header{};
    std::uint8_t total_key_pairs = 0;
    std::uint8_t key_pair_id = 0;    // from 1 on
    std::uint16_t capabilities = 0;  // what SET_KEY_PAIR_INFO may change; 0 without SET_KEY_PAIR_INFO_CAP
    std::uint16_t usage_capabilities = 0;
    std::uint16_t current_usage = 0;
    std::uint32_t asym_capabilities = 0;  // bits of AsymAlgoCapabilities: not those of BaseAsymAlgo
    std::uint32_t current_asym = 0;
    std::uint16_t public_key_length = 0;
    std::uint8_t slot_mask = 0;
    Bytes public_key_info{};  // AlgorithmIdentifier, DER
    static constexpr auto wire() {
        using K = KeyPairInfo;
        return std::tuple{field("header", &K::header),
                          field("TotalKeyPairs", &K::total_key_pairs),
                          field("KeyPairID", &K::key_pair_id),
                          field("Capabilities", &K::capabilities),
                          field("KeyUsageCapabilities", &K::usage_capabilities),
                          field("CurrentKeyUsage", &K::current_usage),
                          field("AsymAlgoCapabilities", &K::asym_capabilities),
                          field("CurrentAsymAlgo", &K::current_asym),
                          field("PublicKeyInfoLen", &K::public_key_length),
                          field("AssocCertSlotMask", &K::slot_mask),
                          field("PublicKeyInfo", &K::public_key_info,
                                [](const K& k) { return std::size_t{k.public_key_length}; })};
    }
};

/// Param1: sub code; Param2: slot. Nonce where a signature is asked for.
struct GetEndpointInfo {
    Header header{};
    std::uint8_t attributes = 0;  // bit 0: signed
    std::array<std::uint8_t, 3> reserved{};
    Bytes nonce{};
    static constexpr auto wire() {
        using G = GetEndpointInfo;
        return std::tuple{field("header", &G::header), field("RequestAttributes", &G::attributes),
                          field("Reserved", &G::reserved), field("Nonce", &G::nonce, [](const G& g) {
                              return (g.attributes & 1) != 0 ? nonce_size : std::size_t{0};
                          })};
    }
};

/// ENDPOINT_INFO without the signature that follows where one was asked for.
struct EndpointInfo {
    bool is_signed = false;  // not on the wire: as it was asked for
    Header header{};         // Param2: slot
    std::uint32_t reserved = 0;
    Bytes nonce{};
    std::uint32_t info_length = 0;
    Bytes info{};
    static constexpr auto wire() {
        using E = EndpointInfo;
        return std::tuple{
            field("header", &E::header), field("Reserved", &E::reserved),
            field("Nonce", &E::nonce, [](const E& e) { return e.is_signed ? nonce_size : std::size_t{0}; }),
            field("EPInfoLen", &E::info_length),
            field("EPInfo", &E::info, [](const E& e) { return std::size_t{e.info_length}; })};
    }
};
inline constexpr std::uint8_t device_class_identifier = 1;  // sub code of GET_ENDPOINT_INFO

}  // namespace assay::spdm
