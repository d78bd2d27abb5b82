#include "conformance/case_outcome.hpp"

#include <csignal>

#include <fmt/format.h>

namespace assay::conformance {
namespace {

constexpr std::uint64_t max_time = (std::uint64_t{1} << 53) - 1;  // the largest integer of the document

std::string signal_name(int signal) {
    switch (signal) {
        case SIGSEGV: return "SIGSEGV";
        case SIGABRT: return "SIGABRT";
        case SIGBUS: return "SIGBUS";
        case SIGFPE: return "SIGFPE";
        case SIGILL: return "SIGILL";
        case SIGKILL: return "SIGKILL";
        case SIGTERM: return "SIGTERM";
        default: return fmt::format("signal {}", signal);
    }
}

}  // namespace

void CaseOutcome::called(const Event& request) { open_call_ = request; }
void CaseOutcome::returned() { open_call_.reset(); }

void CaseOutcome::event(const Event& event) {
    // A time of 0 is none: notes, and what the engine adds for a target that reports nothing itself.
    if (event.t_ps != 0) {
        if (event.t_ps < latest_) base_ = now_;  // counted from a power-on reset
        latest_ = event.t_ps;
        now_ = std::max(now_, std::min(max_time, base_ + event.t_ps));
    }
    add(event);
}

void CaseOutcome::add(Event event) {
    event.t_ps = now_;
    events_.push_back(std::move(event));
}

void CaseOutcome::attached(const Evidence& evidence) { evidence_.push_back(evidence); }

void CaseOutcome::checked(bool held) {
    ++checks_;
    if (!held) ++violated_;
}

void CaseOutcome::ended(const CaseEnd& end) {
    end_ = end;
    has_end_ = true;
}

void CaseOutcome::settle(Verdict verdict, NotTested reason, std::string error_code, std::string summary) {
    end_ = {.verdict = verdict, .reason = reason, .error_code = std::move(error_code), .failure = {}};
    end_.failure.summary = std::move(summary);
}

void CaseOutcome::finish(const kernel::Ending& ending, unsigned timeout_s, bool stream_broken) {
    if (stream_broken)
        return settle(Verdict::error, {}, "harness", "the log of the case is broken or longer than 256 MiB");
    const bool in_order = ending.signal == 0 && ending.exit_code == 0;
    // A verdict against the target stands, whatever happens while it is put away.
    if (has_end_ && (in_order || end_.verdict != Verdict::pass)) return;

    const std::string call = open_call_ ? "\"" + open_call_->name + "\"" : std::string{};
    std::string how;
    if (ending.signal == SIGALRM) {
        how = fmt::format("no end after {} s", timeout_s);
        if (open_call_) how += " in " + call;
        settle(Verdict::error, {}, "target-timeout", how);
    } else {
        how = ending.signal != 0 ? fmt::format("its process ended by {}", signal_name(ending.signal))
                                 : fmt::format("its process ended with code {}", ending.exit_code);
        if (open_call_)
            settle(Verdict::error, {}, "target-crash", how + " in " + call);
        else
            settle(Verdict::error, {}, "harness", how + " outside every call of the target");
        if (ending.signal != 0) signal_ = ending.signal;
        if (ending.signal == 0) exit_code_ = ending.exit_code;
    }
    if (!open_call_) return;
    Event last = *std::exchange(open_call_, std::nullopt);
    last.outcome = Event::Outcome::violated;
    last.detail = "no answer: " + how;
    add(std::move(last));
}

}  // namespace assay::conformance
