// A conformance case: what it asks of a target, which requirements it is evidence for, and what came of it.
#pragma once
#include <functional>
#include <stdexcept>

#include "conformance/requirement.hpp"
#include "conformance/targets/target.hpp"
#include "sim/base/wire.hpp"
#include "sim/crypto/context.hpp"

namespace assay::conformance {

/// Verdicts of results.schema.json. NOT_TESTED claims nothing and is never a pass.
enum class Verdict : std::uint8_t { pass, warn, fail, error, not_tested };
std::string_view name(Verdict verdict);  // "PASS", "WARN", ...

/// Why a case was not tested: the closed list of results.schema.json.
enum class NotTested : std::uint8_t {
    no_device,
    not_built,
    not_claimed,
    not_supported,
    deselected,
    dependency,
    budget,
    aborted,
    missing_shard,
    missing_data,
    unsafe,
};
std::string_view name(NotTested reason);  // "no-device", ...

/// Bytes that differ from what they should be, for the report's difference table and hex dump.
struct Difference {
    std::string evidence;  // id of an attached evidence, or empty
    std::string field;
    std::size_t offset = 0;
    Bytes expected;
    Bytes actual;
    std::string note;
};

/// What did not hold.
struct Failure {
    std::string code;      // token: "signature-invalid"
    std::string summary;   // one line
    std::string expected;  // a sentence
    std::string actual;    // a sentence
    std::vector<Difference> differences;
};

/// Bytes kept with a verdict: written to the run directory under evidence/<target>/<case>/. The ids and files
/// `messages`, `events` and `waves` are the engine's own.
struct Evidence {
    std::string id;         // token: "report"; the second one of a case becomes "report-2"
    std::string kind;       // of results.schema.json: transcript, quote, certificate, measurement-log, ...
    std::string file_name;  // "report.bin": letters, digits, . _ -
    std::string media_type;
    Bytes content;
    std::vector<Leaf> fields;  // labels for the hex dump
};

/// One run of one case: what its body works with. The first thing that does not hold ends the run.
class Trial {
public:
    virtual ~Trial() = default;

    /// The target under test. Throws std::logic_error where its port is another: a suite is only run on
    /// targets of its kind.
    template <class P>
    P& port() {
        auto* held = std::get_if<std::unique_ptr<P>>(&any_port());
        if (held == nullptr || *held == nullptr) throw std::logic_error("the target has another port");
        return **held;
    }
    GpuPort& gpu() { return port<GpuPort>(); }
    AppraisalPort& verifier() { return port<AppraisalPort>(); }

    /// The only sources of randomness a case has: both follow from campaign seed and case id, and are the
    /// same for every target.
    virtual Random& random() = 0;
    virtual crypto::Context& crypto() = 0;

    /// A check. When it does not hold the case ends with `failure` (FAIL, or WARN where no requirement of the
    /// case is a MUST). Every case that passes has done at least one.
    virtual void expect(bool held, const Failure& failure) = 0;
    /// The same in short: `sentence` says what should hold, `actual` what was seen.
    void expect(bool held, std::string_view code, std::string_view sentence, std::string_view actual);

    /// The value of an outcome that the case needs before it can judge. A PortError of kind crash or timeout
    /// ends the case as ERROR, not_supported as NOT_TESTED; io and refused as FAIL while judging, as
    /// NOT_TESTED `dependency` in `prepare`.
    template <class T>
    T need(Result<T, PortError> outcome, std::string_view what) {
        if (!outcome) give_up(outcome.error(), what);
        return *std::move(outcome);
    }

    /// Ends the case: NOT_TESTED, with a reason that names the fact.
    [[noreturn]] virtual void not_tested(NotTested reason, std::string_view detail) = 0;

    virtual void attach(Evidence evidence) = 0;
    /// For the sequence diagram. Events of the port are collected by themselves.
    virtual void note(Event event) = 0;

protected:
    virtual AnyPort& any_port() = 0;
    [[noreturn]] virtual void give_up(const PortError& error, std::string_view what) = 0;
};

/// A tag: the case shows how the whole goes, and its events are kept whatever its verdict.
inline constexpr std::string_view exhibit_tag = "exhibit";

struct Case {
    std::string id;     // lower case, dotted, begins with its suite's id; never renamed
    std::string title;  // one line: the sentence that a PASS makes true
    std::vector<std::string> requirements;
    std::vector<std::string>
        needs;  // capabilities of the target; one that it lacks: NOT_TESTED not-supported
    std::vector<std::string> tags;
    std::function<void(Trial&)>
        prepare;  // may be empty. What fails here is NOT_TESTED `dependency`, never FAIL
    std::function<void(Trial&)> run;
};

struct Suite {
    std::string id;  // "gpu-evidence"
    std::string title;
    PortKind port{};  // of the targets it judges
    std::vector<Case> cases;
    /// Makes what its cases share, once per process and before any of them is forked off; no verdict depends
    /// on whether it was called. May be empty.
    std::function<void()> warm{};
};

/// Requirements in order of id, suites in order of id with their cases in order of id.
struct Catalogue {
    std::vector<Requirement> requirements;
    std::vector<Suite> suites;
};
/// Everything that this program can ask of a target.
const Catalogue& built_in_catalogue();

/// All suites, in order of id; cases in order of id. The one place where a suite is registered.
const std::vector<Suite>& suites();
const Case* find_case(std::string_view id);

}  // namespace assay::conformance
