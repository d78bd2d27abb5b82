#include "conformance/suites/gpu_appraisal/suite.hpp"

#include <algorithm>
#include <iterator>

#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance {
namespace gpu_appraisal {

constexpr std::array tables{accepted_rows,           report_rows,      opaque_rows, chain_rows, manifest_rows,
                            manifest_signature_rows, measurement_rows, ocsp_rows,   set_rows,   policy_rows};

}  // namespace gpu_appraisal

Suite gpu_appraisal_suite() {
    Suite suite{"gpu-appraisal", "Verifiers of GPU and NVSwitch evidence", PortKind::appraisal, {}};
    for (const auto table : gpu_appraisal::tables)
        for (const gpu_appraisal::Row& row : table())
            std::ranges::move(gpu_appraisal::cases_of(row), std::back_inserter(suite.cases));
    std::ranges::sort(suite.cases, {}, &Case::id);
    suite.warm = [] {
        constexpr std::array all{gpu::Arch::hopper, gpu::Arch::blackwell, gpu::Arch::ls10};
        gpu_appraisal::warm_mint(all);
    };
    return suite;
}

}  // namespace assay::conformance
