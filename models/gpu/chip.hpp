// What kinds of GPU the model can be: everything that differs between them, as data.
#pragma once
#include <array>
#include <span>
#include <string_view>

#include "models/gpu/evidence.hpp"
#include "models/gpu/fwid.hpp"

namespace assay::gpu {

/// Which reference manifest has a measurement slot as active.
enum class Manifest : std::uint8_t { driver, vbios };

/// What a measurement slot measures. Slots without a row are zero, and active in no manifest.
struct Slot {
    unsigned index;  // golden index: block Index - 1
    std::string_view
        measures;  // a firmware stage, `fuses`, `cc-mode`, or "" for nothing: the slot stays zero
    Manifest manifest;
    unsigned alternatives = 1;  // golden values; what runs on this board is the last of them
};
inline constexpr std::string_view fuses_slot = "fuses";
inline constexpr std::string_view cc_mode_slot = "cc-mode";

/// A firmware stage, in boot order.
struct Stage {
    std::string_view name;
    bool in_fwid = false;  // the code whose measurement makes the firmware identity and the alias key
};

/// Versions that were released together. A lower security version may be refused by the boot ROM.
struct Release {
    std::string_view driver;  // "550.199.01"
    std::string_view vbios;   // "96.00.F0.00.01"
    std::uint32_t security_version = 0;
};

struct Chip {
    std::string_view profile;  // "gh100"
    std::string_view product;  // "GH100", as certificates and manifests spell it
    Arch arch{};
    FwidForm fwid_form{};
    std::array<std::uint8_t, 8> gpu_info{};
    std::array<std::uint8_t, 4> board_id{}, cprinfo{};
    std::string_view chip_sku, chip_sku_mod, project, project_sku, project_sku_mod;
    std::array<Release, 2> releases{};  // the current one, the one before
    std::span<const OpaqueType> opaque_order;
    std::span<const Stage> stages;
    std::span<const Slot> slots;  // ascending
};

/// gb100, gh100.
std::span<const Chip> chips();
/// Null when there is no such profile.
const Chip* find_chip(std::string_view profile);

/// Golden indices that measure a stage, ascending.
std::vector<unsigned> slots_of(const Chip& chip, std::string_view measures);

/// How the device was told to run. Latched at reset.
enum class CcMode : std::uint8_t { off, on, devtools };
std::string_view name(CcMode mode);
std::optional<CcMode> cc_mode_from_name(std::string_view name);

}  // namespace assay::gpu
