// Traceability as CSV (RFC 4180): requirement by target, for spreadsheets and requirement tools.
#include <algorithm>

#include "reports/escape.hpp"
#include "reports/format.hpp"
#include "reports/report.hpp"

namespace assay::reports {
namespace {

/// A cell. What a spreadsheet would take for a formula gets an apostrophe before it.
std::string csv_cell(std::string_view raw) {
    std::string value = xml_characters(raw);
    if (!value.empty() && std::string_view{"=+-@\t\r"}.find(value.front()) != std::string_view::npos)
        value.insert(0, "'");
    if (value.find_first_of("\",\r\n") == std::string::npos) return value;
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"') out += c;
        out += c;
    }
    return out + "\"";
}

std::string csv_source(const Json& requirement) {
    const Json& source = member(requirement, "source");
    const auto version = text(source, "version");
    return fmt::format("{}{}{} {}", text(source, "document"), version.empty() ? "" : " ", version,
                       text(source, "section"));
}

std::string csv_controls(const Json& requirement) {
    std::set<std::pair<std::string_view, std::string_view>> controls;
    for (const Json& control : list(requirement, "controls"))
        controls.emplace(text(control, "framework"), id_of(control));
    std::string out;
    for (const auto& [framework, id] : controls)
        out += fmt::format("{}{}:{}", out.empty() ? "" : ";", framework, id);
    return out;
}

std::string_view first_failure(const View& view, std::string_view requirement, std::string_view target) {
    for (const Json* one : view.cases_of(requirement, target)) {
        const Mark mark = mark_of(text(*one, "verdict"));
        if (mark == Mark::fail || mark == Mark::error) return id_of(*one);
    }
    return {};
}

}  // namespace

std::string traceability_csv(const Json& results) {
    const View view{results};
    const std::string digest = content_digest(results);
    std::vector<const Json*> requirements = view.requirements;
    std::sort(requirements.begin(), requirements.end(),
              [](const Json* a, const Json* b) { return id_of(*a) < id_of(*b); });
    std::string out =
        "requirement,level,family,text,source,stage,target,target_kind,cases,pass,warn,fail,error,not_tested,"
        "verdict,waived,controls,first_failure,content_digest\r\n";
    const auto row = [&](const Json& requirement, std::string_view target, std::string_view kind,
                         const Counts& counts, std::string_view verdict, std::uint64_t waived) {
        const auto id = id_of(requirement);
        for (const std::string& cell :
             {std::string{id}, std::string{text(requirement, "level")},
              std::string{text(requirement, "family")}, std::string{text(requirement, "text")},
              csv_source(requirement), std::string{text(requirement, "stage")}, std::string{target},
              std::string{kind}})
            out += csv_cell(cell) + ",";
        out += fmt::format("{},{},{},{},{},{},{},{},", counts.total(), counts.pass, counts.warn, counts.fail,
                           counts.error, counts.not_tested, csv_cell(verdict), waived);
        out += fmt::format("{},{},{}\r\n", csv_cell(csv_controls(requirement)),
                           csv_cell(target.empty() ? std::string_view{} : first_failure(view, id, target)),
                           digest);
    };
    for (const Json* requirement : requirements) {
        if (view.without_case(id_of(*requirement))) row(*requirement, {}, {}, {}, "NO_CASE", 0);
        for (const Json* target : view.targets)
            if (const Json* cell = view.cell(id_of(*requirement), id_of(*target)); cell != nullptr)
                row(*requirement, id_of(*target), text(*target, "kind"), Counts::of(member(*cell, "counts")),
                    text(*cell, "verdict"), number(*cell, "waived"));
    }
    return out;
}

}  // namespace assay::reports
