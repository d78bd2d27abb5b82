// The attestation report: strict parsing, and the meaning of its opaque fields.
#include "models/gpu/report.hpp"

#include <algorithm>
#include <bitset>
#include <stdexcept>

#include "sim/base/writer.hpp"

namespace assay::gpu {
namespace {

using ReportFault = ReportError::Kind;

constexpr std::uint8_t spec_dmtf = 1;        // MeasurementSpecification
constexpr std::uint8_t value_type = 1;       // DMTFSpecMeasurementValueType of every block
constexpr std::size_t block_header = 7;      // of a block: all before its value
constexpr std::size_t value_header = 3;      // of a DMTF value: type and size
constexpr std::uint16_t known_version = 1;   // OPAQUE_DATA_VERSION
constexpr std::size_t identifier_size = 8;   // a PDI
constexpr std::size_t gpus_of_a_switch = 8;  // PDIs in SWITCH_GPU_PDIS

enum class Content : std::uint8_t { any, bytes, text };

/// What is known of a field: both names, and what its bytes can be.
struct OpaqueRow {
    OpaqueType type;
    std::string_view gpu_name, switch_name;
    Content content = Content::any;
    std::size_t size = 0;      // of Content::bytes: exactly; 0: any that is not 0
    std::size_t multiple = 1;  // of Content::bytes
};

constexpr auto in_bytes = Content::bytes, in_text = Content::text;
constexpr OpaqueRow opaque_rows[] = {
    {OpaqueType::cert_issuer_name, "CERT_ISSUER_NAME", "CERT_ISSUER_NAME"},
    {OpaqueType::cert_authority_key_identifier, "CERT_AUTHORITY_KEY_IDENTIFIER",
     "CERT_AUTHORITY_KEY_IDENTIFIER"},
    {OpaqueType::driver_version, "DRIVER_VERSION", "DRIVER_VERSION", in_text},
    {OpaqueType::gpu_info, "GPU_INFO", "GPU_INFO", in_bytes, 8},
    {OpaqueType::sku, "SKU", "SKU"},
    {OpaqueType::vbios_version, "VBIOS_VERSION", "VBIOS_VERSION"},  // two forms: see vbios_version()
    {OpaqueType::manufacturer_id, "MANUFACTURER_ID", "MANUFACTURER_ID"},
    {OpaqueType::tamper_detection, "TAMPER_DETECTION", "TAMPER_DETECTION"},
    {OpaqueType::smc, "SMC", "SMC"},
    {OpaqueType::vpr, "VPR", "VPR"},
    {OpaqueType::nvdec0_status, "NVDEC0_STATUS", "NVDEC0_STATUS", in_bytes, 1},
    {OpaqueType::msrscnt, "MSRSCNT", "MSRSCNT", in_bytes, 0, 4},
    {OpaqueType::cprinfo, "CPRINFO", "CPRINFO", in_bytes, 4},
    {OpaqueType::board_id, "BOARD_ID", "BOARD_ID", in_bytes, 4},
    {OpaqueType::chip_sku, "CHIP_SKU", "CHIP_SKU", in_text},
    {OpaqueType::chip_sku_mod, "CHIP_SKU_MOD", "CHIP_SKU_MOD", in_text},
    {OpaqueType::project, "PROJECT", "PROJECT", in_text},
    {OpaqueType::project_sku, "PROJECT_SKU", "PROJECT_SKU", in_text},
    {OpaqueType::project_sku_mod, "PROJECT_SKU_MOD", "PROJECT_SKU_MOD"},
    {OpaqueType::fwid, "FWID", "FWID", in_bytes, digest_size},
    {OpaqueType::protected_pcie_status, "PROTECTED_PCIE_STATUS", "PROTECTED_PCIE_STATUS", in_bytes, 1},
    {OpaqueType::switch_pdi, "SWITCH_PDI", "DEVICE_PDI", in_bytes, 0, identifier_size},
    {OpaqueType::floorswept_ports, "FLOORSWEPT_PORTS", "DISABLED_PORTS"},
    {OpaqueType::position_id, "POSITION_ID", "SWITCH_POSITION_ID"},
    {OpaqueType::lock_switch_status, "LOCK_SWITCH_STATUS", "SWITCH_LOCK_STATUS"},
    {OpaqueType::switch_gpu_pdis, "", "SWITCH_GPU_PDIS", in_bytes, 0, identifier_size},
    {OpaqueType::switch_ports, "", "SWITCH_PORTS"},
    {OpaqueType::gpu_link_conn, "GPU_LINK_CONN", ""},
    {OpaqueType::sys_enable_status, "SYS_ENABLE_STATUS", "", in_bytes, 2},
    {OpaqueType::opaque_data_version, "OPAQUE_DATA_VERSION", "", in_bytes, 2},
    {OpaqueType::chip_info, "CHIP_INFO", "", in_text},
    {OpaqueType::feature_flag, "FEATURE_FLAG", "", in_bytes, 2},
};

const OpaqueRow* row_of(OpaqueType type) {
    const auto* const row = std::ranges::find(opaque_rows, type, &OpaqueRow::type);
    return row == std::ranges::end(opaque_rows) ? nullptr : row;
}

/// GPU: 1 to 36, of which 26 to 31 are reserved; switch: 1 to 27.
bool is_legal(OpaqueType type, DeviceKind kind) {
    const auto code = static_cast<unsigned>(type);
    return code >= 1 && code <= (kind == DeviceKind::gpu ? 36U : 27U);
}

std::string explain(const WireError& e) {
    switch (e.kind) {
        case WireError::Kind::truncated:
            return "truncated: " + std::to_string(e.expected) + " bytes expected, " +
                   std::to_string(e.found) + " left";
        case WireError::Kind::too_many:
            return std::to_string(e.found) + " found, at most " + std::to_string(e.expected) + " allowed";
        case WireError::Kind::trailing_bytes: return std::to_string(e.found) + " trailing bytes";
        case WireError::Kind::too_few: break;       // no list of a report needs an element
        case WireError::Kind::wrong_length: break;  // no field of a report has two lengths
        case WireError::Kind::refused: break;
    }
    return "value refused";
}

template <class Found, class Expected>
std::string found_expected(Found found, Expected expected) {
    return std::to_string(found) + " found, " + std::to_string(expected) + " expected";
}

std::string hex(std::uint8_t byte) { return "0x" + to_hex({&byte, 1}); }

/// One pass over a report; `error_` is set by the first rule that does not hold.
class Parser {
public:
    Parser(ByteView bytes, DeviceKind kind) : reader_(bytes, byte_order), kind_(kind) {}

