// Requirements and cases that belong together: no requirement without a case, no case without a requirement.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// One line per fault: a requirement without a case; a case that names no requirement, an unknown one or one
/// twice; ids out of form, not beginning with their suite's, not in order or used twice; a case that does
/// nothing.
std::vector<std::string> traceability_faults(const Catalogue& catalogue);

}  // namespace assay::conformance
