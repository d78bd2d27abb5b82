// `assay report` and `assay verify`: from a run directory alone.
#include "cli/commands.hpp"
#include "cli/run_directory.hpp"
#include "reports/report.hpp"
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/results.hpp"
#include "sim/base/text.hpp"

namespace assay::cli {

int report_command(const Arguments& arguments, Console& console) {
    const ReportArguments& a = arguments.report;
    if (const auto results = load_results(a.run); !results) {
        console.error(results.error());
        return Exit::usage;
    }
    std::vector<reports::Kind> kinds;
    const bool all = !a.html && !a.junit && !a.csv && !a.tap;
    if (all || a.html) kinds.push_back(reports::Kind::html);
    if (all || a.junit) kinds.push_back(reports::Kind::junit);
    if (all || a.csv) kinds.push_back(reports::Kind::csv);
    if (a.tap) kinds.push_back(reports::Kind::tap);
    const auto folder = run_folder(a.run);
    const auto written = reports::write_reports(folder, kinds);
    if (!written) {
        console.error(written.error().text());
        return Exit::usage;
    }
    for (const auto& file : *written)
        if (file.find('/') == std::string::npos) console.out.line("report: " + (folder / file).string());
    return Exit::success;
}

int verify_command(const Arguments& arguments, Console& console) {
    const auto results = load_results(arguments.verify_run);
    const auto folder = run_folder(arguments.verify_run);
    std::vector<std::string> wrong;
    if (!results) {
        wrong.push_back(results.error());
    } else {
        wrong = conformance::semantic_violations(*results, folder);
    }
    if (arguments.json) {
        nlohmann::json out{{"accepted", wrong.empty()}, {"violations", wrong}};
        if (results) out["content_digest"] = conformance::content_digest(*results);
        console.out.line(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
        for (const auto& line : wrong)
            console.out.line(console.out.paint(Tone::bad, "refused") + "  " + printable(line));
        if (wrong.empty())
            console.out.line(console.out.paint(Tone::good, "verified") + "  " +
                             conformance::content_digest(*results));
    }
    return wrong.empty() ? Exit::success : Exit::failure;
}

}  // namespace assay::cli
