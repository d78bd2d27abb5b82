// JUnit XML: the subset of junit-10.xsd (Jenkins xunit-plugin) that every reader of it understands.
#include <algorithm>

#include "reports/escape.hpp"
#include "reports/report.hpp"
#include "reports/view.hpp"
#include <fmt/format.h>

namespace assay::reports {
namespace {

constexpr std::size_t max_text = 16 * 1024;

/// `[[` is an instruction to some readers (`[[ATTACHMENT|...]]`): text that came from a target must not speak
/// with our voice.
std::string without_instructions(std::string_view raw) {
    std::string out{raw};
    for (std::size_t at = 0; (at = out.find("[[", at)) != std::string::npos; ++at) out.insert(at + 1, " ");
    return out;
}

/// The text in XML, at most 16 KiB of it.
std::string xml_body(std::string_view raw) {
    const std::size_t cut = raw.size() > max_text ? raw.size() - max_text : 0;
    const std::string out = xml_text(without_instructions(raw.substr(0, raw.size() - cut)));
    return cut == 0 ? out : out + fmt::format("... ({} bytes cut)", cut);
}

std::string attribute(std::string_view name, std::string_view value) {
    return fmt::format(" {}=\"{}\"", name, xml_text(without_instructions(value), true));
}

std::string seconds(std::uint64_t milliseconds) {
    return fmt::format("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
}

/// `2026-01-02T03:04:05`: UTC without a zone.
std::string time_stamp(const View& view, std::int64_t epoch_s) {
    const auto started = text(member(view.results, "volatile"), "started");
    if (started.size() >= 19 &&
        started.substr(0, 19).find_first_not_of("0123456789-T:") == std::string_view::npos)
        return std::string{started.substr(0, 19)};
    // Days to year, month, day of the proleptic Gregorian calendar, counted from March.
    const std::int64_t day = epoch_s / 86'400 + 719'468, second = epoch_s % 86'400;
    const std::int64_t era = day / 146'097, of_era = day % 146'097;
    const std::int64_t year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
    const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const std::int64_t march = (5 * of_year + 2) / 153, month = march < 10 ? march + 3 : march - 9;
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", year + era * 400 + (month <= 2 ? 1 : 0), month,
                       of_year - (153 * march + 2) / 5 + 1, second / 3600, second / 60 % 60, second % 60);
}

/// What GitLab and others show of a failure: the bytes first, then the sentences, then how to see it again.
std::string failure_body(const Json& one) {
    const Json& failure = member(one, "failure");
    std::string out;
    for (const Json& diff : list(failure, "diffs"))
        out += fmt::format("offset 0x{:04x} {}: expected {}, got {}\n", number(diff, "offset"),
                           text(diff, "field"), text(diff, "expected"), text(diff, "actual"));
    out += fmt::format("expected: {}\nactual:   {}\nreplay: {}", text(failure, "expected"),
                       text(failure, "actual"), text(one, "replay"));
    return out;
}

struct SuiteTotals {
    std::uint64_t tests = 0, failures = 0, errors = 0, skipped = 0, milliseconds = 0;

