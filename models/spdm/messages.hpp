// SPDM messages (DSP0274) of versions 1.0 to 1.2: versions, capabilities, algorithms, certificates,
// measurements, errors. session_messages.hpp has the others. All integers little endian.
#pragma once
#include "sim/base/wire.hpp"

namespace assay::spdm {

inline constexpr auto byte_order = std::endian::little;

/// SPDMVersion (DSP0274, message header): major in the upper, minor in the lower four bits.
enum class Version : std::uint8_t { v1_0 = 0x10, v1_1 = 0x11, v1_2 = 0x12, v1_3 = 0x13 };

/// RequestResponseCode (DSP0274 1.3, tables 4 and 5). The requests of command_table.hpp are all of them.
enum class Code : std::uint8_t {
    digests = 0x01,
    certificate = 0x02,
    challenge_auth = 0x03,
    version = 0x04,
    chunk_send_ack = 0x05,
    chunk_response = 0x06,
    endpoint_info = 0x07,
    measurements = 0x60,
    capabilities = 0x61,
    algorithms = 0x63,
    key_exchange_rsp = 0x64,
    finish_rsp = 0x65,
    psk_exchange_rsp = 0x66,
    psk_finish_rsp = 0x67,
    heartbeat_ack = 0x68,
    key_update_ack = 0x69,
    encapsulated_request = 0x6A,
    encapsulated_response_ack = 0x6B,
    end_session_ack = 0x6C,
    csr = 0x6D,
    set_certificate_rsp = 0x6E,
    measurement_extension_log = 0x6F,
    key_pair_info = 0x7C,
    vendor_defined_response = 0x7E,
    error = 0x7F,
    get_digests = 0x81,
    get_certificate = 0x82,
    challenge = 0x83,
    get_version = 0x84,
    chunk_send = 0x85,
    chunk_get = 0x86,
    get_endpoint_info = 0x87,
    get_measurements = 0xE0,
    get_capabilities = 0xE1,
    negotiate_algorithms = 0xE3,
    key_exchange = 0xE4,
    finish = 0xE5,
    psk_exchange = 0xE6,
    psk_finish = 0xE7,
    heartbeat = 0xE8,
    key_update = 0xE9,
    get_encapsulated_request = 0xEA,
    deliver_encapsulated_response = 0xEB,
    end_session = 0xEC,
    get_csr = 0xED,
    set_certificate = 0xEE,
    get_measurement_extension_log = 0xEF,
    get_key_pair_info = 0xFC,
    vendor_defined_request = 0xFE,
    respond_if_ready = 0xFF,
};

/// Param1 of ERROR (DSP0274, ERROR response message).
enum class ErrorCode : std::uint8_t {
    invalid_request = 0x01,
    busy = 0x03,
    unexpected_request = 0x04,
    unspecified = 0x05,
    decrypt_error = 0x06,
    unsupported_request = 0x07,  // Param2 is the request code
    request_in_flight = 0x08,
    invalid_response_code = 0x09,
    session_limit_exceeded = 0x0A,
    session_required = 0x0B,  // 1.2
    reset_required = 0x0C,
    response_too_large = 0x0D,  // 1.2; extended data: the size of the answer, u32
    request_too_large = 0x0E,
    large_response = 0x0F,  // 1.2; extended data: the handle, u8
    message_lost = 0x10,
    invalid_policy = 0x11,  // 1.3
    version_mismatch = 0x41,
    response_not_ready = 0x42,
    request_resynch = 0x43,
    operation_failed = 0x44,  // 1.3
    no_pending_requests = 0x45,
    vendor_defined = 0xFF,
};
std::string_view name(ErrorCode code);

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
inline constexpr std::size_t header_size = 4;

/// RequesterContext, which an answer echoes, is of 1.3.
constexpr std::size_t context_size(const Header& header) { return header.version >= 0x13 ? 8 : 0; }

/// VERSION. An entry is major << 12 | minor << 8 | update << 4 | alpha.
struct VersionResponse {
    Header header{};
    std::uint8_t reserved = 0;
    List<std::uint16_t, std::uint8_t, 255> entries{};
    static constexpr auto wire() {
        using V = VersionResponse;
        return std::tuple{field("header", &V::header), field("Reserved", &V::reserved),
                          field("VersionNumberEntry", &V::entries)};
    }
};

/// What follows each digest of DIGESTS in a multi-key connection (1.3), all of a kind together: KeyPairID
/// (u8), CertificateInfo (u8), KeyUsageMask (u16).
inline constexpr std::size_t key_facts_size = 4;

/// GET_CAPABILITIES of 1.1 (that of 1.0 is a header alone) and CAPABILITIES of 1.0 and 1.1. From 1.2 on
/// TransferSizes follow.
struct Capabilities {
    Header header{};
    std::uint8_t reserved = 0;
    std::uint8_t ct_exponent = 0;
    std::uint16_t reserved2 = 0;
    std::uint32_t flags = 0;
    static constexpr auto wire() {
        using C = Capabilities;
        return std::tuple{field("header", &C::header), field("Reserved", &C::reserved),
                          field("CTExponent", &C::ct_exponent), field("Reserved2", &C::reserved2),
                          field("Flags", &C::flags)};
    }
};

/// What ends GET_CAPABILITIES and CAPABILITIES from 1.2 on: what the sender can receive.
struct TransferSizes {
    std::uint32_t data_transfer_size = 0;  // of one transfer, at least 42
    std::uint32_t max_spdm_msg_size = 0;   // the same where the sender has no CHUNK_CAP
    static constexpr auto wire() {
        return std::tuple{field("DataTransferSize", &TransferSizes::data_transfer_size),
                          field("MaxSPDMmsgSize", &TransferSizes::max_spdm_msg_size)};
    }
};
inline constexpr std::uint32_t min_data_transfer_size = 42;

/// An algorithm structure table entry of 1.1: AlgCount is the number of fixed bytes (2) in the upper, of
/// external algorithms in the lower four bits.
struct AlgStruct {
    std::uint8_t alg_type = 0;
    std::uint8_t alg_count = 0x20;
    std::uint16_t alg_supported = 0;
    Bytes alg_external{};
    static constexpr auto wire() {
        using A = AlgStruct;
        return std::tuple{field("AlgType", &A::alg_type), field("AlgCount", &A::alg_count),
                          field("AlgSupported", &A::alg_supported),
                          field("AlgExternal", &A::alg_external,
                                [](const A& a) { return std::size_t{4} * (a.alg_count & 0x0FU); })};
    }
};

/// NEGOTIATE_ALGORITHMS up to and with the external algorithms. Param1 AlgStructs follow in 1.1.
struct NegotiateAlgorithms {
    Header header{};
    std::uint16_t length = 0;
    std::uint8_t measurement_specification = 0;
    std::uint8_t other_params_support = 0;
    std::uint32_t base_asym_algo = 0;
    std::uint32_t base_hash_algo = 0;
    std::array<std::uint8_t, 12> reserved{};
    std::uint8_t ext_asym_count = 0;
    std::uint8_t ext_hash_count = 0;
    std::uint8_t reserved2 = 0;
    std::uint8_t mel_specification = 0;
    Bytes ext_asym{};
    Bytes ext_hash{};
    static constexpr auto wire() {
        using N = NegotiateAlgorithms;
        return std::tuple{
            field("header", &N::header),
            field("Length", &N::length),
            field("MeasurementSpecification", &N::measurement_specification),
            field("OtherParamsSupport", &N::other_params_support),
            field("BaseAsymAlgo", &N::base_asym_algo),
            field("BaseHashAlgo", &N::base_hash_algo),
            field("Reserved", &N::reserved),
            field("ExtAsymCount", &N::ext_asym_count),
            field("ExtHashCount", &N::ext_hash_count),
            field("Reserved2", &N::reserved2),
            field("MELspecification", &N::mel_specification),
            field("ExtAsym", &N::ext_asym, [](const N& n) { return std::size_t{4} * n.ext_asym_count; }),
            field("ExtHash", &N::ext_hash, [](const N& n) { return std::size_t{4} * n.ext_hash_count; })};
    }
};

/// ALGORITHMS up to and with the external algorithms. Param1 AlgStructs follow in 1.1.
struct Algorithms {
    Header header{};
    std::uint16_t length = 0;
    std::uint8_t measurement_specification_sel = 0;
    std::uint8_t other_params_selection = 0;
    std::uint32_t measurement_hash_algo = 0;
    std::uint32_t base_asym_sel = 0;
    std::uint32_t base_hash_sel = 0;
    std::array<std::uint8_t, 11> reserved{};
    std::uint8_t mel_specification_sel = 0;
    std::uint8_t ext_asym_sel_count = 0;
    std::uint8_t ext_hash_sel_count = 0;
    std::uint16_t reserved2 = 0;
    Bytes ext_asym_sel{};
    Bytes ext_hash_sel{};
    static constexpr auto wire() {
        using A = Algorithms;
        return std::tuple{field("header", &A::header),
                          field("Length", &A::length),
                          field("MeasurementSpecificationSel", &A::measurement_specification_sel),
                          field("OtherParamsSelection", &A::other_params_selection),
                          field("MeasurementHashAlgo", &A::measurement_hash_algo),
                          field("BaseAsymSel", &A::base_asym_sel),
                          field("BaseHashSel", &A::base_hash_sel),
                          field("Reserved", &A::reserved),
                          field("MELspecificationSel", &A::mel_specification_sel),
                          field("ExtAsymSelCount", &A::ext_asym_sel_count),
                          field("ExtHashSelCount", &A::ext_hash_sel_count),
                          field("Reserved2", &A::reserved2),
                          field("ExtAsymSel", &A::ext_asym_sel,
                                [](const A& a) { return std::size_t{4} * a.ext_asym_sel_count; }),
                          field("ExtHashSel", &A::ext_hash_sel,
                                [](const A& a) { return std::size_t{4} * a.ext_hash_sel_count; })};
    }
};

struct GetCertificate {
    Header header{};  // Param1: slot in bits 0 to 3
    std::uint16_t offset = 0;
    std::uint16_t length = 0;
    static constexpr auto wire() {
        using G = GetCertificate;
        return std::tuple{field("header", &G::header), field("Offset", &G::offset),
                          field("Length", &G::length)};
    }
};

struct CertificateResponse {
    Header header{};
    std::uint16_t portion_length = 0;
    std::uint16_t remainder_length = 0;
    Bytes cert_chain{};
    static constexpr auto wire() {
        using C = CertificateResponse;
        return std::tuple{
            field("header", &C::header), field("PortionLength", &C::portion_length),
            field("RemainderLength", &C::remainder_length),
            field("CertChain", &C::cert_chain, [](const C& c) { return std::size_t{c.portion_length}; })};
    }
};

inline constexpr std::size_t nonce_size = 32;
using Nonce = std::array<std::uint8_t, nonce_size>;

/// GET_MEASUREMENTS from SPDM 1.1 on with the signature bit set: 37 bytes, 45 from 1.3 on. Without
/// SlotIDParam it is that of 1.0; without the signature bit it is the header and RequesterContext.
struct GetMeasurements {
    Header header{};
    Nonce nonce{};
    std::uint8_t slot_id_param = 0;
    Bytes context{};
    static constexpr auto wire() {
        using G = GetMeasurements;
        return std::tuple{
            field("header", &G::header), field("Nonce", &G::nonce), field("SlotIDParam", &G::slot_id_param),
            field("RequesterContext", &G::context, [](const G& g) { return context_size(g.header); })};
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
    Bytes value{};
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

/// MEASUREMENTS without the signature that follows where one was asked for.
struct Measurements {
    Header header{};  // Param1: number of blocks when operation 0 was asked for
    std::uint8_t number_of_blocks = 0;
    Area<MeasurementBlock, U24, 65'535> record{};
    Nonce nonce{};
    Blob<std::uint16_t, 1024> opaque{};
    Bytes context{};
    static constexpr auto wire() {
        using M = Measurements;
        return std::tuple{
            field("header", &M::header),
            field("NumberOfBlocks", &M::number_of_blocks),
            field("MeasurementRecord", &M::record),
            field("Nonce", &M::nonce),
            field("OpaqueData", &M::opaque),
            field("RequesterContext", &M::context, [](const M& m) { return context_size(m.header); })};
    }
};

}  // namespace assay::spdm
