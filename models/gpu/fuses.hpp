// What is burnt into one device, and never leaves it.
#pragma once
#include <array>

#include "sim/base/secret.hpp"

namespace assay::gpu {

struct Fuses {
    Secret unique_device_secret{48};  // UDS of the DICE (TCG DICE Layering Architecture): root of every key
    std::array<std::uint8_t, 8> device_id{};
    std::uint32_t minimum_security_version = 0;  // of firmware: an older one does not boot
    bool debug_enabled = false;                  // the debug unlock, as the boot ROM finds it
};

/// The fuses that the manufacturer burns for this seed: equal seeds, equal devices.
Fuses burn_fuses(ByteView seed, std::string_view profile, std::uint32_t minimum_security_version);

}  // namespace assay::gpu
