// `assay list` and `assay explain`: what can be run, and what an id means.
#include <algorithm>
#include <map>

#include "cli/commands.hpp"
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/results.hpp"
#include "models/verifier/codes.hpp"
#include "sim/base/text.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& w : words) out += (out.empty() ? "" : " ") + w;
    return out;
}

std::string source_of(const conformance::Requirement& r) {
    return r.source.document + (r.source.version.empty() ? "" : ' ' + r.source.version) + ", " +
           r.source.section;
}

std::vector<std::string> cases_for(std::string_view requirement) {
    std::vector<std::string> out;
    for (const auto& suite : conformance::suites())
        for (const auto& test : suite.cases)
            if (std::ranges::count(test.requirements, requirement) > 0) out.push_back(test.id);
    return out;
}

json to_json(const conformance::Case& test) {
    return {{"id", test.id},
            {"title", test.title},
            {"requirements", test.requirements},
            {"needs", test.needs},
            {"tags", test.tags}};
}

json to_json(const conformance::Requirement& r) {
    json controls = json::array();
    for (const auto& c : r.controls) controls.push_back({{"framework", c.framework}, {"id", c.id}});
    return {{"id", r.id},
            {"family", r.family},
            {"level", conformance::name(r.level)},
            {"text", r.text},
            {"source", source_of(r)},
            {"controls", controls},
            {"cases", cases_for(r.id)}};
}

json to_json(const verifier::Reason& r) {
    return {{"name", r.name},
            {"nvat", r.number},
            {"nvat_switch", r.switch_number},
            {"meaning", r.meaning},
            {"remedy", r.remedy}};
}

/// Rows as JSON, or as text: one line each.
template <class Rows, class Line>
void show(const Rows& rows, bool as_json, const Stream& out, const Line& line) {
    if (as_json) {
        json list = json::array();
        for (const auto& row : rows) list.push_back(to_json(row));
        out.line(list.dump(2));
        return;
    }
    for (const auto& row : rows) out.line(line(row));
}

int list_cases(const ListArguments& a, const Console& console) {
    const auto chosen = conformance::select(a.selection);
    if (!chosen) {
        console.error(chosen.error().what +
                      (chosen.error().nearest.empty() ? "" : "; nearest: " + joined(chosen.error().nearest)));
        return Exit::usage;
    }
    std::vector<conformance::Case> cases;
    for (const auto* test : *chosen) cases.push_back(*test);
    show(cases, a.json, console.out, [](const conformance::Case& c) {
        return fmt::format("{:<56} {:<36} {}", c.id, joined(c.requirements),
                           c.needs.empty() ? "" : "needs " + joined(c.needs));
    });
    return Exit::success;
}

void list_controls(const ListArguments& a, const Console& console) {
    std::map<std::string, std::vector<std::string>> requirements;
    for (const auto& r : conformance::requirement_catalogue())
        for (const auto& c : r.controls) requirements[c.framework + ':' + c.id].push_back(r.id);
    if (a.json)
        console.out.line(json(requirements).dump(2));
    else
        for (const auto& [control, ids] : requirements)
            console.out.line(fmt::format("{:<32} evidence from {} requirements", control, ids.size()));
}

void list_targets(const ListArguments& a, const Console& console) {
    json list = json::array();
    for (const auto& row : conformance::target_schemes()) {
        list.push_back({{"scheme", row.scheme}, {"form", row.form}, {"meaning", row.meaning}});
        if (!a.json) console.out.line(fmt::format("{}\n    {}", row.form, row.meaning));
    }
    if (a.json) console.out.line(list.dump(2));
}

/// What each verdict claims; the words of the results schema.
struct VerdictWord {
    std::string_view name, meaning;
};
constexpr std::array verdict_words{
    VerdictWord{"PASS", "Every check of the case held."},
    VerdictWord{"WARN", "A SHOULD or MAY requirement did not hold."},
    VerdictWord{"FAIL", "A MUST requirement did not hold."},
    VerdictWord{"ERROR", "No judgement: the target crashed, timed out, or the harness broke."},
    VerdictWord{"NOT_TESTED",
                "Not run; nothing is claimed. The reason is always given, and it never counts as a pass."},
    VerdictWord{"INCOMPLETE", "Some cases of the requirement, or planned cases of the run, were not tested."},
};