    bool run() { return request() && response() && record() && nonce() && opaque() && end(); }

    Report&& report() && { return std::move(report_); }
    ReportError&& error() && { return std::move(error_); }

private:
    bool refuse(ReportFault kind, std::string path, std::size_t offset, std::string what) {
        error_ = {kind, std::move(path), offset, std::move(what)};
        return false;
    }
    bool refuse(ReportFault kind, const WireError& e) { return refuse(kind, e.path, e.offset, explain(e)); }

    bool header(const spdm::Header& h, std::size_t at, spdm::Code code, ReportFault kind,
                const std::string& path) {
        constexpr auto version = static_cast<std::uint8_t>(spdm::Version::v1_1);
        if (h.version != version)
            return refuse(kind, path + ".header.SPDMVersion", at,
                          hex(h.version) + " found, " + hex(version) + " expected");
        if (h.code != code)
            return refuse(kind, path + ".header.RequestResponseCode", at + 1,
                          hex(static_cast<std::uint8_t>(h.code)) + " found, " +
                              hex(static_cast<std::uint8_t>(code)) + " expected");
        return true;
    }

    bool request() {
        const Path path{.name = "GET_MEASUREMENTS"};
        if (!reader_.get(report_.request, path)) return refuse(ReportFault::request, reader_.error());
        const spdm::Header& h = report_.request.header;
        if (!header(h, 0, spdm::Code::get_measurements, ReportFault::request, "GET_MEASUREMENTS"))
            return false;
        if ((h.param1 & 1) == 0)
            return refuse(ReportFault::request, "GET_MEASUREMENTS.header.Param1", 2,
                          hex(h.param1) + " found: no signature was asked for");
        return true;
    }

