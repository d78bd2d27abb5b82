#include "conformance/suites/tpm/suite.hpp"

#include <algorithm>

#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance {

Suite tpm_suite() {
    Suite suite{"tpm", "TPM 2.0: measured boot, attestation, sealing, key release", PortKind::tpm, {}};
    for (const auto add_topic :
         {tpm_topic::command_cases::add_all, tpm_topic::session_cases::add_all,
          tpm_topic::policy_cases::add_all, tpm_topic::release_cases::add_all, tpm_topic::pcr_cases::add_all,
          tpm_topic::object_cases::add_all, tpm_topic::attest_cases::add_all, tpm_topic::key_cases::add_all,
          tpm_topic::nv_cases::add_all, tpm_topic::capability_cases::add_all,
          tpm_topic::hostile_cases::add_all, tpm_topic::matrix_cases::add_all})
        add_topic(suite.cases);
    std::ranges::sort(suite.cases, {}, &Case::id);
    return suite;
}

}  // namespace assay::conformance
