// One fault in the opaque data.
#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance::gpu_appraisal {
namespace opaque_table {

void type_37(World& w) { w.report().opaque.push_back({37, {0}}); }
void type_zero(World& w) { w.report().opaque.push_back({0, {0}}); }
void type_of_a_gpu(World& w) { w.report().opaque.push_back({33, {7, 7}}); }
void header_cut(World& w) {
    w.report().before_signing = [](Bytes& body) {
        // Three bytes of a fourth-byte header more, counted in OpaqueLength.
        append(body, Bytes{36, 0, 0});
    };
    std::size_t length = 3;
    for (const Field& field : w.report().opaque) length += 4 + field.data.size();
    w.report().opaque_length = static_cast<std::uint16_t>(length);
}
void size_past_the_end(World& w) { w.report().opaque.back().size = std::uint16_t{200}; }
void length_zero(World& w) { w.report().opaque.clear(); }
void length_lies(World& w) { w.report().opaque_length = std::uint16_t{10}; }
void fwid_twice(World& w) { w.report().opaque.push_back(w.report().field(20)); }
void version_twice(World& w) {
    // The second names the driver that the manifest is of; the first names another.
    Field genuine = w.report().field(3);
    w.report().field(3).data[0] = '6';
    w.report().opaque.push_back(genuine);
}
void no_driver(World& w) { w.report().drop_field(3); }
void no_vbios(World& w) { w.report().drop_field(6); }
void no_nvdec(World& w) { w.report().drop_field(11); }
void no_project(World& w) { w.report().drop_field(17); }
void nvdec_zero(World& w) { w.report().field(11).data = {0x00}; }
void nvdec_wide(World& w) { w.report().field(11).data = {0x55, 0x55}; }
void data_version_2(World& w) { w.report().field(34).data = {2, 0}; }
void data_version_256(World& w) { w.report().field(34).data = {0, 1}; }
void fwid_short(World& w) { w.report().field(20).data.resize(32); }
void vbios_short(World& w) { w.report().field(6).data.resize(7); }
void driver_not_text(World& w) { w.report().field(3).data[0] = 0x01; }

}  // namespace opaque_table

std::vector<Row> opaque_rows() {
    using gpu::Arch;
    namespace t = opaque_table;
    const std::vector<std::string_view> parse{"E_OPAQUE_PARSE", "E_SPDM_PARSE"}, type{"E_OPAQUE_TYPE"},
        absent{"E_FIELD_ABSENT"}, value{"E_OPAQUE_VALUE"}, twice{"E_OPAQUE_DUPLICATE"},
        version{"E_OPAQUE_VERSION"};
    const auto h = Arch::hopper;
    return {
        {"opaque.type-37",
         "An opaque field of an unknown type is refused",
         {"GPUV-OPQ-001"},
         h,
         nullptr,
         t::type_37,
         type,
         {},
         4},
        {"opaque.type-0",
         "An opaque field of type 0 is refused",
         {"GPUV-OPQ-001"},
         h,
         nullptr,
         t::type_zero,
         type},
        {"opaque.type-of-gpu",
         "An NVSwitch's report with a GPU's field is refused",
         {"GPUV-OPQ-001"},
         Arch::ls10,
         nullptr,
         t::type_of_a_gpu,
         type},
        {"opaque.header-cut",
         "An opaque field cut inside its header is refused",
         {"GPUV-OPQ-002"},
         h,
         nullptr,
         t::header_cut,
         parse},
        {"opaque.size-past-end",
         "An opaque field longer than the opaque data is refused",
         {"GPUV-OPQ-002"},
         h,
         nullptr,
         t::size_past_the_end,
         parse},
        {"opaque.empty",
         "OpaqueLength 0 is refused",
         {"GPUV-OPQ-002"},
         h,
         nullptr,
         t::length_zero,
         {"E_OPAQUE_PARSE", "E_SPDM_PARSE", "E_FIELD_ABSENT"}},
        {"opaque.length",
         "An OpaqueLength that cuts the opaque data is refused",
         {"GPUV-OPQ-002"},
         h,
         nullptr,
         t::length_lies,
         {"E_OPAQUE_PARSE", "E_SPDM_PARSE", "E_SPDM_TRAILING_DATA"}},
        {"opaque.fwid-twice",
         "Two FWID fields are refused",
         {"GPUV-OPQ-003"},
         h,
         nullptr,
         t::fwid_twice,
         twice},
        {"opaque.version-twice",
         "A second version cannot replace the first",
         {"GPUV-OPQ-003"},
         h,
         nullptr,
         t::version_twice,
         twice},
        {"opaque.no-driver",
         "A report that names no driver is refused",
         {"GPUV-OPQ-004"},
         h,
         nullptr,
         t::no_driver,
         absent,
         {},
         405},
        {"opaque.no-vbios",
         "A report that names no VBIOS is refused",
         {"GPUV-OPQ-004"},
         h,
         nullptr,
         t::no_vbios,
         absent},
        {"opaque.no-bios",
         "An NVSwitch's report that names no BIOS is refused",
         {"GPUV-OPQ-004"},
         Arch::ls10,
         nullptr,
         t::no_vbios,
         absent},
        {"opaque.no-nvdec",
         "A GPU's report that hides its video decoder is refused",
         {"GPUV-OPQ-004"},
         h,
         nullptr,
         t::no_nvdec,
         absent},
        {"opaque.no-project",
         "A report whose manifest cannot be named is refused",
         {"GPUV-OPQ-008"},
         h,
         nullptr,
         t::no_project,
         {"E_FIELD_ABSENT", "E_RIM_UNAVAILABLE", "E_RIM_ID_MISMATCH"}},
        {"opaque.nvdec-zero",
         "NVDEC0_STATUS 0x00 is refused",
         {"GPUV-OPQ-005"},
         h,
         nullptr,
         t::nvdec_zero,
         {"E_NVDEC0_STATUS", "E_OPAQUE_VALUE"},
         {},
         2},
        {"opaque.nvdec-wide",
         "NVDEC0_STATUS of two bytes is refused",
         {"GPUV-OPQ-005"},
         h,
         nullptr,
         t::nvdec_wide,
         {"E_NVDEC0_STATUS", "E_OPAQUE_VALUE"}},
        {"opaque.data-version",
         "Opaque data of version 2 are refused",
         {"GPUV-OPQ-006"},
         h,
         nullptr,
         t::data_version_2,
         version,
         {},
         510},
        {"opaque.data-version-high",
         "Opaque data of version 256 are refused",
         {"GPUV-OPQ-006"},
         h,
         nullptr,
         t::data_version_256,
         version},
        {"opaque.fwid-short",
         "An FWID of 32 bytes is refused",
         {"GPUV-OPQ-007"},
         h,
         nullptr,
         t::fwid_short,
         {"E_OPAQUE_VALUE", "E_FWID_MISMATCH"}},
        {"opaque.vbios-short",
         "A VBIOS version of 7 bytes is refused",
         {"GPUV-OPQ-007"},
         h,
         nullptr,
         t::vbios_short,
         value},
        {"opaque.driver-not-text",
         "A driver version that is no text is refused",
         {"GPUV-OPQ-007"},
         h,
         nullptr,
         t::driver_not_text,
         {"E_OPAQUE_VALUE", "E_RIM_VERSION_DRIVER", "E_RIM_UNAVAILABLE"}},
    };
}

}  // namespace assay::conformance::gpu_appraisal