    bool response() {
        const std::size_t at = reader_.offset();
        MeasurementsResponse& r = report_.response;
        if (!reader_.get(r.header, Path{.up = &response_path_, .name = "header"}))
            return refuse(ReportFault::response, reader_.error());
        if (!header(r.header, at, spdm::Code::measurements, ReportFault::response, "MEASUREMENTS"))
            return false;
        if (r.header.param1 != 0)
            return refuse(ReportFault::response, "MEASUREMENTS.header.Param1", at + 2,
                          hex(r.header.param1) + " found, 0x00 expected");
        const auto slot = static_cast<std::uint8_t>(report_.request.slot_id_param & 0x0F);
        if (r.header.param2 != slot)
            return refuse(ReportFault::response, "MEASUREMENTS.header.Param2", at + 3,
                          hex(r.header.param2) + " found, " + hex(slot) + " expected, the slot asked for");
        if (!reader_.get(r.number_of_blocks, Path{.up = &response_path_, .name = "NumberOfBlocks"}))
            return refuse(ReportFault::response, reader_.error());
        if (r.number_of_blocks == 0)
            return refuse(ReportFault::response, "MEASUREMENTS.NumberOfBlocks", at + 4, "no measurement");
        return true;
    }

    bool record() {
        const std::size_t at = reader_.offset();
        auto& blocks = report_.response.record.items;
        if (!reader_.get(report_.response.record, Path{.up = &response_path_, .name = "MeasurementRecord"})) {
            // The last block is incomplete. If its sizes are there, they are what is wrong, not the end.
            const WireError& e = reader_.error();
            if (!e.path.ends_with(".DMTFSpecMeasurementValue") && !blocks.empty()) blocks.pop_back();
            return check_blocks(at + 3) &&
                   refuse(blocks.empty() ? ReportFault::response : ReportFault::measurement, e);
        }
        if (blocks.empty())
            return refuse(ReportFault::response, "MEASUREMENTS.MeasurementRecord.length", at,
                          "no measurement");
        if (!check_blocks(at + 3)) return false;
        if (blocks.size() != report_.response.number_of_blocks)
            return refuse(ReportFault::response, "MEASUREMENTS.NumberOfBlocks", at - 1,
                          std::to_string(report_.response.number_of_blocks) + " found, but the record has " +
                              std::to_string(blocks.size()) + " blocks");
        return true;
    }

    bool check_blocks(std::size_t at) {
        const auto& blocks = report_.response.record.items;
        unsigned previous = 0;
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            const auto& b = blocks[i];
            const auto wrong = [&](ReportFault kind, std::string_view field, std::size_t offset,
                                   std::string what) {
                return refuse(
                    kind, "MEASUREMENTS.MeasurementRecord[" + std::to_string(i) + "]." + std::string{field},
                    at + offset, std::move(what));
            };
            if (b.index == 0 || b.index > measurement_slots)
                return wrong(ReportFault::measurement_index, "Index", 0,
                             std::to_string(b.index) + " found, 1 to 64 expected");
            if (b.measurement_specification != spec_dmtf)
                return wrong(ReportFault::measurement, "MeasurementSpecification", 1,
                             found_expected(b.measurement_specification, spec_dmtf));
            if (b.measurement_size != value_header + digest_size)
                return wrong(ReportFault::measurement, "MeasurementSize", 2,
                             found_expected(b.measurement_size, value_header + digest_size));
            if (b.value_type != value_type)
                return wrong(ReportFault::measurement_type, "DMTFSpecMeasurementValueType", 4,
                             found_expected(b.value_type, value_type));
            if (b.value_size != digest_size)
                return wrong(ReportFault::measurement, "DMTFSpecMeasurementValueSize", 5,
                             found_expected(b.value_size, digest_size));
            if (b.index == previous)
                return wrong(ReportFault::measurement_duplicate, "Index", 0,
                             "a second block of Index " + std::to_string(b.index));
            if (b.index < previous) {
                const bool twice =
                    std::any_of(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(i),
                                [&](const auto& other) { return other.index == b.index; });
                return wrong(twice ? ReportFault::measurement_duplicate : ReportFault::measurement_order,
                             "Index", 0,
                             (twice ? "a second block of Index " : "") + std::to_string(b.index) + " after " +
                                 std::to_string(previous));
            }
            previous = b.index;
            at += block_header + b.value_size;
        }
        return true;
    }

