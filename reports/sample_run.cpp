#include "reports/sample_run.hpp"

#include <map>
#include <set>

#include <fmt/format.h>

namespace assay::reports::sample {
namespace {

using Json = nlohmann::json;

Json counts_of(const std::vector<const Json*>& cases) {
    std::map<std::string, std::uint64_t> n;
    for (const Json* one : cases) ++n[one->at("verdict").get<std::string>()];
    return {{"pass", n["PASS"]},
            {"warn", n["WARN"]},
            {"fail", n["FAIL"]},
            {"error", n["ERROR"]},
            {"not_tested", n["NOT_TESTED"]},
            {"total", cases.size()}};
}

std::string worst_of(const Json& counts, std::uint64_t waived) {
    const std::uint64_t total = counts.at("total"), not_tested = counts.at("not_tested");
    if (counts.at("fail").get<std::uint64_t>() > waived) return "FAIL";
    if (counts.at("error") > 0) return "ERROR";
    if (not_tested == total) return "NOT_TESTED";
    if (not_tested > 0) return "INCOMPLETE";
    return counts.at("warn") > 0 || waived > 0 ? "WARN" : "PASS";
}

}  // namespace

void summarize(Json& results) {
    std::vector<const Json*> all;
    std::map<std::string, std::vector<const Json*>> by_target;
    std::map<std::pair<std::string, std::string>, std::vector<const Json*>> by_cell;
    for (const Json& target : results["targets"]) by_target[target.at("id")];
    for (const Json& one : results["cases"]) {
        all.push_back(&one);
        by_target[one.at("target")].push_back(&one);
        for (const Json& requirement : one.at("requirements"))
            by_cell[{requirement, one.at("target")}].push_back(&one);
    }
    const auto waived = [](const std::vector<const Json*>& cases) {
        std::uint64_t n = 0;
        for (const Json* one : cases) n += one->at("verdict") == "FAIL" && one->contains("waiver");
        return n;
    };
    Json summary{{"counts", counts_of(all)}, {"per_target", Json::array()}, {"matrix", Json::array()}};
    for (const auto& [target, cases] : by_target)
        summary["per_target"].push_back({{"target", target}, {"counts", counts_of(cases)}});
    std::set<std::string> tested, with_case;
    for (const auto& [key, cases] : by_cell) {
        const Json counts = counts_of(cases);
        summary["matrix"].push_back({{"requirement", key.first},
                                     {"target", key.second},
                                     {"counts", counts},
                                     {"verdict", worst_of(counts, waived(cases))},
                                     {"waived", waived(cases)}});
        with_case.insert(key.first);
        if (counts.at("not_tested") != counts.at("total")) tested.insert(key.first);
    }
    const Json& counts = summary["counts"];
    const auto judged = counts.at("pass").get<std::uint64_t>() + counts.at("warn").get<std::uint64_t>() +
                        counts.at("fail").get<std::uint64_t>();
    summary["waived"] = waived(all);
    summary["verdict"] = counts.at("fail").get<std::uint64_t>() > waived(all) ? "FAIL"
                         : counts.at("error") > 0                             ? "ERROR"
                         : judged == 0                                        ? "INCOMPLETE"
                                                                              : "PASS";
    results["summary"] = summary;
    results["plan"]["cases"] = all.size();

    Json without = Json::array(), controls = Json::array();
    std::map<std::pair<std::string, std::string>, std::set<std::string>> by_control;
    for (const Json& requirement : results["requirements"]) {
        const std::string id = requirement.at("id");
        if (!with_case.contains(id)) without.push_back(id);
        for (const Json& control : requirement.at("controls"))
            by_control[{control.at("framework"), control.at("id")}].insert(id);
    }
    for (const auto& [key, ids] : by_control) {
        std::size_t exercised = 0;
        for (const std::string& id : ids) exercised += tested.contains(id);
        controls.push_back({{"framework", key.first},
                            {"id", key.second},
                            {"requirements", ids},
                            {"state", exercised == ids.size() ? "exercised"
                                      : exercised > 0         ? "partly-exercised"
                                                              : "not-exercised"}});
    }
    results["coverage"] = {{"requirements_without_case", without}, {"controls", controls}};
}

Json empty_run() {
    const std::string digest = "sha256:" + std::string(64, '0');
    Json results{{"schema", "assay-results/v1"},
                 {"tool",
                  {{"name", "assay"},
                   {"version", "0.1.0"},
                   {"build", {{"commit", "unknown"}, {"compiler", "g++"}, {"libraries", Json::array()}}}}},
                 {"profile", {{"id", "min"}, {"version", "1"}, {"digest", digest}}},
                 {"plan", {{"id", "min"}, {"digest", digest}, {"cases", 0}}},
                 {"seed", "0x0000000000000001"},
                 {"targets",
                  {{{"id", "m"},
                    {"kind", "model"},
                    {"uri", "model:m"},
                    {"artifacts", Json::array()},
                    {"capabilities", Json::array()}}}},
                 {"requirements",
                  {{{"id", "REQ-A-001"},
                    {"family", "attestation"},
                    {"level", "MUST"},
                    {"text", "It holds."},
                    {"source", {{"document", "Doc"}, {"section", "1"}}},
                    {"controls", {{{"framework", "nist-800-53-r5"}, {"id", "SI-7"}}}}}}},
                 {"cases", Json::array()},
                 {"not_run", Json::array()}};
    summarize(results);
    return results;
}

Json small_run() {
    Json results = empty_run();
    const std::string digest = "sha256:" + std::string(64, '1');
    const auto add = [&](const char* id, const char* verdict) -> Json& {
        results["cases"].push_back({{"id", id},
                                    {"suite", "s"},
                                    {"title", "a title"},
                                    {"target", "m"},
                                    {"requirements", {"REQ-A-001"}},
                                    {"verdict", verdict},
                                    {"seed", "0x0000000000000001"},
                                    {"evidence", Json::array()},
                                    {"replay", "assay replay results.json"}});
        return results["cases"].back();
    };
    const Json failure{{"code", "bad"},
                       {"summary", "a summary"},
                       {"expected", "one"},
                       {"actual", "two"},
                       {"clause", "clause 1"},
                       {"explanation", "why"},
                       {"diffs",
                        {{{"evidence", "e"},
                          {"field", "f"},
                          {"offset", 0},
                          {"expected", "00"},
                          {"actual", "41"},
                          {"note", "a note"}}}}};
    add("s.error", "ERROR")["error"] = {{"code", "harness"}, {"summary", "broke"}, {"detail", "in detail"}};
    Json& fail = add("s.fail", "FAIL");
    fail["checks"] = {{"done", 2}, {"violated", 1}};
    fail["failure"] = failure;
    fail["evidence"] = {{{"id", "e"},
                         {"kind", "transcript"},
                         {"path", "evidence/m/s.fail/e.bin"},
                         {"media_type", "application/octet-stream"},
                         {"size", 1},
                         {"digest", digest},
                         {"fields", {{{"name", "f"}, {"offset", 0}, {"length", 1}, {"value", "65"}}}}},
                        {{"id", "t"},
                         {"kind", "policy"},
                         {"path", "evidence/m/s.fail/t.txt"},
                         {"media_type", "text/plain"},
                         {"size", 1},
                         {"digest", digest}}};
    fail["events"] = {{"count", 2},
                      {"truncated", false},
                      {"evidence", "e"},
                      {"inline",
                       {{{"seq", 0},
                         {"t_ps", 0},
                         {"kind", "message"},
                         {"actor", "a"},
                         {"peer", "b"},
                         {"name", "HELLO"},
                         {"detail", "a detail"},
                         {"fields", {{{"name", "f"}, {"offset", 0}, {"length", 1}, {"value", "1"}}}}},
                        {{"seq", 1},
                         {"t_ps", 905400000},
                         {"kind", "check"},
                         {"actor", "b"},
                         {"name", "held"},
                         {"outcome", "violated"}}}}};
    fail["measurements"] = {
        {{"name", "latency"}, {"unit", "ps"}, {"value", "3"}, {"limit", "4"}, {"limit_kind", "max"}}};
    add("s.not-tested", "NOT_TESTED")["not_tested"] = {{"reason", "no-device"}, {"detail", "no device"}};
    Json& pass = add("s.pass", "PASS");
    pass["checks"] = {{"done", 1}, {"violated", 0}};
    Json& waived = add("s.waived", "FAIL");
    waived["checks"] = {{"done", 1}, {"violated", 1}};
    waived["failure"] = failure;
    waived["waiver"] = {{"id", "w-1"},
                        {"justification", "known"},
                        {"approved_by", "someone"},
                        {"expires", "2030-01-01T00:00:00Z"}};
    Json& warn = add("s.warn", "WARN");
    warn["checks"] = {{"done", 1}, {"violated", 1}};
    warn["failure"] = failure;
    results["mapping"] = {{"id", "control-mapping"}, {"digest", digest}};
    results["notes"] = {"a note"};
    results["not_run"] = {{{"component", "cuda"}, {"reason", "no device"}, {"cases_affected", 1}}};
    results["targets"][0].update({{"vendor", "v"},
                                  {"product", "p"},
                                  {"version", "1"},
                                  {"mutation", "f1"},
                                  {"artifacts", {{{"name", "lib"}, {"digest", digest}}}}});
    results["volatile"] = {
        {"started", "2026-01-02T03:04:05Z"},
        {"finished", "2026-01-02T03:05:05Z"},
        {"host", {{"name", "h"}, {"os", "o"}, {"kernel", "k"}, {"cpu", "c"}, {"cores", 2}}},
        {"argv", {"assay", "run"}},
        {"case_times", {{{"case", "s.fail"}, {"target", "m"}, {"duration_ns", 400000000}}}},
        {"shards",
         {{{"k", 1},
           {"n", 1},
           {"host", "h"},
           {"started", "2026-01-02T03:04:05Z"},
           {"duration_ns", 1900000000},
           {"attempts", 2},
           {"engine", "slurm"},
           {"engine_job", "j"}}}},
        {"not_run", {{{"component", "chromium"}, {"reason", "not found"}}}},
        {"measurements",
         {{{"name", "sessions"},
           {"series", "throughput"},
           {"unit", "per-second"},
           {"value", "312.4"},
           {"target", "m"},
           {"samples", 30},
           {"ci95_low", "309.1"},
           {"ci95_high", "315.8"},
           {"baseline", "318.0"},
           {"x", "1"}}}}};
    summarize(results);
    return results;
}

Json large_run(std::size_t cases) {
    Json results = empty_run();
    const Json requirement = results["requirements"][0];
    results["requirements"] = Json::array();
    for (std::size_t i = 0; i < 400; ++i) {
        Json one = requirement;
        one["id"] = fmt::format("REQ-A-{:03}", i);
        one["text"] = "The measurement of a firmware component equals the reference value of its version.";
        results["requirements"].push_back(one);
    }
    for (std::size_t i = 0; i < cases; ++i)
        results["cases"].push_back(
            {{"id", fmt::format("spdm.suite-{:02}.case-{:05}", i / 200, i)},
             {"suite", fmt::format("spdm.suite-{:02}", i / 200)},
             {"title", "A GET_MEASUREMENTS request with a reserved bit set is refused with InvalidRequest"},
             {"target", "m"},
             {"requirements", {fmt::format("REQ-A-{:03}", i % 400)}},
             {"verdict", "PASS"},
             {"checks", {{"done", 3}, {"violated", 0}}},
             {"seed", "0x0000000000000001"},
             {"sim_time_ps", 905400000 + i},
             {"evidence", Json::array()},
             {"replay", "assay replay results.json"}});
    summarize(results);
    return results;
}

}  // namespace assay::reports::sample
