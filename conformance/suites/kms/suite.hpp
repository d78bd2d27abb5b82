// The suite kms: key management services that release keys to attested platforms.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Speaks HTTP as a gateway and as a client, and forges tokens with a key of its own that the target is told
/// to trust. Nothing of the target's code is used.
Suite kms_suite();

}  // namespace assay::conformance
