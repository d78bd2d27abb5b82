// One attempt at a case, in a process of its own.
#pragma once
#include <chrono>

#include "conformance/case_outcome.hpp"
#include "conformance/case_stream.hpp"
#include "conformance/trial.hpp"

namespace assay::conformance {

class CaseProcess {
public:
    using Clock = std::chrono::steady_clock;

    /// Forks. `timeout_s` of wall time, 0 for none.
    CaseProcess(const CaseJob& job, unsigned timeout_s);

    int socket() const { return child_->socket(); }
    /// Takes one packet of what the case tells; to be called when the socket can be read. False at the end.
    bool read();
    /// Past its limit and still there: whoever ignores the alarm is killed by the destructor.
    bool overdue() const;
    /// After the end, or instead of waiting for it.
    CaseOutcome finish();

    const CaseOutcome& outcome() const { return outcome_; }

private:
    unsigned timeout_s_;
    Clock::time_point deadline_;
    CaseOutcome outcome_;
    CaseStreamReader reader_{outcome_};
    bool broken_ = false;
    bool ended_ = false;
    std::unique_ptr<kernel::Child> child_;
};

}  // namespace assay::conformance
