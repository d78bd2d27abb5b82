#include "conformance/run.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>

#include "conformance/case_document.hpp"
#include "conformance/case_process.hpp"
#include "conformance/results.hpp"
#include "conformance/run_document.hpp"
#include "sim/base/file.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int poll_ms = 100;

std::uint64_t nanoseconds(Clock::duration duration) {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds{duration}.count());
}

class Runner {
public:
    Runner(const Plan& plan, const RunOptions& options, RunObserver& observer)
        : plan_(plan),
          options_(options),
          observer_(observer),
          pairs_(plan.pairs()),
          cases_(pairs_.size()),
          times_(pairs_.size()) {}

    json run() {
        const auto started = std::chrono::system_clock::now();
        prepare();
        observer_.run_started(plan_);
        while (next_ < pairs_.size() || !workers_.empty()) {
            while (next_ < pairs_.size() && workers_.size() < std::max(1u, options_.jobs)) start_next();
            listen();
            if (stopped()) abort_running();
            heartbeat();
        }
        std::vector<json> cases;
        for (const std::string& one : cases_) cases.push_back(json::parse(one));
        json document = results_document(plan_, pairs_, std::move(cases));
        if (!options_.reproducible) document["volatile"] = volatile_member(options_, started, pairs_, times_);
        for (const json& row : document.at("not_run"))
            observer_.not_run(row.at("component").get_ref<const std::string&>(),
                              row.at("reason").get_ref<const std::string&>(), row.at("cases_affected"));
        publish(document);
        return document;
    }

private:
    /// A case that is running: its number, and what its earlier attempts gave.
    struct Worker {
        std::size_t index;
        unsigned slot;
        unsigned attempt = 0;
        Clock::time_point started;
        std::unique_ptr<CaseProcess> process;
        std::size_t events_told = 0;
        std::optional<CaseOutcome> first;
    };

    void prepare() const {
        std::set<std::string_view> ids;
        for (const Target& target : plan_.targets)
            if (!ids.insert(target.id).second)
                throw std::invalid_argument("two targets have the id " + target.id);
        std::filesystem::create_directories(options_.out);
        std::filesystem::remove(options_.out / "results.json");
        write("plan.json", plan_.to_json());
    }
    void write(const char* file, const json& document) const {
        write_file(options_.out / file, as_bytes(canonical_text(document)));
    }
    /// The document is checked like anybody else's before it is given away.
    void publish(const json& document) const {
        auto wrong = schema_violations(document);
        if (wrong.empty()) wrong = semantic_violations(document, options_.out);
        if (!wrong.empty()) throw std::logic_error("results.json would be invalid: " + wrong.front());
        write("results.json", document);
    }

    bool stopped() const { return options_.stop_signal && *options_.stop_signal != 0; }
    bool gave_up() const { return options_.fail_fast > 0 && failed_ >= options_.fail_fast; }

    void start_next() {
        const std::size_t index = next_++;
        const Plan::Pair& pair = pairs_[index];
        times_[index].start_ns = nanoseconds(Clock::now() - began_);
        observer_.case_started(*pair.test, *pair.target);
        if (const auto reason = reason_not_to_run(pair)) return conclude(index, *reason, 0);
        Worker worker{
            .index = index, .slot = free_slot(), .started = Clock::now(), .process = {}, .first = {}};
        times_[index].worker = worker.slot;
        worker.process = start(pair);
        workers_.push_back(std::move(worker));
    }

    std::optional<CaseOutcome> reason_not_to_run(const Plan::Pair& pair) const {
        CaseOutcome outcome;
        const auto untested = [&](NotTested reason, std::string detail) {
            outcome.settle(Verdict::not_tested, reason, {}, std::move(detail));
            return outcome;
        };
        if (stopped()) return untested(NotTested::aborted, "the run was stopped by a signal");
        if (gave_up())
            return untested(NotTested::aborted,
                            fmt::format("the run was to stop after {} failures", options_.fail_fast));
        const auto& has = pair.target->capabilities;
        for (const std::string& need : pair.test->needs)
            if (std::find(has.begin(), has.end(), need) == has.end())
                return need == "erase" ? untested(NotTested::unsafe,
                                                  "the case erases its target; --allow-destructive lets it")
                                       : untested(NotTested::not_supported, "the target lacks " + need);
        return std::nullopt;
    }

    unsigned free_slot() const {
        for (unsigned slot = 0;; ++slot)
            if (std::none_of(workers_.begin(), workers_.end(),
                             [&](const Worker& w) { return w.slot == slot; }))
                return slot;
    }

