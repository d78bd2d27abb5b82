// TAP version 13, which prove reads (it refuses 14).
#include "reports/escape.hpp"
#include "reports/format.hpp"
#include "reports/report.hpp"

namespace assay::reports {
namespace {

/// One line: what would end it, or hide in it, is shown.
std::string tap_line(std::string_view raw) {
    std::string out;
    for (const char c : xml_characters(raw)) {
        if (c == '#' || c == '\\') out += '\\';
        out += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    }
    return out;
}

std::string yaml_text(std::string_view raw) {
    std::string out = "'";
    for (const char c : xml_characters(raw)) {
        if (c == '\'') out += c;
        out += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    }
    return out + "'";
}

}  // namespace

std::string tap(const Json& results) {
    const View view{results};
    std::string out = fmt::format("TAP version 13\n1..{}\n", view.cases.size());
    for (std::size_t n = 1; const Json* one : view.cases) {
        const Mark mark = view.case_mark(*one);
        const bool good =
            mark == Mark::pass || mark == Mark::warn || mark == Mark::waived || mark == Mark::not_tested;
        out += fmt::format("{}ok {} - {} @{}", good ? "" : "not ", n++, tap_line(id_of(*one)),
                           tap_line(text(*one, "target")));
        if (mark == Mark::not_tested)
            out += fmt::format(" # SKIP {}", tap_line(text(member(*one, "not_tested"), "detail")));
        if (mark == Mark::waived_fail)
            out += fmt::format(" # TODO {}", tap_line(text(member(*one, "waiver"), "id")));
        out += "\n";
        if (mark == Mark::pass || mark == Mark::not_tested) continue;
        out += fmt::format("  ---\n  verdict: {}\n", yaml_text(text(*one, "verdict")));
        std::string requirements;
        for (const auto requirement : texts(*one, "requirements"))
            requirements += fmt::format("{}{}", requirements.empty() ? "" : " ", requirement);
        out += fmt::format("  requirement: {}\n", yaml_text(requirements));
        const Json& failure = member(*one, "failure");
        if (failure.is_object())
            out += fmt::format("  message: {}\n  expected: {}\n  actual: {}\n",
                               yaml_text(text(failure, "summary")), yaml_text(text(failure, "expected")),
                               yaml_text(text(failure, "actual")));
        else
            out += fmt::format("  message: {}\n", yaml_text(text(member(*one, "error"), "summary")));
        out += fmt::format("  replay: {}\n  ...\n", yaml_text(text(*one, "replay")));
    }
    return out;
}

}  // namespace assay::reports
