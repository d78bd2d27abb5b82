// What became of one case on one target, as its parent saw it.
#pragma once
#include "conformance/case_log.hpp"
#include "sim/kernel/child.hpp"

namespace assay::conformance {

class CaseOutcome final : public CaseLog {
public:
    void called(const Event& request) override;
    void returned() override;
    void event(const Event& event) override;
    void attached(const Evidence& evidence) override;
    void checked(bool held) override;
    void ended(const CaseEnd& end) override;

    /// The process is gone. Unless it told an end of its own and left in order, the verdict is ERROR.
    void finish(const kernel::Ending& ending, unsigned timeout_s, bool stream_broken);
    /// The case never came to an end by itself, for a reason that is not its own.
    void settle(Verdict verdict, NotTested reason, std::string error_code, std::string summary);

    const CaseEnd& end() const { return end_; }
    const std::vector<Event>& events() const { return events_; }
    const std::vector<Evidence>& evidence() const { return evidence_; }
    std::size_t checks() const { return checks_; }
    std::size_t violated() const { return violated_; }
    int signal() const { return signal_; }
    std::optional<int> exit_code() const { return exit_code_; }
    std::uint64_t sim_time_ps() const { return now_; }

private:
    void add(Event event);

    CaseEnd end_{.verdict = Verdict::error};
    bool has_end_ = false;
    std::optional<Event> open_call_;
    std::vector<Event> events_;  // time since the case began, which a power-on reset does not set back
    std::vector<Evidence> evidence_;
    std::size_t checks_ = 0;
    std::size_t violated_ = 0;
    int signal_ = 0;
    std::optional<int> exit_code_;
    std::uint64_t base_ = 0;    // case time at the target's last power-on reset
    std::uint64_t latest_ = 0;  // target time of the last event
    std::uint64_t now_ = 0;
};

}  // namespace assay::conformance
