// The suite gpu-appraisal: judges verifiers of GPU and NVSwitch evidence by evidence that has exactly one
// fault.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Cases in order of id, each with at least one requirement of requirements/gpu-appraisal.json.
Suite gpu_appraisal_suite();

}  // namespace assay::conformance
