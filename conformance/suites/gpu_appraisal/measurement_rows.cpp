// One measurement that is not what the manifests say.
#include <algorithm>

#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance::gpu_appraisal {
namespace measurement_table {

void flip_bit(World& w, unsigned index, std::size_t byte) {
    Bytes& value = w.report().block(index).value;
    value[byte] = static_cast<std::uint8_t>(value[byte] ^ 1);
}
void driver_index(World& w) { flip_bit(w, 21, 0); }
void vbios_index(World& w) { flip_bit(w, 9, 47); }
void switch_index(World& w) { flip_bit(w, 30, 20); }
void two_indices(World& w) {
    flip_bit(w, 9, 0);
    flip_bit(w, 40, 0);
}
void swapped(World& w) { std::swap(w.report().block(21).value, w.report().block(22).value); }
void four_alternatives(World& w) {
    Golden& golden = w.vbios().golden(9);
    golden.hashes = {to_hex(w.random(48)), to_hex(w.random(48)), to_hex(w.random(48)), golden.hashes[0]};
}
void none_of_four(World& w) { flip_bit(w, 9, 0); }
void decoder_on(World& w) { w.report().field(11).data = {0xAA}; }
void index_35(World& w) { flip_bit(w, 35, 0); }
void decoder_off(World& w) { w.report().field(11).data = {0x55}; }
void index_36(World& w) { flip_bit(w, 36, 0); }
void not_zero(World& w) { flip_bit(w, 23, 47); }
void zero_instead(World& w) { w.report().block(21).value = Bytes(48); }
void last_missing(World& w) {
    // The last index that a golden speaks of, and all after it.
    std::erase_if(w.report().blocks, [](const Block& block) { return block.index > 40; });
}
void one_missing(World& w) {
    std::erase_if(w.report().blocks, [](const Block& block) { return block.index == 22; });
}
void by_its_prefix(World& w) {
    std::string longer = w.driver().golden(21).hashes[0];
    flip_bit(w, 21, 47);
    // The alternatives differ from the measurement in their last byte alone.
    w.driver().golden(21).hashes = {longer, longer};
}

}  // namespace measurement_table

std::vector<Row> measurement_rows() {
    using gpu::Arch;
    namespace t = measurement_table;
    const auto h = Arch::hopper;
    const std::vector<std::string_view> mismatch{"E_MEAS_MISMATCH"};
    const auto indices = [](std::vector<unsigned> of) {
        return std::optional{std::move(of)};
    };
    return {
        {"measurement.driver",
         "One changed measurement of the driver is named",
         {"GPUV-MEAS-001"},
         h,
         nullptr,
         t::driver_index,
         mismatch,
         indices({21})},
        {"measurement.vbios",
         "One changed measurement of the VBIOS is named",
         {"GPUV-MEAS-001"},
         h,
         nullptr,
         t::vbios_index,
         mismatch,
         indices({9})},
        {"measurement.switch",
         "One changed measurement of an NVSwitch is named",
         {"GPUV-MEAS-001"},
         Arch::ls10,
         nullptr,
         t::switch_index,
         mismatch,
         indices({30})},
        {"measurement.blackwell",
         "One changed measurement of a Blackwell GPU is named",
         {"GPUV-MEAS-001"},
         Arch::blackwell,
         nullptr,
         t::driver_index,
         mismatch,
         indices({21})},
        {"measurement.two",
         "Two changed measurements are both named",
         {"GPUV-MEAS-001"},
         h,
         nullptr,
         t::two_indices,
         mismatch,
         indices({9, 40})},
        {"measurement.swapped",
         "Two measurements in each other's place are named",
         {"GPUV-MEAS-001"},
         h,
         nullptr,
         t::swapped,
         mismatch,
         indices({21, 22})},
        {"measurement.none-of-four",
         "A measurement that is none of four alternatives is named",
         {"GPUV-MEAS-002"},
         h,
         t::four_alternatives,
         t::none_of_four,
         mismatch,
         indices({9})},
        {"measurement.last-byte",
         "A measurement that differs in its last byte is named",
         {"GPUV-MEAS-002"},
         h,
         nullptr,
         t::by_its_prefix,
         mismatch,
         indices({21})},
        {"measurement.nvdec-on",
         "Index 35 counts while the video decoder is on",
         {"GPUV-MEAS-003"},
         h,
         t::decoder_on,
         t::index_35,
         mismatch,
         indices({35})},
        {"measurement.nvdec-off-other",
         "No other index is left out while the video decoder is off",
         {"GPUV-MEAS-003"},
         h,
         t::decoder_off,
         t::index_36,
         mismatch,
         indices({36})},
        {"measurement.not-zero",
         "A golden zero does not match another value",
         {"GPUV-MEAS-004"},
         h,
         nullptr,
         t::not_zero,
         mismatch,
         indices({23})},
        {"measurement.zero",
         "A measurement of zero does not match another golden",
         {"GPUV-MEAS-004"},
         h,
         nullptr,
         t::zero_instead,
         mismatch,
         indices({21})},
        {"measurement.last-missing",
         "A golden beyond the report's last block is not met",
         {"GPUV-MEAS-005"},
         h,
         nullptr,
         t::last_missing,
         {"E_MEAS_MISSING", "E_MEAS_MISMATCH", "E_SPDM_PARSE", "E_MEAS_BLOCK"}},
        {"measurement.missing",
         "A golden without a block is not met",
         {"GPUV-MEAS-005"},
         h,
         nullptr,
         t::one_missing,
         {"E_MEAS_MISSING", "E_MEAS_MISMATCH", "E_MEAS_ORDER", "E_SPDM_PARSE", "E_MEAS_BLOCK"}},
    };
}

}  // namespace assay::conformance::gpu_appraisal
