// What of a boot is measured where, and how its events spell it: shared by those who boot and those who
// judge.
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
/// and the image digest itself. An image is `<name>@sha256:<digest>`.
inline constexpr std::string_view command_line_prefix = "kernel_cmdline: ",
                                  runtime_policy_prefix = "runtime_policy: sha256:",
                                  container_image_prefix = "container_image: ";
inline constexpr std::string_view boot_option_text = "Calling EFI Application from Boot Option";

/// UEFI_VARIABLE_DATA of the global variable SecureBoot.
Bytes secure_boot_variable(bool on);

/// The parameter of the command line that names the root of the disk's hash tree.
inline constexpr std::string_view verity_parameter = "roothash=";
/// Its value where the line has it exactly once and it is 64 digits of lower-case hexadecimal.
std::optional<std::string> verity_root_of(std::string_view command_line);
/// The line with its verity root taken out: what a reference value says of it (`roothash={verity-root}`).
std::string command_line_form(std::string_view command_line);

/// SHA-256 over the image digests in order: one value for all of them.
Bytes images_hash(const std::vector<Bytes>& digests);

}  // namespace assay::cvm
