// The suite gpu-appraisal bites: verifiers that judge without looking pass nothing that they should not.
#include <boost/test/unit_test.hpp>

#include "conformance/suites/gpu_appraisal/suite.hpp"
#include "conformance/suites/test_trial.hpp"

namespace assay::conformance {
namespace {

/// Answers the same to everything.
struct Deaf final : AppraisalPort {
    explicit Deaf(AppraisalAnswer a) : answer(std::move(a)) {}
    Result<AppraisalAnswer, PortError> appraise(const AppraisalRequest&) override { return answer; }
    AppraisalAnswer answer;
};

std::vector<std::string> passed(const AppraisalAnswer& answer) {
    Target target;
    target.id = "deaf";
    target.port = PortKind::appraisal;
    target.open = [&](std::uint64_t) {
        return AnyPort{std::make_unique<Deaf>(answer)};
    };
    static const Suite suite = gpu_appraisal_suite();
    std::vector<std::string> out;
    for (const Case& test : suite.cases) {
        const CaseEnd end = judge(test, target);
        BOOST_TEST((end.verdict != Verdict::error), test.id << ": " << end.failure.summary);
        if (end.verdict == Verdict::pass) out.push_back(test.id);
    }
    return out;
}

BOOST_AUTO_TEST_CASE(a_verifier_that_accepts_everything_passes_no_case_with_a_fault) {
    const auto ids =
        passed({.accepted = true, .reasons = {}, .nvat_code = 0, .mismatches = {}, .claims = "{}"});
    for (const std::string& id : ids)
        BOOST_TEST((id.starts_with("gpu-appraisal.accept.") || id == "gpu-appraisal.set.two" ||
                    id == "gpu-appraisal.ocsp.hold-allowed" || id == "gpu-appraisal.ocsp.not-demanded" ||
                    id == "gpu-appraisal.policy.expired-rim" || id == "gpu-appraisal.policy.tolerated" ||
                    id == "gpu-appraisal.policy.duplicates"),
                   id);
    BOOST_TEST(ids.size() == 37U);
}

BOOST_AUTO_TEST_CASE(a_verifier_that_refuses_everything_passes_nothing) {
    for (const char* reason : {"E_SPDM_SIGNATURE", "E_MEAS_MISMATCH", ""}) {
        AppraisalAnswer answer{
            .accepted = false, .reasons = {}, .nvat_code = 508, .mismatches = {21}, .claims = "{}"};
        if (*reason != '\0') answer.reasons = {reason};
        const auto ids = passed(answer);
        BOOST_TEST(ids.empty(), (ids.empty() ? "" : ids.front()));
    }
}

BOOST_AUTO_TEST_CASE(a_verifier_that_accepts_and_warns_of_everything_passes_nothing) {
    const auto ids = passed({.accepted = true,
                             .reasons = {"E_SPDM_SIGNATURE"},
                             .nvat_code = 508,
                             .mismatches = {21},
                             .claims = ""});
    BOOST_TEST(ids.empty(), (ids.empty() ? "" : ids.front()));
}

}  // namespace
}  // namespace assay::conformance
