// The suite runtime: judges container runtimes by what a hostile control plane asks of them.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Cases in order of id, each with at least one requirement of requirements/runtime.json.
Suite runtime_suite();

}  // namespace assay::conformance
