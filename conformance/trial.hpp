// One case on one target, in the process that was made for it.
#pragma once
#include "conformance/case_log.hpp"

namespace assay::conformance {

/// What a case and its target are run with.
struct CaseJob {
    const Case* test = nullptr;
    const Target* target = nullptr;
    Level
        level{};  // the strictest of the requirements of the case: a failure of a MUST is a FAIL, else a WARN
    std::uint64_t campaign_seed = 0;
    bool vcd = false;  // waves of a case that does not pass
};

/// Opens the target, prepares, runs and closes; `log` hears of everything, last of the end. Only a broken log
/// makes it throw.
void run_case(const CaseJob& job, CaseLog& log);

}  // namespace assay::conformance
