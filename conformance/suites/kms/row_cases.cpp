// The checks of a release: each one alone, and two at a time.
#include <fmt/format.h>

#include "conformance/suites/kms/cases.hpp"
#include "conformance/suites/kms/faults.hpp"

namespace assay::conformance::key_release {
namespace {

std::vector<std::string> needs_of(std::initializer_list<const Fault*> wrong) {
    std::vector<std::string> out = with();
    for (const Fault* const fault : wrong)
        for (const char* const need : fault->needs)
            if (std::find(out.begin(), out.end(), need) == out.end()) out.emplace_back(need);
    return out;
}

/// A key that is not there has neither state nor policy nor receipt.
bool can_meet(const Fault& first, const Fault& second) {
    constexpr unsigned existence = 6, wrapping_key = 9;
    return first.row != existence || second.row == wrapping_key;
}

}  // namespace

std::vector<Case> row_cases() {
    std::vector<Case> out;
    for (const Fault& fault : faults())
        out.push_back(make_case(fmt::format("row-{:02}.{}", fault.row, fault.id), fault.title,
                                fault.requirements, needs_of({&fault}),
                                [fault](Scene& scene) { judge_release(scene, {fault}); }));
    return out;
}

std::vector<Case> order_cases() {
    std::vector<Fault> one_of_each;
    for (Fault& fault : faults())
        if (one_of_each.empty() || one_of_each.back().row != fault.row)
            one_of_each.push_back(std::move(fault));
    std::vector<Case> out;
    for (std::size_t i = 0; i < one_of_each.size(); ++i)
        for (std::size_t j = i + 1; j < one_of_each.size(); ++j) {
            const Fault &first = one_of_each[i], &second = one_of_each[j];
            if (!can_meet(first, second)) continue;
            out.push_back(
                make_case(fmt::format("order.{:02}-before-{:02}", first.row, second.row),
                          fmt::format("A request that fails checks {} and {} gets the answer of check {}",
                                      first.row, second.row, first.row),
                          {"KMS-REL-012"}, needs_of({&first, &second}), [first, second](Scene& scene) {
                              judge_release(scene, {first, second});
                          }));
        }
    return out;
}

}  // namespace assay::conformance::key_release
