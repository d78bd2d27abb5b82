// What a confidential VM boots, and what of it is measured where: the plan as data, so that a scenario can
// alter one item and see what notices.
//
//     BootPlan plan = BootPlan::example(seed);
//     plan.command_line ...; plan.runtime_policy ...; plan.images ...
//     for (const BootStep& step : boot_steps(plan)) ...   // firmware, secure-boot, loader, kernel, ...
#pragma once
#include "models/cvm/event_log.hpp"

namespace assay::cvm {

/// Where the host's own items go [choice]: PCR 8 is extended with the runtime policy and nothing else, so
/// that its value follows from the policy alone; PCR 12 gets the command line and then the images in order.
inline constexpr unsigned firmware_pcr = 0, loader_pcr = 4, secure_boot_pcr = 7, runtime_policy_pcr = 8,
                          command_line_pcr = 12, images_pcr = 12;
/// The registers that a separator closes before the loader runs.
inline constexpr unsigned first_separator_pcr = 0, last_separator_pcr = 7;

/// Texts of IPL events begin with these; the digests are those of the command line, of the policy's bytes,
/// and the image digest itself.
inline constexpr std::string_view command_line_prefix = "kernel_cmdline: ",
                                  runtime_policy_prefix = "runtime_policy: sha256:",
                                  container_image_prefix = "container_image: ";

/// The parameter of the command line that names the root of the disk's hash tree.
inline constexpr std::string_view verity_parameter = "roothash=";
/// Its value where the line has it exactly once and it is 64 digits of lower-case hexadecimal.
std::optional<std::string> verity_root_of(std::string_view command_line);
/// The line with its verity root taken out: what a reference value says of it (`roothash={verity-root}`).
std::string command_line_form(std::string_view command_line);

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

/// SHA-256 over the image digests in order: one value for all of them.
Bytes images_hash(const std::vector<Bytes>& digests);

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
