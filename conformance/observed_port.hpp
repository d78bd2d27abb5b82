// Ports that tell a log of every call and of what happened in it.
#pragma once
#include <memory>

#include "conformance/case_log.hpp"

namespace assay::conformance {

/// An exception came out of a target: no judgement is possible.
struct TargetThrew {
    std::string what;
};

/// Both throw TargetThrew. `port` is owned.
std::unique_ptr<GpuPort> observed(std::unique_ptr<GpuPort> port, CaseLog& log);
std::unique_ptr<AppraisalPort> observed(std::unique_ptr<AppraisalPort> port, CaseLog& log);

}  // namespace assay::conformance
