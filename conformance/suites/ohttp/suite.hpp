// The suite ohttp: judges relays and gateways of oblivious HTTP by what they answer, and by what they let
// pass.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Cases in order of id, each with at least one requirement of requirements/ohttp.json.
Suite ohttp_suite();

}  // namespace assay::conformance
