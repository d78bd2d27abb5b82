#include "models/gpu/chip.hpp"

#include <algorithm>

namespace assay::gpu {
namespace {

using T = OpaqueType;
constexpr auto driver = Manifest::driver, vbios = Manifest::vbios;

constexpr std::array stages{
    Stage{"fsp"}, Stage{"gsp-fmc", true}, Stage{"vbios"}, Stage{"sec2"},   Stage{"pmu"},
    Stage{"ce"},  Stage{"nvdec0"},        Stage{"ofa"},   Stage{"gsp-rm"}, Stage{"driver"},
};

constexpr std::array gh100_opaque{
    T::vbios_version,
    T::board_id,
    T::chip_sku,
    T::chip_sku_mod,
    T::project,
    T::project_sku,
    T::project_sku_mod,
    T::driver_version,
    T::gpu_info,
    T::msrscnt,
    T::cprinfo,
    T::nvdec0_status,
    T::fwid,
    T::opaque_data_version,
    T::feature_flag,
};
constexpr std::array gb100_opaque{
    T::vbios_version, T::board_id,          T::chip_sku,        T::chip_sku_mod,
    T::project,       T::project_sku,       T::project_sku_mod, T::driver_version,
    T::gpu_info,      T::msrscnt,           T::cprinfo,         T::nvdec0_status,
    T::fwid,          T::sys_enable_status, T::chip_info,       T::opaque_data_version,
    T::feature_flag,
};

// clang-format off
constexpr std::array gh100_slots{
    Slot{0, "", vbios},         Slot{1, "fsp", vbios},      Slot{2, "gsp-fmc", vbios},  Slot{3, "vbios", vbios},
    Slot{4, "vbios", vbios},    Slot{5, fuses_slot, vbios}, Slot{6, cc_mode_slot, vbios},
    Slot{7, "driver", driver},
    Slot{8, "", vbios},         Slot{9, "vbios", vbios},    Slot{10, "", vbios},        Slot{11, "vbios", vbios},
    Slot{12, "", vbios, 4},
    Slot{21, "gsp-rm", driver}, Slot{22, "gsp-rm", driver}, Slot{23, "", driver, 2},    Slot{24, "", driver, 2},
    Slot{25, "sec2", driver},   Slot{26, "sec2", driver},   Slot{27, "sec2", driver},   Slot{28, "", driver},
    Slot{29, "pmu", driver},    Slot{30, "pmu", driver},    Slot{31, "pmu", driver},    Slot{32, "ce", driver, 2},
    Slot{33, "ce", driver},     Slot{34, "ce", driver, 2},  Slot{35, "nvdec0", driver, 4},
    Slot{36, "ofa", driver, 2}, Slot{37, "ofa", driver},    Slot{38, "gsp-rm", driver}, Slot{39, "gsp-rm", driver},
    Slot{40, "driver", driver},
};
constexpr std::array gb100_slots{
    Slot{0, "", vbios},         Slot{1, "", vbios},         Slot{2, "fsp", vbios},      Slot{3, "gsp-fmc", vbios},
    Slot{4, "vbios", vbios},    Slot{5, "", vbios},         Slot{6, fuses_slot, vbios}, Slot{7, "", vbios},
    Slot{8, "vbios", vbios},    Slot{9, "", vbios},         Slot{10, "", vbios},        Slot{11, "vbios", vbios},
    Slot{12, cc_mode_slot, vbios, 2}, Slot{13, "vbios", vbios},
    Slot{14, "driver", driver},
    Slot{15, "vbios", vbios},   Slot{16, "", vbios},        Slot{17, "fsp", vbios},     Slot{18, "vbios", vbios},
    Slot{19, "vbios", vbios},   Slot{20, "vbios", vbios},
    Slot{21, "gsp-rm", driver}, Slot{22, "gsp-rm", driver}, Slot{23, "", driver, 2},    Slot{24, "", driver, 2},
    Slot{25, "sec2", driver},   Slot{26, "sec2", driver},   Slot{27, "sec2", driver},   Slot{28, "", driver},
    Slot{29, "pmu", driver},    Slot{30, "pmu", driver},    Slot{31, "pmu", driver},    Slot{32, "ce", driver, 2},
    Slot{33, "ce", driver},     Slot{34, "", driver},       Slot{35, "nvdec0", driver, 4},
    Slot{36, "ofa", driver, 2}, Slot{37, "ofa", driver},    Slot{38, "gsp-rm", driver}, Slot{39, "gsp-rm", driver},
    Slot{40, "driver", driver},
};
// clang-format on
template <class Slots>
constexpr bool ascending(const Slots& slots) {
    return std::ranges::adjacent_find(slots, std::ranges::greater_equal{}, &Slot::index) == slots.end();
}
static_assert(ascending(gh100_slots) && ascending(gb100_slots));

// GPU_INFO, BOARD_ID, CPRINFO and the SKU texts are as real devices of that kind report them; the versions
// are of no real release.
constexpr std::array table{
    Chip{.profile = "gb100",
         .product = "GB100",
         .arch = Arch::blackwell,
         .fwid_form = FwidForm::tcb_info,
         .gpu_info = {0xA0, 0x01},
         .board_id = {0x6F, 0x06},
         .cprinfo = {0x00, 0x00, 0x04, 0x00},
         .chip_sku = "886",
         .chip_sku_mod = "0",
         .project = "G525",
         .project_sku = "0220",
         .project_sku_mod = "0",
         .releases = {Release{"575.199.02", "97.00.F8.00.0F", 3}, Release{"575.198.01", "97.00.F7.00.0F", 2}},
         .opaque_order = gb100_opaque,
         .stages = stages,
         .slots = gb100_slots},
    Chip{.profile = "gh100",
         .product = "GH100",
         .arch = Arch::hopper,
         .fwid_form = FwidForm::device_id,
         .gpu_info = {0x80, 0x01},
         .board_id = {0xB1, 0x03},
         .cprinfo = {0x00, 0xC0, 0x01, 0x00},
         .chip_sku = "882",
         .chip_sku_mod = "0",
         .project = "1010",
         .project_sku = "0200",
         .project_sku_mod = "",
         .releases = {Release{"550.199.01", "96.00.F0.00.01", 5}, Release{"550.198.04", "96.00.EF.00.01", 4}},
         .opaque_order = gh100_opaque,
         .stages = stages,
         .slots = gh100_slots},
};

constexpr std::array<std::string_view, 3> mode_names{"off", "on", "devtools"};

}  // namespace

std::span<const Chip> chips() { return table; }

const Chip* find_chip(std::string_view profile) {
    const auto found = std::ranges::find(table, profile, &Chip::profile);
    return found == table.end() ? nullptr : &*found;
}

std::vector<unsigned> slots_of(const Chip& chip, std::string_view measures) {
    std::vector<unsigned> out;
    for (const Slot& slot : chip.slots)
        if (slot.measures == measures) out.push_back(slot.index);
    return out;
}

std::string_view name(CcMode mode) { return mode_names.at(static_cast<std::size_t>(mode)); }

std::optional<CcMode> cc_mode_from_name(std::string_view name) {
    const auto found = std::ranges::find(mode_names, name);
    if (found == mode_names.end()) return std::nullopt;
    return static_cast<CcMode>(found - mode_names.begin());
}

}  // namespace assay::gpu
