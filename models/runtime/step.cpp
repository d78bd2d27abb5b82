#include "models/runtime/step.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/runtime/handlers.hpp"

namespace assay::runtime {

bool normalised(std::string_view path) {
    if (path.empty() || path.front() != '/' || path.size() > Shape::max_text ||
        path.find('\0') != std::string_view::npos)
        return false;
    if (path == "/") return true;
    for (std::size_t begin = 1; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view part = path.substr(begin, end - begin);
        if (part.empty() || part == "." || part == "..") return false;
        begin = end + 1;
    }
    return true;
}

bool well_named(std::string_view id) {
    const auto alphanumeric = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    return !id.empty() && id.size() <= 128 && alphanumeric(id.front()) &&
           std::ranges::all_of(id,
                               [&](char c) { return alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

std::optional<Refusal> Step::well_formed() {
    input.finish();
    if (!fault_) return std::nullopt;
    return Refusal{Code::malformed, "", "E_SCHEMA"};
}

std::optional<Refusal> Step::require(bool held, std::string_view reason, const std::string& at,
                                     const std::string& expected, const std::string& found) const {
    report({at, held, reason, expected, found});
    if (held) return std::nullopt;
    return refuse(Code::value, reason, at);
}

const ContainerRule& Step::rule(std::size_t index) const {
    const std::size_t own = policy.containers.size();
    return index < own ? policy.containers[index] : state.added.at(index - own);
}

Refusal no_match(const std::vector<Check>& first_failures) {
    Refusal out{Code::value, "", "E_POLICY_MISMATCH"};
    if (first_failures.empty()) return out;
    const auto differs = [&](auto member) {
        return std::ranges::any_of(
            first_failures, [&](const Check& c) { return c.*member != first_failures.front().*member; });
    };
    if (!differs(&Check::at)) out.at = first_failures.front().at;
    if (!differs(&Check::reason)) out.reason = first_failures.front().reason;
    return out;
}

Check environment_fits(const std::vector<EnvRule>& rules, const std::vector<std::string>& variables,
                       const std::string& at, bool explain) {
    const auto fail = [&](const std::string& place, std::string expected, std::string found) {
        return Check{place, false, "E_POLICY_ENV", std::move(expected), std::move(found)};
    };
    std::set<std::string_view> names;
    for (const std::string& variable : variables) {
        const std::string_view whole = variable;
        const auto equals = whole.find('=');
        if (equals == std::string_view::npos || equals == 0)
            return fail(at, "NAME=value", explain ? variable : "");
        if (!names.insert(whole.substr(0, equals)).second)
            return fail(at, "each name once", explain ? variable : "");
        if (std::ranges::none_of(rules, [&](const EnvRule& rule) { return rule.matches(variable); }))
            return fail(at, "a variable that a rule lists", explain ? variable : "");
    }
    for (std::size_t i = 0; i < rules.size(); ++i)
        if (rules[i].required &&
            std::ranges::none_of(variables, [&](const std::string& v) { return rules[i].matches(v); }))
            return fail(at + "/" + std::to_string(i), explain ? rules[i].value : "", "no such variable");
    return {at, true, "E_POLICY_ENV", "every variable listed, every required one there", ""};
}

std::string shown(const std::vector<std::string>& texts) { return fmt::format("{}", texts); }
std::string shown(const std::set<std::string>& texts) { return fmt::format("{}", texts); }
std::string shown(const std::set<std::uint64_t>& numbers) { return fmt::format("{}", numbers); }

}  // namespace assay::runtime