    std::unique_ptr<CaseProcess> start(const Plan::Pair& pair) {
        if (warmed_.insert(pair.suite).second && pair.suite->warm) pair.suite->warm();
        if (warmed_.insert(pair.target).second && pair.target->warm) pair.target->warm(plan_.seed);
        const CaseJob job{pair.test, pair.target, level_of(*pair.test, *plan_.catalogue), plan_.seed,
                          options_.vcd};
        return std::make_unique<CaseProcess>(job, options_.timeout_s);
    }

    /// Hears what running cases tell, and sees to those that have ended.
    void listen() {
        std::vector<pollfd> sockets;
        for (const Worker& worker : workers_) sockets.push_back({worker.process->socket(), POLLIN, 0});
        if (sockets.empty()) return;
        if (::poll(sockets.data(), sockets.size(), poll_ms) < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "poll");
        for (std::size_t i = sockets.size(); i-- > 0;) {
            Worker& worker = workers_[i];
            bool alive = !worker.process->overdue();
            if (alive && sockets[i].revents != 0) alive = worker.process->read();
            tell_events(worker);
            if (!alive && attempt_ended(worker))
                workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }

    void tell_events(Worker& worker) const {
        if (worker.attempt > 0) return;
        const Plan::Pair& pair = pairs_[worker.index];
        const auto& events = worker.process->outcome().events();
        for (; worker.events_told < events.size(); ++worker.events_told)
            observer_.event(*pair.test, *pair.target, events[worker.events_told]);
    }

    /// True when it was the last one.
    bool attempt_ended(Worker& worker) {
        const Plan::Pair& pair = pairs_[worker.index];
        CaseOutcome outcome = worker.process->finish();
        const std::string difference = worker.first ? difference_of(pair, *worker.first, outcome) : "";
        if (!worker.first) worker.first = std::move(outcome);
        if (!difference.empty())
            worker.first->settle(Verdict::error, {}, "nondeterminism",
                                 fmt::format("attempt {}: {}", worker.attempt + 1, difference));
        if (difference.empty() && ++worker.attempt < options_.repeat) {
            worker.process = start(pair);
            return false;
        }
        conclude(worker.index, *worker.first, nanoseconds(Clock::now() - worker.started));
        return true;
    }

    /// In what two attempts differ, or empty text.
    std::string difference_of(const Plan::Pair& pair, const CaseOutcome& a, const CaseOutcome& b) const {
        std::vector<CaseFile> unwritten;
        const json one = describe_case(plan_, pair, a, unwritten);
        const json two = describe_case(plan_, pair, b, unwritten);
        if (one.at("verdict") != two.at("verdict"))
            return fmt::format("verdict {}, first {}", name(b.end().verdict), name(a.end().verdict));
        for (const auto& [member, value] : one.items())
            if (!two.contains(member) || two.at(member) != value)
                return "another " + member + " than the first";
        return one == two ? "" : "more than the first told";
    }

    void conclude(std::size_t index, const CaseOutcome& outcome, std::uint64_t wall_ns) {
        std::vector<CaseFile> files;
        const json described = describe_case(plan_, pairs_[index], outcome, files);
        cases_[index] = described.dump();
        write_files(files, options_.out);
        times_[index].duration_ns = wall_ns;
        ++done_;
        const std::string& verdict = described.at("verdict").get_ref<const std::string&>();
        if (verdict == "FAIL" || verdict == "ERROR") ++failed_;
        observer_.case_ended(described, wall_ns);
    }

    void abort_running() {
        for (Worker& worker : workers_) {
            worker.process.reset();  // kills
            CaseOutcome outcome;
            outcome.settle(Verdict::not_tested, NotTested::aborted, {}, "the run was stopped by a signal");
            conclude(worker.index, outcome, nanoseconds(Clock::now() - worker.started));
        }
        workers_.clear();
    }

    void heartbeat() {
        if (Clock::now() - last_heartbeat_ < options_.heartbeat) return;
        last_heartbeat_ = Clock::now();
        observer_.heartbeat(done_, pairs_.size(), failed_);
    }

    const Plan& plan_;
    const RunOptions& options_;
    RunObserver& observer_;
    std::vector<Plan::Pair> pairs_;
    std::vector<std::string> cases_;  // as text: a fork copies what the parent holds, page by page
    std::vector<CaseTime> times_;
    std::vector<Worker> workers_;
    std::set<const void*> warmed_;  // suites and targets
    std::size_t next_ = 0;
    std::size_t done_ = 0;
    std::size_t failed_ = 0;
    Clock::time_point began_ = Clock::now();
    Clock::time_point last_heartbeat_ = began_;
};

}  // namespace

json run(const Plan& plan, const RunOptions& options, RunObserver& observer) {
    return Runner{plan, options, observer}.run();
}

}  // namespace assay::conformance