    bool nonce() {
        return reader_.get(report_.response.nonce, Path{.up = &response_path_, .name = "Nonce"}) ||
               refuse(ReportFault::response, reader_.error());
    }

    bool opaque() {
        std::size_t at = reader_.offset();
        if (!reader_.get(report_.response.opaque, Path{.up = &response_path_, .name = "OpaqueData"}))
            return refuse(ReportFault::opaque, reader_.error());
        const auto& fields = report_.response.opaque.items;
        if (fields.empty())
            return refuse(ReportFault::opaque, "MEASUREMENTS.OpaqueData.length", at, "no opaque data");
        at += 2;
        std::bitset<64> seen;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const OpaqueField& f = fields[i];
            const std::string path = "MEASUREMENTS.OpaqueData[" + std::to_string(i) + "]";
            const auto code = static_cast<std::uint16_t>(f.type);
            if (!is_legal(f.type, kind_))
                return refuse(ReportFault::opaque_type, path + ".DataType", at,
                              std::to_string(code) + " found, 1 to " +
                                  (kind_ == DeviceKind::gpu ? "36" : "27") + " expected");
            if (seen.test(code))
                return refuse(ReportFault::opaque_duplicate, path + ".DataType", at,
                              "a second " + name(f.type, kind_));
            seen.set(code);
            if (std::string what = fault_of(f); !what.empty())
                return refuse(ReportFault::opaque_value, path + ".Data", at + 4,
                              name(f.type, kind_) + ": " + std::move(what));
            if (f.type == OpaqueType::opaque_data_version)
                if (const auto v = load<std::uint16_t>(f.data, byte_order); v > known_version)
                    return refuse(ReportFault::opaque_version, path + ".Data", at + 4,
                                  "OPAQUE_DATA_VERSION: " + std::to_string(v) + " found, at most " +
                                      std::to_string(known_version) + " known");
            at += 4 + f.data.size();
        }
        return true;
    }

    /// Empty when the field can be right.
    std::string fault_of(const OpaqueField& f) const {
        const std::string found = std::to_string(f.data.size()) + " bytes found, ";
        if (f.type == OpaqueType::vbios_version && !vbios_version(f, kind_))
            return kind_ == DeviceKind::gpu ? found + "8 expected" : "not text";
        if (f.type == OpaqueType::switch_pdi && kind_ == DeviceKind::nvswitch &&
            f.data.size() != identifier_size)
            return found + "8 expected";
        if (f.type == OpaqueType::switch_gpu_pdis && f.data.size() < gpus_of_a_switch * identifier_size)
            return found + "at least 64 expected";
        const OpaqueRow* const row = row_of(f.type);
        if (row == nullptr) return {};
        if (row->content == Content::text && !ascii(f)) return "not text padded with zeros";
        if (row->content != Content::bytes) return {};
        if (row->size != 0 && f.data.size() != row->size)
            return found + std::to_string(row->size) + " expected";
        if (f.data.empty() || f.data.size() % row->multiple != 0)
            return found + "a multiple of " + std::to_string(row->multiple) + " expected";
        return {};
    }

    bool end() {
        if (!reader_.get(report_.signature, Path{.name = "Signature"}))
            return refuse(ReportFault::response, reader_.error());
        return reader_.finish() || refuse(ReportFault::trailing, reader_.error());
    }

    const Path response_path_{.name = "MEASUREMENTS"};
    Reader reader_;
    DeviceKind kind_;
    Report report_;
    ReportError error_;
};

bool is_text(ByteView bytes) {
    return std::ranges::all_of(
        bytes, [](std::uint8_t c) { return (c >= 0x20 && c < 0x7F) || (c >= '\t' && c <= '\r'); });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\n\v\f\r";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

}  // namespace

std::string name(OpaqueType type, DeviceKind kind) {
    const OpaqueRow* const row = row_of(type);
    const std::string_view known = row == nullptr            ? std::string_view{}
                                   : kind == DeviceKind::gpu ? row->gpu_name
                                                             : row->switch_name;
    return known.empty() ? "RESERVED_" + std::to_string(static_cast<unsigned>(type)) : std::string{known};
}

