// The suite deletion: judges whether a node forgets its requests, and whether its oracles would see it if it
// did not.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Cases in order of id, each with at least one requirement of requirements/deletion.json.
Suite deletion_suite();

}  // namespace assay::conformance
