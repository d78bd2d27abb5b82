// What the maker of a confidential VM publishes about it: the reference values of everything that is
// measured, as JSON that a verifier reads.
#pragma once
#include "models/cvm/boot_plan.hpp"

namespace assay::cvm {

/// The values of this plan and of nothing else: launch measurement (of the paravisor at address 0), firmware,
/// loader, kernel, form of the command line, verity root, runtime policy, images (all of them required).
std::string reference_values(const BootPlan& plan);

}  // namespace assay::cvm
