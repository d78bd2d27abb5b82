// A results document as its writers ask for it: lookups, orders, and verdicts as people read them.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace assay::reports {

using Json = nlohmann::json;

/// The member, or what stands for its absence.
std::string_view text(const Json& object, const char* key);
std::uint64_t number(const Json& object, const char* key);
bool flag(const Json& object, const char* key);
const Json& member(const Json& object, const char* key);  // null
const Json& list(const Json& object, const char* key);    // empty
std::vector<std::string_view> texts(const Json& object, const char* key);

/// A verdict as it is shown, the best last. What is no verdict is `unknown`, never a pass.
enum class Mark : std::uint8_t {
    fail,
    error,
    unknown,
    incomplete,
    not_tested,
    no_case,
    waived_fail,  // of a case
    warn,
    waived,  // a warning, or of a cell a failure, that somebody accepts
    pass,
};
Mark mark_of(std::string_view verdict);
std::string_view symbol(Mark mark);     // "✗"
std::string_view word(Mark mark);       // "FAIL"
std::string_view css_class(Mark mark);  // "fail"

/// Cases of one row, by verdict.
struct Counts {
    std::uint64_t pass = 0, warn = 0, fail = 0, error = 0, not_tested = 0;

    static Counts of(const Json& counts);
    std::uint64_t judged() const { return pass + warn + fail; }
    std::uint64_t total() const { return judged() + error + not_tested; }
};

using CaseKey = std::pair<std::string_view, std::string_view>;  // case id, target id

class View {
public:
    /// Refers to `results`, which outlives it.
    explicit View(const Json& results);

    const Json& results;
    std::vector<const Json*> targets;       // by id
    std::vector<const Json*> requirements;  // by family, then id
    std::vector<const Json*> cases;         // by id, then target

    const Json* target(std::string_view id) const;
    const Json* requirement(std::string_view id) const;
    const Json* cell(std::string_view requirement, std::string_view target) const;
    const Json* find(const CaseKey& key) const;
    std::vector<const Json*> cases_of(std::string_view requirement, std::string_view target) const;
    /// Milliseconds of wall-clock time, where known.
    std::optional<std::uint64_t> wall_ms(const CaseKey& key) const;

    /// The run's verdict; PASS without a judged case is shown as incomplete.
    Mark run_mark() const;
    /// A cell of the matrix, with the same rule; no_case where there is none.
    Mark cell_mark(const Json* cell) const;
    Mark case_mark(const Json& one) const;
    /// The cells of a target together: as the run's verdict is made of all.
    Mark target_mark(std::string_view target) const;
    Counts target_counts(std::string_view target) const;
    bool only_models() const;
    bool without_case(std::string_view requirement) const { return without_case_.contains(requirement); }

    /// Whether a waiver holds: it does until the time at which the run ended.
    bool is_waived(const Json& one) const;

private:
    std::map<std::string_view, const Json*> target_by_id_;
    std::map<std::string_view, const Json*> requirement_by_id_;
    std::map<CaseKey, const Json*> case_by_key_;
    std::map<CaseKey, const Json*> cell_by_key_;  // requirement id, target id
    std::map<CaseKey, std::vector<const Json*>> cases_by_cell_;
    std::map<CaseKey, std::uint64_t> wall_ms_;
    std::set<std::string_view> without_case_;
};

std::string_view id_of(const Json& object);
CaseKey key_of(const Json& one);

}  // namespace assay::reports