    void count(const View& view, const Json& one) {
        const Mark mark = view.case_mark(one);
        ++tests;
        failures += mark == Mark::fail;
        errors += mark == Mark::error || mark == Mark::unknown;
        skipped += mark == Mark::not_tested || mark == Mark::waived_fail;
        milliseconds += view.wall_ms(key_of(one)).value_or(0);
    }
    std::string attributes() const {
        return fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, failures, errors);
    }
};

std::string test_case(const View& view, const Json& one, std::string_view class_name) {
    const Json& failure = member(one, "failure");
    const Json& error = member(one, "error");
    const Json& why = member(one, "not_tested");
    std::string out =
        fmt::format("    <testcase{}{} time=\"{}\">\n", attribute("classname", class_name),
                    attribute("name", id_of(one)), seconds(view.wall_ms(key_of(one)).value_or(0)));
    std::string said;
    switch (view.case_mark(one)) {
        case Mark::fail:
            out += fmt::format("      <failure{}{}>{}</failure>\n", attribute("type", text(failure, "code")),
                               attribute("message", text(failure, "summary")), xml_body(failure_body(one)));
            break;
        case Mark::waived_fail:
            out += fmt::format("      <skipped type=\"waived\"{}/>\n",
                               attribute("message", text(member(one, "waiver"), "id")));
            [[fallthrough]];
        case Mark::waived:
            said = fmt::format("{} waived: {}\n{}\n", text(one, "verdict"), text(failure, "summary"),
                               failure_body(one));
            break;
        case Mark::warn: said = fmt::format("WARN {}\n", text(failure, "summary")); break;
        case Mark::not_tested:
            out += fmt::format("      <skipped{}{}/>\n", attribute("type", text(why, "reason")),
                               attribute("message", text(why, "detail")));
            break;
        case Mark::pass: break;
        default:
            out += fmt::format(
                "      <error{}{}>{}</error>\n", attribute("type", text(error, "code")),
                attribute("message", text(error, "summary")),
                xml_body(fmt::format("{}\nreplay: {}", text(error, "detail"), text(one, "replay"))));
    }
    std::string lines;
    for (const auto requirement : texts(one, "requirements"))
        lines += fmt::format("[[PROPERTY|requirement={}]]\n", xml_body(requirement));
    lines += fmt::format("[[PROPERTY|seed={}]]", xml_body(text(one, "seed")));
    for (const Json& evidence : list(one, "evidence"))
        if (is_plain_path(text(evidence, "path")))
            lines += fmt::format("\n[[ATTACHMENT|{}]]", text(evidence, "path"));
    return out + fmt::format("      <system-out>{}{}</system-out>\n    </testcase>\n", xml_body(said), lines);
}

}  // namespace

std::string junit_xml(const Json& results, std::int64_t epoch_s) {
    const View view{results};
    std::map<std::pair<std::string_view, std::string_view>, std::vector<const Json*>>
        suites;  // target, suite
    SuiteTotals all;
    for (const Json* one : view.cases) {
        suites[{text(*one, "target"), text(*one, "suite")}].push_back(one);
        all.count(view, *one);
    }
    const std::string started = time_stamp(view, epoch_s);
    const auto host = text(member(member(results, "volatile"), "host"), "name");
    std::string out =
        fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\"{} time=\"{}\">\n",
                    all.attributes(), seconds(all.milliseconds));
    for (std::size_t id = 0; const auto& [key, cases] : suites) {
        const auto& [target, suite] = key;
        SuiteTotals totals;
        for (const Json* one : cases) totals.count(view, *one);
        std::string name{target};
        std::replace(name.begin(), name.end(), '.', '_');  // readers split class names at dots
        name += fmt::format(".{}", suite);
        out += fmt::format("  <testsuite{}{} skipped=\"{}\" time=\"{}\" timestamp=\"{}\"{} id=\"{}\"{}>\n",
                           attribute("name", name), totals.attributes(), totals.skipped,
                           seconds(totals.milliseconds), started,
                           host.empty() ? std::string{} : attribute("hostname", host), id++,
                           attribute("package", target));
        const Json* found = view.target(target);
        out += "    <properties>";
        for (const auto& [property, value] :
             {std::pair{"target", target},
              {"target-kind", found == nullptr ? std::string_view{} : text(*found, "kind")},
              {"seed", text(results, "seed")},
              {"plan", text(member(results, "plan"), "digest")}})
            out += fmt::format("<property name=\"{}\"{}/>", property, attribute("value", value));
        out += "</properties>\n";
        for (const Json* one : cases) out += test_case(view, *one, name);
        out += "  </testsuite>\n";
    }
    return out + "</testsuites>\n";
}

}  // namespace assay::reports
