// `assay run`: plan, run, report, exit code. `assay replay`: one recorded case again.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/run_directory.hpp"
#include "cli/targets.hpp"
#include "reports/report.hpp"
#include <fmt/format.h>

#include "conformance/results.hpp"
#include "sim/base/file.hpp"
#include "sim/base/random.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;

volatile int stop_signal = 0;

/// Ends with a clear line and exit code 2.
struct Refused {
    std::string what;
    int code = Exit::usage;
};

std::uint64_t seed_of(const std::string& text) {
    std::uint64_t seed = 0;
    if (text == "random") {
        SystemRandom{}.fill({reinterpret_cast<std::uint8_t*>(&seed), sizeof seed});
        return seed;
    }
    const bool hex = text.starts_with("0x");
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + (hex ? 2 : 0), end, seed, hex ? 16 : 10);
    if (error != std::errc{} || stop != end)
        throw Refused{"--seed " + text + ": expected a 64-bit number, decimal or 0x..., or random"};
    return seed;
}

std::vector<const conformance::Case*> cases_of(const RunArguments& a) {
    auto chosen = conformance::select(a.selection);
    if (!chosen) {
        std::string nearest;
        for (const auto& id : chosen.error().nearest)
            nearest += (nearest.empty() ? "; nearest: " : ", ") + id;
        throw Refused{chosen.error().what + nearest};
    }
    if (a.failed_of.empty()) return *chosen;
    const auto earlier = load_results(a.failed_of);
    if (!earlier) throw Refused{earlier.error()};
    std::set<std::string> bad;
    for (const auto& c : earlier->at("cases"))
        if (c.at("verdict") == "FAIL" || c.at("verdict") == "ERROR") bad.insert(c.at("id"));
    std::erase_if(*chosen, [&](const auto* test) { return !bad.contains(test->id); });
    if (chosen->empty()) throw Refused{a.failed_of + ": no selected case is FAIL or ERROR there"};
    return *chosen;
}

void show_config(const RunArguments& a, const Console& console) {
    for (const auto& [name, value] : a.values) {
        const auto from = a.origin.find(name);
        console.out.line(fmt::format("{:<20} {:<30} {}", name, value.empty() ? "-" : value,
                                     from == a.origin.end() ? "default" : from->second));
    }
}

void copy_report(const std::string& from, const std::string& to, const Console& console) {
    const auto content = read_file(from, 256U << 20);
    if (!content) throw std::runtime_error(content.error().text());
    if (to == "-")
        console.out.write(as_text(*content));
    else
        write_file(to, *content);
}

int run_with(const Arguments& arguments, Console& console) {
    const RunArguments& a = arguments.run;
    if (a.show_config) {
        show_config(a, console);
        return Exit::success;
    }
    console.json = !a.json.empty();
    Progress progress{console, {a.progress, a.json, a.slowest}};

    conformance::Plan plan;
    plan.seed = seed_of(a.seed);
    plan.cases = cases_of(a);
    Targets targets = a.targets.empty() ? built_in_targets() : parse_targets(a.targets, a.allow_destructive);
    if (!targets.error.empty()) throw Refused{targets.error};
    plan.targets = std::move(targets.list);

    conformance::RunOptions options;
    options.out = a.out;
    options.jobs = a.jobs > 0 ? a.jobs : std::max(1U, std::thread::hardware_concurrency());
    options.timeout_s = a.timeout_s;
    options.fail_fast = a.fail_fast;
    options.repeat = a.repeat;
    options.vcd = a.trace == "vcd";
    options.reproducible = a.reproducible || std::getenv("SOURCE_DATE_EPOCH") != nullptr;
    options.argv = arguments.argv;
    options.stop_signal = &stop_signal;
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int which) { stop_signal = which; });
    if (const auto ready = conformance::prepare_run_directory(a.out, a.force); !ready)
        throw Refused{ready.error()};

    const json results = conformance::run(plan, options, progress);
    for (const auto& [component, reason] : targets.absent) progress.not_run(component, reason, 0);
    if (const auto written =
            reports::write_reports(a.out, {reports::Kind::html, reports::Kind::junit, reports::Kind::csv});
        !written)
        throw std::runtime_error(written.error().text());
    if (!a.junit.empty()) copy_report(a.out + "/junit.xml", a.junit, console);
    if (!a.csv.empty()) copy_report(a.out + "/traceability.csv", a.csv, console);

    int code = conformance::exit_code(results, a.strict);
    if (code == Exit::failure && a.exit_zero_on_fail) code = Exit::success;
    if (stop_signal == SIGINT) code = Exit::interrupted;
    if (stop_signal == SIGTERM) code = Exit::temporary;
    progress.finish(results, a.out, code);
    return code;
}