const OpaqueField* Report::find(OpaqueType type) const {
    const auto& fields = response.opaque.items;
    const auto found = std::ranges::find(fields, type, &OpaqueField::type);
    return found == fields.end() ? nullptr : &*found;
}

const spdm::MeasurementBlock* Report::block(std::size_t index) const {
    const auto& blocks = response.record.items;
    const auto found = std::ranges::find(blocks, index, &spdm::MeasurementBlock::index);
    return found == blocks.end() ? nullptr : &*found;
}

std::string ReportError::text() const {
    return (path.empty() ? std::string{"report"} : path) + " at offset " + std::to_string(offset) + ": " +
           what;
}

std::string_view name(ReportError::Kind kind) {
    constexpr std::array<std::string_view, 14> names{"length",
                                                     "request",
                                                     "response",
                                                     "trailing",
                                                     "measurement",
                                                     "measurement_index",
                                                     "measurement_order",
                                                     "measurement_duplicate",
                                                     "measurement_type",
                                                     "opaque",
                                                     "opaque_duplicate",
                                                     "opaque_type",
                                                     "opaque_value",
                                                     "opaque_version"};
    return names.at(static_cast<std::size_t>(kind));
}

Result<Report, ReportError> parse_report(ByteView bytes, DeviceKind kind) {
    if (bytes.size() < min_report_size || bytes.size() > max_report_size)
        return ReportError{ReportFault::length, "", 0,
                           std::to_string(bytes.size()) + " bytes found, " + std::to_string(min_report_size) +
                               " to " + std::to_string(max_report_size) + " expected"};
    Parser parser{bytes, kind};
    if (!parser.run()) return std::move(parser).error();
    return std::move(parser).report();
}

ByteView signed_part(ByteView bytes) { return bytes.first(bytes.size() - signature_size); }

std::optional<Bytes> report_from_text(ByteView file) {
    if (file.empty()) return {};
    if (!is_text(file)) return Bytes{file.begin(), file.end()};
    const std::string_view text = trimmed(as_text(file));
    if (text.empty()) return {};
    if (auto bytes = from_hex(text)) return bytes;
    return from_base64(text, true);
}

std::optional<std::string> vbios_version(const OpaqueField& field, DeviceKind kind) {
    if (kind == DeviceKind::nvswitch) {
        auto text = ascii(field);
        return text && !text->empty() ? text : std::nullopt;
    }
    const Bytes& b = field.data;
    if (b.size() != 8) return {};
    std::string out;
    for (const std::uint8_t part : {b[3], b[2], b[1], b[0], b[4]}) {
        if (!out.empty()) out += '.';
        out += to_upper_hex({&part, 1});
    }
    return out;
}

Bytes vbios_field(std::string_view version) {
    std::string digits;
    for (std::size_t i = 0; i < version.size(); ++i)
        if (i % 3 != 2)
            digits += version[i];
        else if (version[i] != '.')
            digits.clear();
    const auto part = from_hex(digits);
    if (version.size() != 14 || !part || part->size() != 5)
        throw std::logic_error("vbios_field: not five bytes in hexadecimal: " + std::string{version});
    return {(*part)[3], (*part)[2], (*part)[1], (*part)[0], (*part)[4], 0, 0, 0};
}

std::optional<std::string> ascii(const OpaqueField& field) {
    const auto end = std::ranges::find(field.data, 0);
    const bool text =
        std::all_of(field.data.begin(), end, [](std::uint8_t c) { return c >= 0x20 && c < 0x7F; });
    const bool padded = std::all_of(end, field.data.end(), [](std::uint8_t c) { return c == 0; });
    if (!text || !padded) return {};
    return std::string{field.data.begin(), end};
}

std::vector<Bytes> device_identifiers(const OpaqueField& field) {
    std::size_t count = field.data.size() / identifier_size;
    if (field.type == OpaqueType::switch_gpu_pdis) count = std::min(count, gpus_of_a_switch);
    std::vector<Bytes> out;
    for (std::size_t i = 0; i < count; ++i) {
        const ByteView one = ByteView{field.data}.subspan(i * identifier_size, identifier_size);
        out.emplace_back(one.begin(), one.end());
    }
    return out;
}

}  // namespace assay::gpu
