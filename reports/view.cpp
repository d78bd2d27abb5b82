#include "reports/view.hpp"

#include <algorithm>
#include <array>

namespace assay::reports {

std::string_view text(const Json& object, const char* key) {
    const Json& value = member(object, key);
    return value.is_string() ? std::string_view{value.get_ref<const std::string&>()} : std::string_view{};
}

std::uint64_t number(const Json& object, const char* key) {
    const Json& value = member(object, key);
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    return value.is_number_integer() && value.get<std::int64_t>() > 0 ? value.get<std::uint64_t>() : 0;
}

bool flag(const Json& object, const char* key) {
    const Json& value = member(object, key);
    return value.is_boolean() && value.get<bool>();
}

const Json& member(const Json& object, const char* key) {
    static const Json null;
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? *found : null;
}

const Json& list(const Json& object, const char* key) {
    static const Json empty = Json::array();
    const Json& value = member(object, key);
    return value.is_array() ? value : empty;
}

std::vector<std::string_view> texts(const Json& object, const char* key) {
    std::vector<std::string_view> out;
    for (const Json& item : list(object, key))
        if (item.is_string()) out.emplace_back(item.get_ref<const std::string&>());
    return out;
}

namespace {

struct MarkRow {
    std::string_view verdict, symbol, word, css_class;
};
constexpr std::array mark_rows{
    MarkRow{"FAIL", "\u2717", "FAIL", "fail"},
    MarkRow{"ERROR", "\u26A0", "ERROR", "error"},
    MarkRow{"", "?", "UNKNOWN", "error"},
    MarkRow{"INCOMPLETE", "\u2026", "INCOMPLETE", "none"},
    MarkRow{"NOT_TESTED", "\u2013", "NOT TESTED", "none"},
    MarkRow{"NO_CASE", "\u2205", "NO CASE", "none"},
    MarkRow{"", "\u2717", "FAIL, waived", "warn"},
    MarkRow{"WARN", "!", "WARN", "warn"},
    MarkRow{"", "!", "WARN, waived", "warn"},
    MarkRow{"PASS", "\u2713", "PASS", "pass"},
};
static_assert(mark_rows.size() == static_cast<std::size_t>(Mark::pass) + 1);

const MarkRow& row_of(Mark mark) { return mark_rows.at(static_cast<std::size_t>(mark)); }

template <class Map, class Key>
const Json* lookup(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : found->second;
}

}  // namespace

Mark mark_of(std::string_view verdict) {
    for (std::size_t i = 0; i < mark_rows.size(); ++i)
        if (!verdict.empty() && mark_rows.at(i).verdict == verdict) return static_cast<Mark>(i);
    return Mark::unknown;
}
std::string_view symbol(Mark mark) { return row_of(mark).symbol; }
std::string_view word(Mark mark) { return row_of(mark).word; }
std::string_view css_class(Mark mark) { return row_of(mark).css_class; }

Counts Counts::of(const Json& counts) {
    return {number(counts, "pass"), number(counts, "warn"), number(counts, "fail"), number(counts, "error"),
            number(counts, "not_tested")};
}

std::string_view id_of(const Json& object) { return text(object, "id"); }
CaseKey key_of(const Json& one) { return {text(one, "id"), text(one, "target")}; }

View::View(const Json& document) : results(document) {
    for (const Json& target : list(results, "targets")) target_by_id_.emplace(id_of(target), &target);
    for (const auto& [id, target] : target_by_id_) targets.push_back(target);
    for (const Json& requirement : list(results, "requirements"))
        requirement_by_id_.emplace(id_of(requirement), &requirement);
    for (const auto& [id, requirement] : requirement_by_id_) requirements.push_back(requirement);
    std::stable_sort(requirements.begin(), requirements.end(),
                     [](const Json* a, const Json* b) { return text(*a, "family") < text(*b, "family"); });
    for (const Json& one : list(results, "cases")) case_by_key_.emplace(key_of(one), &one);
    for (const auto& [key, one] : case_by_key_) {
        cases.push_back(one);
        for (const auto requirement : texts(*one, "requirements"))
            cases_by_cell_[{requirement, key.second}].push_back(one);
    }
    for (const Json& cell : list(member(results, "summary"), "matrix"))
        cell_by_key_.emplace(CaseKey{text(cell, "requirement"), text(cell, "target")}, &cell);
    for (const Json& time : list(member(results, "volatile"), "case_times"))
        wall_ms_.emplace(CaseKey{text(time, "case"), text(time, "target")},
                         (number(time, "duration_ns") + 500'000) / 1'000'000);
    for (const auto id : texts(member(results, "coverage"), "requirements_without_case"))
        without_case_.insert(id);
}

const Json* View::target(std::string_view id) const { return lookup(target_by_id_, id); }
const Json* View::requirement(std::string_view id) const { return lookup(requirement_by_id_, id); }
const Json* View::cell(std::string_view requirement, std::string_view target) const {
    return lookup(cell_by_key_, CaseKey{requirement, target});
}
const Json* View::find(const CaseKey& key) const { return lookup(case_by_key_, key); }

std::vector<const Json*> View::cases_of(std::string_view requirement, std::string_view target) const {
    const auto found = cases_by_cell_.find({requirement, target});
    return found == cases_by_cell_.end() ? std::vector<const Json*>{} : found->second;
}

std::optional<std::uint64_t> View::wall_ms(const CaseKey& key) const {
    const auto found = wall_ms_.find(key);
    return found == wall_ms_.end() ? std::nullopt : std::optional{found->second};
}

Mark View::run_mark() const {
    const Json& summary = member(results, "summary");
    const Mark mark = mark_of(text(summary, "verdict"));
    const bool nothing = Counts::of(member(summary, "counts")).judged() == 0;
    return mark == Mark::pass && nothing ? Mark::incomplete : mark;
}

Mark View::cell_mark(const Json* cell) const {
    if (cell == nullptr) return Mark::no_case;
    const Mark mark = mark_of(text(*cell, "verdict"));
    if (mark == Mark::warn && number(*cell, "waived") > 0) return Mark::waived;
    return mark == Mark::pass && number(member(*cell, "counts"), "pass") == 0 ? Mark::incomplete : mark;
}

Mark View::case_mark(const Json& one) const {
    const Mark mark = mark_of(text(one, "verdict"));
    if (!is_waived(one)) return mark;
    return mark == Mark::fail ? Mark::waived_fail : mark == Mark::warn ? Mark::waived : mark;
}

Mark View::target_mark(std::string_view target) const {
    bool failed = false, errors = false, warned = false, waived = false, missing = false;
    for (const Json* one : cases) {
        if (text(*one, "target") != target) continue;
        const Mark mark = case_mark(*one);
        failed |= mark == Mark::fail;
        errors |= mark == Mark::error || mark == Mark::unknown;
        warned |= mark == Mark::warn;
        waived |= mark == Mark::waived || mark == Mark::waived_fail;
        missing |= text(member(*one, "not_tested"), "reason") == "missing-shard";
    }
    const Counts counts = target_counts(target);
    if (failed) return Mark::fail;
    if (errors) return Mark::error;
    if (counts.total() == 0) return Mark::no_case;
    if (counts.judged() == 0) return Mark::not_tested;
    if (missing) return Mark::incomplete;
    if (warned) return Mark::warn;
    return waived ? Mark::waived : Mark::pass;
}

Counts View::target_counts(std::string_view target) const {
    for (const Json& row : list(member(results, "summary"), "per_target"))
        if (text(row, "target") == target) return Counts::of(member(row, "counts"));
    return {};
}

bool View::only_models() const {
    return !targets.empty() && std::all_of(targets.begin(), targets.end(), [](const Json* target) {
        return text(*target, "kind") == "model";
    });
}

bool View::is_waived(const Json& one) const {
    const Json& waiver = member(one, "waiver");
    if (!waiver.is_object()) return false;
    // RFC 3339 in UTC: the first 19 characters order as the times do.
    const auto end = text(member(results, "volatile"), "finished").substr(0, 19);
    return end.empty() || end <= text(waiver, "expires").substr(0, 19);
}

}  // namespace assay::reports
