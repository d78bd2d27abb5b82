#include "conformance/suites/cvm/suite.hpp"

#include <algorithm>
#include <iterator>

#include "conformance/suites/cvm/forge.hpp"
#include "conformance/suites/cvm/row.hpp"

namespace assay::conformance {
namespace confidential_vm {

constexpr std::array tables{accepted_rows, chip_rows,      binding_rows, quote_rows, key_rows,
                            log_rows,      reference_rows, gpu_rows,     form_rows};

}  // namespace confidential_vm

Suite cvm_suite() {
    Suite suite{"cvm", "Verifiers of confidential VMs with their GPUs", PortKind::cvm_appraisal, {}};
    for (const auto table : confidential_vm::tables)
        for (const confidential_vm::Row& row : table()) suite.cases.push_back(case_of(row));
    std::ranges::move(confidential_vm::claim_cases(), std::back_inserter(suite.cases));
    std::ranges::sort(suite.cases, {}, &Case::id);
    suite.warm = confidential_vm::warm_mint;
    return suite;
}

}  // namespace assay::conformance
