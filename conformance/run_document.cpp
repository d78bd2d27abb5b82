#include "conformance/run_document.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/utsname.h>

#include "conformance/build_info.hpp"
#include "conformance/case_document.hpp"
#include "conformance/control_mapping.hpp"
#include "conformance/digests.hpp"
#include "conformance/document_text.hpp"
#include "conformance/profile.hpp"
#include "conformance/results.hpp"
#include "sim/base/clock.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

json tool() {
    const BuildInfo& info = build_info();
    json libraries = json::array();
    for (const BuildInfo::Library& library : info.libraries)
        libraries.push_back({{"name", library.name}, {"version", library.version}});
    return {{"name", "assay"},
            {"version", info.version},
            {"build", {{"commit", info.commit}, {"compiler", info.compiler}, {"libraries", libraries}}}};
}

json target_object(const Target& target) {
    std::vector<std::string> capabilities = target.capabilities;
    std::sort(capabilities.begin(), capabilities.end());
    capabilities.erase(std::unique(capabilities.begin(), capabilities.end()), capabilities.end());
    json artifacts = json::array();
    for (const Target::Artifact& artifact : target.artifacts)
        artifacts.push_back({{"name", one_line(artifact.name)}, {"digest", "sha256:" + artifact.sha256}});
    json out{{"id", target.id},
             {"kind", target.kind},
             {"uri", one_line(target.uri)},
             {"artifacts", std::move(artifacts)},
             {"capabilities", std::move(capabilities)}};
    for (const auto& [member, text] :
         {std::pair{"vendor", &target.vendor}, std::pair{"product", &target.product},
          std::pair{"version", &target.version}})
        if (!text->empty()) out[member] = one_line(*text);
    return out;
}

json requirement_object(const Requirement& r) {
    json controls = json::array();
    for (const Control& control : r.controls)
        controls.push_back({{"framework", control.framework}, {"id", control.id}});
    json source{{"document", r.source.document}, {"section", r.source.section}};
    if (!r.source.version.empty()) source["version"] = r.source.version;
    json out{{"id", r.id},     {"family", r.family}, {"level", name(r.level)},
             {"text", r.text}, {"source", source},   {"controls", std::move(controls)}};
    if (!r.stage.empty()) out["stage"] = r.stage;
    return out;
}

/// The requirements that this run's targets could be asked for: those of the suites of their kinds. One whose
/// cases were not selected stays in: it shows as a requirement without a case.
json requirements(const Plan& plan) {
    std::set<std::string> applicable;
    for (const Suite& suite : plan.catalogue->suites) {
        const auto fits = [&](const Target& target) {
            return target.port == suite.port;
        };
        if (!std::any_of(plan.targets.begin(), plan.targets.end(), fits)) continue;
        for (const Case& test : suite.cases)
            applicable.insert(test.requirements.begin(), test.requirements.end());
    }
    json out = json::array();
    for (const std::string& id : applicable)
        if (const Requirement* r = find_requirement(*plan.catalogue, id))
            out.push_back(requirement_object(*r));
    return out;
}

std::string text_of(std::chrono::system_clock::time_point at) {
    return to_rfc3339(std::chrono::floor<std::chrono::seconds>(at));
}

}  // namespace

json missing_components(const json& cases) {
    static const std::set<std::string> absences{"no-device", "not-built", "missing-data", "unsafe"};
    std::map<std::pair<std::string, std::string>, std::size_t> affected;
    for (const json& one : cases) {
        if (one.at("verdict") != "NOT_TESTED") continue;
        const json& why = one.at("not_tested");
        if (absences.contains(why.at("reason").get<std::string>()))
            ++affected[{token_from(one.at("target").get<std::string>()), why.at("detail")}];
    }
    json out = json::array();
    for (const auto& [what, count] : affected)
        out.push_back({{"component", what.first}, {"reason", what.second}, {"cases_affected", count}});
    return out;
}

json results_document(const Plan& plan, const std::vector<Plan::Pair>& pairs, std::vector<json> cases) {
    std::vector<const Target*> targets;
    for (const Target& target : plan.targets) targets.push_back(&target);
    std::sort(targets.begin(), targets.end(), [](const Target* a, const Target* b) { return a->id < b->id; });
    json target_objects = json::array();
    for (const Target* target : targets) target_objects.push_back(target_object(*target));

    json out{{"schema", "assay-results/v1"},
             {"tool", tool()},
             {"profile", profile_reference(plan)},
             {"plan", {{"id", "run"}, {"digest", plan.digest()}, {"cases", pairs.size()}}},
             {"mapping", {{"id", "control-mapping"}, {"digest", built_in_mapping().digest}}},
             {"seed", seed_text(plan.seed)},
             {"targets", std::move(target_objects)},
             {"requirements", requirements(plan)},
             {"cases", std::move(cases)}};
    out["not_run"] = missing_components(out.at("cases"));
    out["summary"] = summarize(out);
    out["coverage"] = coverage(out);
    return out;
}

json volatile_member(const RunOptions& options, std::chrono::system_clock::time_point started,
                     const std::vector<Plan::Pair>& pairs, const std::vector<CaseTime>& times) {
    constexpr std::size_t max_arguments = 512;
    json host{{"cores", std::max(1u, std::thread::hardware_concurrency())}};
    utsname system{};
    if (::uname(&system) == 0) {
        host["name"] = one_line(system.nodename);
        host["os"] = one_line(system.sysname);
        host["kernel"] = one_line(system.release);
    }
    json argv = json::array();
    for (const std::string& argument : options.argv)
        if (argv.size() < max_arguments) argv.push_back(argument.empty() ? "" : one_line(argument, 4096));
    json rows = json::array();
    for (std::size_t i = 0; i < pairs.size(); ++i)
        rows.push_back({{"case", pairs[i].test->id},
                        {"target", pairs[i].target->id},
                        {"start_ns", times[i].start_ns},
                        {"duration_ns", times[i].duration_ns},
                        {"worker", times[i].worker},
                        {"attempts", std::max(1u, options.repeat)}});
    return {{"started", text_of(started)},
            {"finished", text_of(std::chrono::system_clock::now())},
            {"host", std::move(host)},
            {"argv", std::move(argv)},
            {"jobs", std::max(1u, options.jobs)},
            {"case_times", std::move(rows)}};
}

}  // namespace assay::conformance
