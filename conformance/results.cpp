#include "conformance/results.hpp"

#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "conformance/digests.hpp"
#include "conformance/embedded.hpp"
#include "conformance/schema_check.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

constexpr std::size_t max_file = 256u << 20;
constexpr int max_nesting = 64;

struct Refused {
    std::string what;
};

}  // namespace

std::string canonical_text(const json& document) { return document.dump(2) + "\n"; }

std::string content_digest(const json& results) { return digest_without(results, "volatile"); }

std::vector<std::string> schema_violations(const json& results) {
    return violations_of(embedded::results_schema(), results);
}

Result<json, std::string> parse_results(ByteView text) {
    if (text.size() > max_file) return std::string{"longer than 256 MiB"};
    std::vector<std::set<std::string>> keys;  // of the objects that are open
    const auto watch = [&](int depth, json::parse_event_t event, json& value) {
        if (depth > max_nesting) throw Refused{"nested deeper than 64 levels"};
        if (event == json::parse_event_t::object_start) keys.emplace_back();
        if (event == json::parse_event_t::object_end) keys.pop_back();
        if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
            throw Refused{"member \"" + printable(value.get<std::string>()) + "\" stands twice"};
        return true;
    };
    try {
        return json::parse(text.begin(), text.end(), watch);
    } catch (const Refused& refused) {
        return refused.what;
    } catch (const json::exception& e) {
        return printable(e.what());
    }
}

int exit_code(const json& results, bool strict) {
    const std::string verdict = results.at("summary").at("verdict");
    if (verdict == "FAIL") return 1;
    if (verdict == "ERROR") return 3;
    if (verdict != "PASS") return 4;
    if (!strict) return 0;
    for (const json& one : results.at("cases")) {
        if (one.at("verdict") != "NOT_TESTED") continue;
        const std::string reason = one.at("not_tested").at("reason");
        if (reason != "deselected" && reason != "not-claimed") return 4;
    }
    return 0;
}

}  // namespace assay::conformance
