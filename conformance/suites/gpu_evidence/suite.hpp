// The suite gpu-evidence: judges GPU and NVSwitch roots of trust by the evidence they give.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Cases in order of id, each with at least one requirement of requirements/gpu-evidence.json.
Suite gpu_evidence_suite();

}  // namespace assay::conformance
