// The suite tpm: judges TPM 2.0s (TPM 2.0 Library 1.59) by every command of measured boot, attestation,
// sealing and key release, and by the response code of what they must refuse.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Cases in order of id, each with at least one requirement of requirements/tpm.json.
Suite tpm_suite();

}  // namespace assay::conformance
