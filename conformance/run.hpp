// Runs cases on targets and writes the run directory: results.json, plan.json, evidence. One forked child per
// case.
#pragma once
#include <chrono>
#include <filesystem>

#include <nlohmann/json_fwd.hpp>

#include "conformance/case.hpp"

namespace assay::conformance {

/// What to run, before anything runs. Cases in order of id, then target id.
struct Plan {
    std::string profile = "min";
    std::uint64_t seed = 1;
    std::vector<Target> targets;
    std::vector<const Case*> cases;
    /// Where the cases and their requirements come from. Tests of the judge bring their own.
    const Catalogue* catalogue = &built_in_catalogue();

    /// Every case on every target of its kind, in order of case id, then target id.
    struct Pair {
        const Suite* suite;
        const Case* test;
        const Target* target;
    };
    std::vector<Pair> pairs() const;

    nlohmann::json to_json() const;  // plan.json
    std::string digest() const;      // "sha256:..." of it, compact, without "sharding"
};

/// Selection of cases (command line, section 2): patterns over ids (exact, prefix, glob), combined by AND
/// with the rest.
struct Selection {
    std::vector<std::string> patterns{};
    std::vector<std::string> requirements{};
    std::vector<std::string> tags{};
    std::vector<std::string> controls{};     // "nist-800-53-r5:SI-7"
    std::vector<std::string> expressions{};  // -k: words, and, or, not, parentheses
    std::optional<std::string> exact_case{};
};
struct SelectionError {
    std::string what;
    std::vector<std::string> nearest;  // three case ids that look most like it
};
/// In order of id. A pattern, requirement, tag or control that no case has is an error, and so is an empty
/// outcome.
Result<std::vector<const Case*>, SelectionError> select(const Selection& selection,
                                                        const Catalogue& catalogue = built_in_catalogue());

/// Told of everything as it happens, in the order of completion.
class RunObserver {
public:
    virtual ~RunObserver() = default;
    virtual void run_started(const Plan&) {}
    virtual void case_started(const Case&, const Target&) {}
    virtual void event(const Case&, const Target&, const Event&) {}
    /// `result` is the case object of results.json.
    virtual void case_ended(const nlohmann::json& /*result*/, std::uint64_t /*wall_ns*/) {}
    virtual void not_run(std::string_view /*component*/, std::string_view /*reason*/, std::size_t /*cases*/) {
    }
    /// Every RunOptions::heartbeat while cases run, to a tenth of a second.
    virtual void heartbeat(std::size_t /*done*/, std::size_t /*total*/, std::size_t /*failed*/) {}
};

struct RunOptions {
    std::filesystem::path out = "assay-out";
    unsigned jobs = 1;
    unsigned timeout_s = 60;    // wall time per case: ERROR target-timeout
    unsigned fail_fast = 0;     // stop after that many failures; 0: never
    unsigned repeat = 1;        // different verdict or evidence: ERROR nondeterminism
    bool vcd = false;           // waves of cases that do not pass
    bool reproducible = false;  // without `volatile`
    std::vector<std::string> argv;
    std::chrono::milliseconds heartbeat{10'000};  // between two words of how far the run is
    const volatile int* stop_signal = nullptr;    // set by a signal handler: the rest is NOT_TESTED `aborted`
};

/// Makes `directory` fit for a run: it exists and is empty. With `force` an earlier run in it (our
/// results.json or plan.json) is removed; a file that no run writes is never touched, it is an error. The
/// error is one line.
Result<Nothing, std::string> prepare_run_directory(const std::filesystem::path& directory, bool force);

/// The results document, complete and valid against the schema; also written as `out`/results.json with
/// `out`/plan.json and `out`/evidence/. results.json comes last: a run that failed has none. Throws
/// std::runtime_error that names the file when the directory cannot be written, std::invalid_argument when
/// two targets have one id.
nlohmann::json run(const Plan& plan, const RunOptions& options, RunObserver& observer);

/// First 8 bytes (big-endian) of HMAC-SHA-256(campaign seed as 8 bytes, "assay-seed/v1" || 00 || case id).
std::uint64_t case_seed(std::uint64_t campaign_seed, std::string_view case_id);

}  // namespace assay::conformance
