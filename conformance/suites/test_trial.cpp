#include "conformance/suites/test_trial.hpp"

#include <algorithm>

namespace assay::conformance {
namespace {

struct LastWord final : CaseLog {
    void called(const Event&) override {}
    void returned() override {}
    void event(const Event&) override {}
    void attached(const Evidence&) override {}
    void checked(bool) override {}
    void ended(const CaseEnd& how) override { end = how; }
    CaseEnd end{.verdict = Verdict::error};
};

}  // namespace

CaseEnd judge(const Case& test, const Target& target) {
    for (const std::string& need : test.needs)
        if (std::ranges::find(target.capabilities, need) == target.capabilities.end())
            return {.verdict = Verdict::not_tested, .reason = NotTested::not_supported};
    LastWord word;
    run_case({&test, &target, Level::must, 1, false}, word);
    return word.end;
}

}  // namespace assay::conformance
