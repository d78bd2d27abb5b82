// The suite spdm: judges SPDM responders of versions 1.0 to 1.2 by every message, transcript, key and record.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Cases in order of id, each with at least one requirement of requirements/spdm.json.
Suite spdm_suite();

}  // namespace assay::conformance
