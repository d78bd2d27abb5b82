#include "conformance/suites/tpm/suite.hpp"

#include <algorithm>

#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance {

Suite tpm_suite() {
    Suite suite{"tpm", "TPM 2.0: measured boot, attestation, sealing, key release", PortKind::tpm, {}};
    for (const auto add_topic :
         {tpm_topic::add_command_cases, tpm_topic::add_session_cases, tpm_topic::add_policy_cases,
          tpm_topic::add_release_cases, tpm_topic::add_pcr_cases, tpm_topic::add_object_cases,
          tpm_topic::add_attest_cases, tpm_topic::add_key_cases, tpm_topic::add_nv_cases,
          tpm_topic::add_capability_cases})
        add_topic(suite.cases);
    std::ranges::sort(suite.cases, {}, &Case::id);
    return suite;
}

}  // namespace assay::conformance
