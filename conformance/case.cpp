#include "conformance/case.hpp"

#include <algorithm>

namespace assay::conformance {

std::string_view name(Verdict verdict) {
    constexpr std::array<std::string_view, 5> names{"PASS", "WARN", "FAIL", "ERROR", "NOT_TESTED"};
    return names.at(static_cast<std::size_t>(verdict));
}

std::string_view name(NotTested reason) {
    constexpr std::array<std::string_view, 11> names{
        "no-device", "not-built", "not-claimed",   "not-supported", "deselected", "dependency",
        "budget",    "aborted",   "missing-shard", "missing-data",  "unsafe",
    };
    return names.at(static_cast<std::size_t>(reason));
}

void Trial::expect(bool held, std::string_view code, std::string_view sentence, std::string_view actual) {
    Failure failure;
    if (!held)
        failure = {std::string{code},
                   "does not hold: " + std::string{sentence},
                   std::string{sentence},
                   std::string{actual},
                   {}};
    expect(held, failure);
}

const Case* find_case(std::string_view id) {
    for (const Suite& suite : suites()) {
        const auto found =
            std::find_if(suite.cases.begin(), suite.cases.end(), [&](const Case& c) { return c.id == id; });
        if (found != suite.cases.end()) return &*found;
    }
    return nullptr;
}

}  // namespace assay::conformance
