// Ports that tell a log of every call and of what happened in it.
#pragma once
#include <memory>

#include "conformance/case_log.hpp"

namespace assay::conformance {

/// An exception came out of a target: no judgement is possible.
struct TargetThrew {
    std::string what;
};

/// The same port, observed; it throws TargetThrew. `port` is owned. One overload for each type of AnyPort;
/// what they have in common is in watched_call.hpp.
std::unique_ptr<GpuPort> observed(std::unique_ptr<GpuPort> port, CaseLog& log);
std::unique_ptr<PlatformPort> observed(std::unique_ptr<PlatformPort> port, CaseLog& log);
std::unique_ptr<AppraisalPort> observed(std::unique_ptr<AppraisalPort> port, CaseLog& log);
std::unique_ptr<InferencePort> observed(std::unique_ptr<InferencePort> port, CaseLog& log);
std::unique_ptr<CvmAppraisalPort> observed(std::unique_ptr<CvmAppraisalPort> port, CaseLog& log);
std::unique_ptr<KmsPort> observed(std::unique_ptr<KmsPort> port, CaseLog& log);
std::unique_ptr<CommandPort> observed(std::unique_ptr<CommandPort> port, CaseLog& log);
std::unique_ptr<BlockPort> observed(std::unique_ptr<BlockPort> port, CaseLog& log);
std::unique_ptr<SpdmPort> observed(std::unique_ptr<SpdmPort> port, CaseLog& log);
std::unique_ptr<OhttpPort> observed(std::unique_ptr<OhttpPort> port, CaseLog& log);
std::unique_ptr<DataPathPort> observed(std::unique_ptr<DataPathPort> port, CaseLog& log);
std::unique_ptr<DeletionPort> observed(std::unique_ptr<DeletionPort> port, CaseLog& log);
std::unique_ptr<TpmPort> observed(std::unique_ptr<TpmPort> port, CaseLog& log);

}  // namespace assay::conformance
