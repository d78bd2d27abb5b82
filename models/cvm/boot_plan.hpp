// What a confidential VM boots, and what of it is measured where: the plan as data, so that a scenario can
// alter one item and see what notices.
//
//     BootPlan plan = BootPlan::example(seed);
//     plan.command_line ...; plan.runtime_policy ...; plan.images ...
//     for (const BootStep& step : boot_steps(plan)) ...   // firmware, secure-boot, loader, kernel, ...
#pragma once
#include "models/cvm/boot_layout.hpp"

namespace assay::cvm {

struct ContainerImage {
    std::string name;
    Bytes digest;  // SHA-256 of the manifest
};

struct BootPlan {
    Bytes paravisor;  // measured by the processor at launch
    std::string firmware_version = "assay-fw 1.0";
    Bytes firmware, loader, kernel;
    bool secure_boot = true;
    std::string command_line;  // with its verity root
    Bytes runtime_policy;      // exactly the bytes that the runtime enforces
    std::vector<ContainerImage> images;

    /// Made-up contents of a few kilobytes that follow from the seed.
    static BootPlan example(ByteView seed);
};

/// One measurement of the boot, in order.
struct BootStep {
    std::string item;  // "firmware", "loader", "image 0", "separator 4", ...
    std::uint32_t pcr = 0;
    EventType type{};
    Bytes digest;  // SHA-256: extended and logged
    Bytes data;    // of the event
};
std::vector<BootStep> boot_steps(const BootPlan& plan);

/// A boot that is not what it says, one step of it. `item` names the step (boot_steps).
struct BootFault {
    enum class Kind : std::uint8_t {
        none,
        altered,      // another content was loaded and measured as it is
        unmeasured,   // in the log, never extended
        unlogged,     // extended, not in the log
        skipped,      // neither: loaded behind the measurement's back
        swapped,      // measured before the step that comes before it
        log_swapped,  // measured in order, logged in the other one
        log_digest,   // the log has another digest
        log_data,     // the log has other event data
        log_pcr,      // the log has PCR 23
    };
    Kind kind{};
    std::string item;
};
std::string_view name(BootFault::Kind kind);

/// What happens at a step: what the TPM is told, what the log says. Either may be missing.
struct BootAction {
    std::string item;
    std::optional<BootStep> extend, log;
};
/// The plan under a fault. std::invalid_argument when it names no step, or swaps the first one.
std::vector<BootAction> boot_actions(const BootPlan& plan, const std::vector<BootFault>& faults);

}  // namespace assay::cvm
