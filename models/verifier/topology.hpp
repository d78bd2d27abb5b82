// What GPUs and NVSwitches of one machine say of each other (protected PCIe).
#pragma once
#include "models/verifier/gpu_appraisal.hpp"

namespace assay::verifier {

/// True where a GPU says that it runs in protected PCIe mode: FEATURE_FLAG 2 or PROTECTED_PCIE_STATUS AA.
bool says_ppcie(const gpu::Report& report);

/// Every GPU lists the same switches, and exactly those that are in the set; every switch lists the same
/// GPUs, as many as are in the set; all GPUs are in the same mode. Identifiers of unused links (zero) do not
/// count. A GPU spells a switch's identifier backwards. Devices without a parsed report make it fail.
std::vector<Finding> check_topology(const std::vector<GpuAppraisal>& devices);

}  // namespace assay::verifier
