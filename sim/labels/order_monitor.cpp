#include <algorithm>

#include "sim/labels/deletion.hpp"

namespace assay::labels {
namespace {

/// Each engine drains and is fenced by itself; these two may alternate between engines.
bool per_engine(Step step) { return step == Step::quiesce || step == Step::fence; }

/// Steps that several participants take may come several times.
bool repeats(Step step) { return step <= Step::end_process; }

DeletionState state_after(Step step) {
    switch (step) {
        case Step::stop:
        case Step::response:
        case Step::quiesce: return DeletionState::stopping;
        case Step::fence:
        case Step::write_back: return DeletionState::quiesced;
        case Step::scrub:
        case Step::zeroise:
        case Step::end_process: return DeletionState::scrubbed;
        case Step::verify: return DeletionState::verified;
        case Step::record:
        case Step::release: return DeletionState::recorded;
    }
    return DeletionState::failed;
}

}  // namespace

std::string_view name(Step step) {
    constexpr std::array<std::string_view, 11> names{"stop",       "response", "quiesce", "fence",
                                                     "write-back", "scrub",    "zeroise", "end-process",
                                                     "verify",     "record",   "release"};
    return names.at(static_cast<std::size_t>(step));
}
std::string_view name(DeletionState state) {
    constexpr std::array<std::string_view, 7> names{"active",   "stopping", "quiesced", "scrubbed",
                                                    "verified", "recorded", "failed"};
    return names.at(static_cast<std::size_t>(state));
}

OrderMonitor::Life& OrderMonitor::life(const Subject& subject) {
    Life& out = lives_[subject.data];
    if (out.generation != subject.generation) {
        out = {};
        out.generation = subject.generation;
    }
    return out;
}

Refusal OrderMonitor::refuse(const Subject& subject, std::string_view code, std::string what,
                             std::string_view who) {
    Finding finding{code, "order", std::string{who}, {}, {}, subject.generation, what};
    registry_.add(std::move(finding));
    return {code, std::move(what), std::string{who}, "stop, quiesce, fence, scrub, zeroise, verify, record"};
}

void OrderMonitor::takes_part(const Subject& subject, std::string_view engine) {
    life(subject).engines.try_emplace(std::string{engine}, Step::stop);
}

Result<Nothing, Refusal> OrderMonitor::serves(std::uint64_t worker, const Subject& subject) {
    const auto [entry, fresh] = workers_.try_emplace(worker, subject);
    if (fresh || entry->second == subject) return Nothing{};
    return refuse(subject, "E_WORKER_REUSE", "the worker has served another subject",
                  "worker " + std::to_string(worker));
}

Result<Nothing, Refusal> OrderMonitor::works(const Subject& subject, std::string_view engine) {
    const Life& now = life(subject);
    const auto found = now.engines.find(engine);
    const bool fenced = found != now.engines.end() && found->second == Step::fence;
    if (fenced || now.state >= DeletionState::scrubbed)
        return refuse(subject, "E_ORDER", "work after the fence", engine);
    return Nothing{};
}

Result<Nothing, Refusal> OrderMonitor::saw(const Subject& subject, Step step, std::string_view who) {
    Life& now = life(subject);
    const auto wrong = [&](std::string what) {
        now.state = DeletionState::failed;
        return refuse(subject, "E_ORDER", std::string{labels::name(step)} + ": " + std::move(what), who);
    };
    if (!now.begun && step != Step::stop) return wrong("nothing was stopped yet");
    if (!now.begun) now.ended_ps = registry_.now_ps();
    const bool again = step == now.last && repeats(step);
    const bool alternates = per_engine(step) && per_engine(now.last);
    if (now.begun && step <= now.last && !again && !alternates)
        return wrong("comes after " + std::string{labels::name(now.last)});

    if (per_engine(step)) {
        const auto engine = now.engines.find(who);
        if (engine == now.engines.end()) return wrong("an engine that takes no part");
        if (step == Step::fence && engine->second != Step::quiesce)
            return wrong("the engine has not drained");
        if (step == Step::quiesce && engine->second == Step::fence) return wrong("the engine is fenced");
        engine->second = step;
    } else if (step > Step::fence) {
        const auto open = std::ranges::find_if(
            now.engines, [](const auto& engine) { return engine.second != Step::fence; });
        if (open != now.engines.end()) return wrong(open->first + " is not fenced");
    }
    // Each of these is a step of its own: none may be left out.
    const auto done = [&](Step earlier) {
        return now.seen[static_cast<std::size_t>(earlier)];
    };
    if (step > Step::scrub && !done(Step::scrub)) return wrong("nothing was scrubbed");
    if (step > Step::zeroise && !done(Step::zeroise)) return wrong("no key was zeroised");
    if (step > Step::verify && !done(Step::verify)) return wrong("nothing was verified");
    if (step > Step::record && !done(Step::record)) return wrong("there is no record");
    now.seen.set(static_cast<std::size_t>(step));
    now.begun = true;
    now.last = step;
    if (now.state != DeletionState::failed) now.state = state_after(step);
    if (step == Step::record && registry_.now_ps() - now.ended_ps > bound_ps_)
        return refuse(subject, "E_TIMEOUT", "the record comes too late", who);
    return Nothing{};
}

DeletionState OrderMonitor::state(const Subject& subject) const {
    const auto found = lives_.find(subject.data);
    if (found == lives_.end() || found->second.generation != subject.generation) return DeletionState::active;
    return found->second.state;
}

}  // namespace assay::labels
