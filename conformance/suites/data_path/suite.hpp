// The suite data-path: judges the way of a request between a confidential guest and its GPU.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Cases in order of id, each with at least one requirement of requirements/data-path.json.
Suite data_path_suite();

}  // namespace assay::conformance
