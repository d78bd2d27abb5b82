// Summary and coverage: what follows from the cases by counting alone.
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "conformance/results.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

struct Counts {
    std::size_t pass = 0, warn = 0, fail = 0, error = 0, not_tested = 0, total = 0;
    std::size_t waived = 0;       // of fail and warn
    std::size_t waived_fail = 0;  // of fail
    bool missing_shard = false;

    void add(const json& one) {
        const std::string verdict = one.at("verdict");
        ++total;
        if (verdict == "PASS") ++pass;
        if (verdict == "WARN") ++warn;
        if (verdict == "FAIL") ++fail;
        if (verdict == "ERROR") ++error;
        if (verdict == "NOT_TESTED") {
            ++not_tested;
            if (one.at("not_tested").at("reason") == "missing-shard") missing_shard = true;
        }
        if (one.contains("waiver")) ++waived;
        if (one.contains("waiver") && verdict == "FAIL") ++waived_fail;
    }
    json to_json() const {
        return {{"pass", pass},  {"warn", warn}, {"fail", fail}, {"error", error}, {"not_tested", not_tested},
                {"total", total}};
    }
    /// Of a requirement on a target: the first rule that applies.
    std::string_view cell() const {
        if (fail > waived_fail) return "FAIL";
        if (error > 0) return "ERROR";
        if (not_tested == total) return "NOT_TESTED";
        if (not_tested > 0) return "INCOMPLETE";
        if (warn + waived_fail > 0) return "WARN";
        return "PASS";
    }
    /// Of a run in which `planned` cases were to be judged.
    std::string_view run(std::size_t planned) const {
        if (fail > waived_fail) return "FAIL";
        if (error > 0) return "ERROR";
        if (total < planned || missing_shard || pass + warn + fail == 0) return "INCOMPLETE";
        return "PASS";
    }
};

}  // namespace

json summarize(const json& results) {
    Counts all;
    std::map<std::string, Counts> targets;
    std::map<std::pair<std::string, std::string>, Counts> cells;
    for (const json& target : results.at("targets")) targets[target.at("id")];
    for (const json& one : results.at("cases")) {
        all.add(one);
        const std::string target = one.at("target");
        targets[target].add(one);
        for (const json& requirement : one.at("requirements"))
            cells[{requirement.get<std::string>(), target}].add(one);
    }
    json per_target = json::array();
    for (const auto& [target, counts] : targets)
        per_target.push_back({{"target", target}, {"counts", counts.to_json()}});
    json matrix = json::array();
    for (const auto& [key, counts] : cells)
        matrix.push_back({{"requirement", key.first},
                          {"target", key.second},
                          {"verdict", counts.cell()},
                          {"counts", counts.to_json()},
                          {"waived", counts.waived}});
    const auto planned = results.at("plan").at("cases").get<std::size_t>();
    return {{"verdict", all.run(planned)},
            {"counts", all.to_json()},
            {"waived", all.waived},
            {"per_target", std::move(per_target)},
            {"matrix", std::move(matrix)}};
}

json coverage(const json& results) {
    std::set<std::string> with_case;
    std::set<std::string> tested;  // by a case that says something
    for (const json& one : results.at("cases"))
        for (const json& requirement : one.at("requirements")) {
            with_case.insert(requirement.get<std::string>());
            if (one.at("verdict") != "NOT_TESTED") tested.insert(requirement.get<std::string>());
        }
    std::set<std::string> without_case;
    std::map<std::pair<std::string, std::string>, std::set<std::string>> controls;
    for (const json& requirement : results.at("requirements")) {
        const std::string id = requirement.at("id");
        if (!with_case.contains(id)) without_case.insert(id);
        for (const json& control : requirement.at("controls"))
            controls[{control.at("framework"), control.at("id")}].insert(id);
    }
    json rows = json::array();
    for (const auto& [control, requirements] : controls) {
        std::size_t covered = 0;
        for (const std::string& id : requirements) covered += tested.count(id);
        const auto state = covered == requirements.size() ? "exercised"
                           : covered > 0                  ? "partly-exercised"
                                                          : "not-exercised";
        rows.push_back({{"framework", control.first},
                        {"id", control.second},
                        {"state", state},
                        {"requirements", requirements}});
    }
    return {{"requirements_without_case", without_case}, {"controls", std::move(rows)}};
}

}  // namespace assay::conformance
