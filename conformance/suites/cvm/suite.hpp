// The suite cvm: judges verifiers of confidential VMs by composite evidence that has exactly one fault.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Cases in order of id, each with at least one requirement of requirements/cvm.json.
Suite cvm_suite();

}  // namespace assay::conformance
