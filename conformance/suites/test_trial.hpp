// Cases in the process of a test, without the engine around them.
#pragma once
#include "conformance/trial.hpp"

namespace assay::conformance {

/// Runs one case on a port; the verdict is a FAIL, never a WARN, whatever the level of its requirements.
CaseEnd judge(const Case& test, const Target& target);

}  // namespace assay::conformance