void explain(const conformance::Requirement& r, const Stream& out) {
    out.line(out.paint(Tone::strong, r.id) + "  " + std::string{conformance::name(r.level)} + "  family " +
             r.family);
    out.line("  " + r.text);
    out.line("  source: " + source_of(r));
    std::string controls;
    for (const auto& c : r.controls) controls += (controls.empty() ? "" : ", ") + c.framework + ':' + c.id;
    if (!controls.empty()) out.line("  evidence relevant to: " + controls);
    for (const auto& id : cases_for(r.id)) out.line("  case: " + id);
}

void explain(const conformance::Case& c, const Stream& out) {
    out.line(out.paint(Tone::strong, c.id));
    out.line("  " + c.title);
    if (!c.needs.empty()) out.line("  needs a target that has: " + joined(c.needs));
    if (!c.tags.empty()) out.line("  tags: " + joined(c.tags));
    for (const auto& id : c.requirements)
        if (const auto* r = conformance::find_requirement(id)) explain(*r, out);
}

void explain(const verifier::Reason& r, const Stream& out) {
    const auto numbers = r.number == r.switch_number
                             ? std::to_string(r.number)
                             : fmt::format("{} (switch: {})", r.number, r.switch_number);
    out.line(out.paint(Tone::strong, r.name) + "  refusal reason, NVAT result code " + numbers);
    out.line("  " + std::string{r.meaning});
    out.line("  remedy: " + std::string{r.remedy});
}

}  // namespace

int list_command(const Arguments& arguments, Console& console) {
    const ListArguments& a = arguments.list;
    if (a.requirements)
        show(conformance::requirement_catalogue(), a.json, console.out,
             [](const conformance::Requirement& r) {
                 return fmt::format("{:<16} {:<6} {}  [{}]", r.id, conformance::name(r.level), r.text,
                                    source_of(r));
             });
    else if (a.reasons)
        show(verifier::reasons(), a.json, console.out, [](const verifier::Reason& r) {
            return fmt::format("{:<28} {:>4}  {}", r.name, r.number, r.meaning);
        });
    else if (a.targets)
        list_targets(a, console);
    else if (a.controls)
        list_controls(a, console);
    else
        return list_cases(a, console);
    return Exit::success;
}

int explain_command(const Arguments& arguments, Console& console) {
    const std::string& id = arguments.explain_id;
    json out;
    const auto* requirement = conformance::find_requirement(id);
    const auto* test = conformance::find_case(id);
    const auto* reason = verifier::find_reason(id);
    const auto* verdict = std::ranges::find(verdict_words, id, &VerdictWord::name);
    if (requirement != nullptr) {
        arguments.json ? console.out.line(to_json(*requirement).dump(2)) : explain(*requirement, console.out);
    } else if (test != nullptr) {
        arguments.json ? console.out.line(to_json(*test).dump(2)) : explain(*test, console.out);
    } else if (reason != nullptr) {
        arguments.json ? console.out.line(to_json(*reason).dump(2)) : explain(*reason, console.out);
    } else if (verdict != verdict_words.end()) {
        console.out.line(arguments.json ? json{{"name", verdict->name}, {"meaning", verdict->meaning}}.dump(2)
                                        : console.out.paint(Tone::strong, verdict->name) + "  " +
                                              std::string{verdict->meaning});
    } else {
        conformance::Selection selection;
        selection.exact_case = id;
        const auto nearest = conformance::select(selection);
        console.error(id + ": no requirement, case, refusal reason or verdict of that name" +
                      (nearest ? std::string{} : "; nearest cases: " + joined(nearest.error().nearest)));
        return Exit::usage;
    }
    return Exit::success;
}

}  // namespace assay::cli
