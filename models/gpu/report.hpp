// The attestation report of NVIDIA GPUs and NVSwitches: an SPDM 1.1 GET_MEASUREMENTS request, then its signed
// MEASUREMENTS response (DSP0274 1.1), whose opaque data are type-length-value fields.
#pragma once
#include "models/spdm/messages.hpp"
#include "sim/base/reader.hpp"

namespace assay::gpu {

inline constexpr auto byte_order = spdm::byte_order;
inline constexpr std::size_t digest_size = 48;     // SHA-384
inline constexpr std::size_t signature_size = 96;  // ECDSA P-384, r || s
inline constexpr std::size_t measurement_slots = 64;

/// What the evidence is of. The opaque fields 22 to 27 and 32 to 36 differ between GPU and switch.
enum class DeviceKind : std::uint8_t { gpu, nvswitch };

/// DataType of an opaque field. Names are NVIDIA's.
enum class OpaqueType : std::uint16_t {
    cert_issuer_name = 1,
    cert_authority_key_identifier = 2,
    driver_version = 3,
    gpu_info = 4,
    sku = 5,
    vbios_version = 6,
    manufacturer_id = 7,
    tamper_detection = 8,
    smc = 9,
    vpr = 10,
    nvdec0_status = 11,
    msrscnt = 12,
    cprinfo = 13,
    board_id = 14,
    chip_sku = 15,
    chip_sku_mod = 16,
    project = 17,
    project_sku = 18,
    project_sku_mod = 19,
    fwid = 20,
    protected_pcie_status = 21,
    switch_pdi = 22,  // DEVICE_PDI of a switch
    floorswept_ports = 23,
    position_id = 24,
    lock_switch_status = 25,
    switch_gpu_pdis = 26,
    switch_ports = 27,
    gpu_link_conn = 32,
    sys_enable_status = 33,
    opaque_data_version = 34,
    chip_info = 35,
    feature_flag = 36,
};
/// NVIDIA's name for the field; `RESERVED_28` and the like for the rest.
std::string name(OpaqueType type, DeviceKind kind);

struct OpaqueField {
    OpaqueType type{};
    std::uint16_t size = 0;
    Bytes data;
    static constexpr auto wire() {
        using F = OpaqueField;
        return std::tuple{field("DataType", &F::type), field("DataSize", &F::size),
                          field("Data", &F::data, [](const F& f) { return std::size_t{f.size}; })};
    }
};

/// MEASUREMENTS without its signature.
struct MeasurementsResponse {
    spdm::Header header{};
    std::uint8_t number_of_blocks = 0;
    Area<spdm::MeasurementBlock, U24, 16'384> record;
    spdm::Nonce nonce{};  // the responder's: never the freshness nonce
    Area<OpaqueField, std::uint16_t, 8'192> opaque;
    static constexpr auto wire() {
        using R = MeasurementsResponse;
        return std::tuple{field("header", &R::header), field("NumberOfBlocks", &R::number_of_blocks),
                          field("MeasurementRecord", &R::record), field("Nonce", &R::nonce),
                          field("OpaqueData", &R::opaque)};
    }
};

struct Report {
    spdm::GetMeasurements request;
    MeasurementsResponse response;
    std::array<std::uint8_t, signature_size> signature{};
    static constexpr auto wire() {
        return std::tuple{field("GET_MEASUREMENTS", &Report::request),
                          field("MEASUREMENTS", &Report::response), field("Signature", &Report::signature)};
    }

    /// The field of that type. Null when there is none; parse_report refuses a second one.
    const OpaqueField* find(OpaqueType type) const;
    /// The block of that Index (1 to 64), or null.
    const spdm::MeasurementBlock* block(std::size_t index) const;
};

/// Where a report is wrong, and by which rule.
struct ReportError {
    enum class Kind : std::uint8_t {
        length,                 // too short to be one, or longer than max_report_size
        request,                // GET_MEASUREMENTS: version, code, no signature asked for
        response,               // MEASUREMENTS: version, code, parameters, counts, framing
        trailing,               // bytes after the signature
        measurement,            // a block: framing, specification, sizes
        measurement_index,      // an Index that does not exist: 0, or above 64
        measurement_order,      // blocks out of ascending order
        measurement_duplicate,  // a second block with the same Index
        measurement_type,       // DMTFSpecMeasurementValueType
        opaque,                 // framing of the opaque data
        opaque_duplicate,       // a second field of one type
        opaque_type,            // a DataType that the device kind does not have
        opaque_value,           // a field that cannot be right: sizes of fixed fields, text that is none
        opaque_version,         // OPAQUE_DATA_VERSION above the known 1
    };
    Kind kind{};
    std::string path;
    std::size_t offset = 0;
    std::string what;  // what was found and what was expected
    std::string text() const;
};
std::string_view name(ReportError::Kind kind);

inline constexpr std::size_t min_report_size = 37 + 8 + 32 + 2 + signature_size;
inline constexpr std::size_t max_report_size = 32'768;

/// Strict: one request and one response fill `bytes`; every rule of ReportError::Kind holds. Says nothing
/// about the signature. Blocks come in ascending order of Index, 1 to 64, specification 1, value type 1, 48
/// bytes.
Result<Report, ReportError> parse_report(ByteView bytes, DeviceKind kind);

/// The bytes that the signature covers: all but the last 96. `bytes` has more than that.
ByteView signed_part(ByteView bytes);

/// A report from a file: raw, or one line of hexadecimal, or base64, as they are found in the wild.
std::optional<Bytes> report_from_text(ByteView file);

/// Versions as their reference manifests spell them. GPU: eight bytes, binary: `009f009601000000` is
/// "96.00.9F.00.01". Switch: ASCII. Nothing when the field has another form.
std::optional<std::string> vbios_version(const OpaqueField& field, DeviceKind kind);
Bytes vbios_field(std::string_view version);  // the inverse for GPUs; std::logic_error for other texts
/// Text of a field that is ASCII, padded or ended by NUL; nothing for other bytes.
std::optional<std::string> ascii(const OpaqueField& field);

/// The 8-byte identifiers of SWITCH_PDI, DEVICE_PDI and SWITCH_GPU_PDIS, as they stand on the wire, zero ones
/// included. SWITCH_GPU_PDIS has eight; the 64 bytes after them say which GPU each port leads to.
std::vector<Bytes> device_identifiers(const OpaqueField& field);

}  // namespace assay::gpu