/// Verdict and evidence digests of a case: what a replay must reproduce.
json outcome_of(const json& result) {
    json out{{"verdict", result.at("verdict")}, {"evidence", json::array()}};
    for (const auto& e : result.at("evidence")) out["evidence"].push_back({e.at("id"), e.at("digest")});
    return out;
}

int replay_with(const Arguments& arguments, Console& console) {
    const ReplayArguments& a = arguments.replay;
    const auto recorded = load_results(a.results);
    if (!recorded) throw Refused{recorded.error()};
    std::vector<const json*> found;
    for (const auto& c : recorded->at("cases"))
        if (c.at("id") == a.case_id && (a.target.empty() || c.at("target") == a.target)) found.push_back(&c);
    if (found.empty())
        throw Refused{a.results + ": no case " + a.case_id +
                      (a.target.empty() ? "" : " on target " + a.target)};
    if (found.size() > 1) throw Refused{a.case_id + " ran on several targets: say which with --target"};
    const json& before = *found.front();

    const conformance::Case* test = conformance::find_case(a.case_id);
    if (test == nullptr) throw Refused{"this build has no case " + a.case_id};
    std::string uri;
    for (const auto& t : recorded->at("targets"))
        if (t.at("id") == before.at("target"))
            uri = t.at("id").get<std::string>() + '=' + t.at("uri").get<std::string>();
    Targets targets = parse_targets({uri});
    if (!targets.error.empty()) throw Refused{targets.error};

    conformance::Plan plan;
    plan.seed = seed_of(recorded->at("seed").get<std::string>());
    plan.targets = std::move(targets.list);
    plan.cases = {test};
    conformance::RunOptions options;
    const TemporaryFolder folder;
    options.out = folder.path;
    options.vcd = a.trace == "vcd";
    options.reproducible = true;
    conformance::RunObserver silent;
    const json results = conformance::run(plan, options, silent);
    const json& after = results.at("cases").front();

    const bool same = outcome_of(before) == outcome_of(after);
    console.out.line(
        fmt::format("{} on {}: {} (recorded {})", a.case_id, before.at("target").get<std::string>(),
                    after.at("verdict").get<std::string>(), before.at("verdict").get<std::string>()));
    if (options.vcd)
        for (const auto& e : after.at("evidence"))
            if (e.at("kind") == "waveform") {
                std::filesystem::copy_file(folder.path / e.at("path").get<std::string>(), a.case_id + ".vcd",
                                           std::filesystem::copy_options::overwrite_existing);
                console.out.line("waves: " + a.case_id + ".vcd");
            }
    console.out.line(same ? "same" : console.out.paint(Tone::bad, "DIFFERENT"));
    return same ? conformance::exit_code(results, false) : Exit::internal;
}

int guarded(int (*body)(const Arguments&, Console&), const Arguments& arguments, Console& console) {
    try {
        return body(arguments, console);
    } catch (const Refused& refused) {
        console.error(refused.what);
        return refused.code;
    }
}

}  // namespace

int run_command(const Arguments& arguments, Console& console) {
    return guarded(run_with, arguments, console);
}
int replay_command(const Arguments& arguments, Console& console) {
    return guarded(replay_with, arguments, console);
}

}  // namespace assay::cli
