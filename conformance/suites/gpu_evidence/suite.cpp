#include "conformance/suites/gpu_evidence/suite.hpp"

#include <algorithm>
#include <iterator>

#include "conformance/suites/gpu_evidence/cases.hpp"

namespace assay::conformance {
namespace gpu_evidence {

constexpr std::array topics{report_cases,
                            block_cases,
                            opaque_cases,
                            opaque_value_cases,
                            signature_cases,
                            nonce_cases,
                            chain_cases,
                            certificate_cases,
                            identity_cases,
                            fwid_cases,
                            rim_cases,
                            golden_cases,
                            ocsp_cases,
                            boot_cases,
                            mode_cases,
                            spdm_setup_cases,
                            spdm_certificate_cases,
                            spdm_measurement_cases,
                            spdm_transcript_cases,
                            spdm_error_cases};

}  // namespace gpu_evidence

Suite gpu_evidence_suite() {
    Suite suite{"gpu-evidence", "Evidence of GPU and NVSwitch roots of trust", PortKind::gpu, {}};
    for (const auto topic : gpu_evidence::topics) std::ranges::move(topic(), std::back_inserter(suite.cases));
    std::ranges::sort(suite.cases, {}, &Case::id);
    return suite;
}

}  // namespace assay::conformance
