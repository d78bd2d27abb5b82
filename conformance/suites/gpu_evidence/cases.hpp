// The cases of the suite gpu-evidence by topic.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance::gpu_evidence {

std::vector<Case> report_cases();
std::vector<Case> block_cases();
std::vector<Case> opaque_cases();
std::vector<Case> opaque_value_cases();
std::vector<Case> signature_cases();
std::vector<Case> nonce_cases();
std::vector<Case> chain_cases();
std::vector<Case> certificate_cases();
std::vector<Case> identity_cases();
std::vector<Case> fwid_cases();
std::vector<Case> rim_cases();
std::vector<Case> golden_cases();
std::vector<Case> ocsp_cases();
std::vector<Case> boot_cases();
std::vector<Case> mode_cases();
std::vector<Case> spdm_setup_cases();
std::vector<Case> spdm_certificate_cases();
std::vector<Case> spdm_measurement_cases();
std::vector<Case> spdm_transcript_cases();
std::vector<Case> spdm_error_cases();

}  // namespace assay::conformance::gpu_evidence
