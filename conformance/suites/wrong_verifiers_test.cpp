// The suite gpu-appraisal bites: verifiers that judge without looking pass nothing that they should not.
#include <array>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/suites/gpu_appraisal/suite.hpp"
#include "conformance/suites/test_trial.hpp"

namespace assay::conformance {
namespace {

/// Each answers the same to everything.
struct DeafVerifier {
    const char* what;
    AppraisalAnswer answer;
};
const std::vector<DeafVerifier>& deaf_verifiers() {
    static const std::vector<DeafVerifier> all{
        {"accepts everything",
         {.accepted = true, .reasons = {}, .nvat_code = 0, .mismatches = {}, .claims = "{}"}},
        {"accepts and warns of everything",
         {.accepted = true,
          .reasons = {"E_SPDM_SIGNATURE"},
          .nvat_code = 508,
          .mismatches = {21},
          .claims = ""}},
        {"refuses for the signature",
         {.accepted = false,
          .reasons = {"E_SPDM_SIGNATURE"},
          .nvat_code = 508,
          .mismatches = {21},
          .claims = "{}"}},
        {"refuses for a measurement",
         {.accepted = false,
          .reasons = {"E_MEAS_MISMATCH"},
          .nvat_code = 508,
          .mismatches = {21},
          .claims = "{}"}},
        {"refuses without a reason",
         {.accepted = false, .reasons = {}, .nvat_code = 508, .mismatches = {21}, .claims = "{}"}},
    };
    return all;
}

/// A case takes its time to forge evidence, and then asks: there the process divides, one for each verifier.
/// The first goes on in the process that was there.
class Divided {
public:
    AppraisalAnswer answer() {
        if (std::exchange(divided_, true)) return deaf_verifiers().at(self_).answer;
        for (std::size_t i = 1; i < deaf_verifiers().size(); ++i) {
            const pid_t child = ::fork();
            if (child == 0) {
                self_ = i;
                children_.clear();
                break;
            }
            children_.push_back(child);
        }
        return deaf_verifiers().at(self_).answer;
    }
    /// In order of the verifiers; returns in the first process alone.
    std::vector<Verdict> verdicts(Verdict own) {
        if (self_ != 0) ::_exit(static_cast<int>(own));
        std::vector<Verdict> out{own};
        for (const pid_t child : children_) {
            int status = 0;
            const bool ended = ::waitpid(child, &status, 0) == child && WIFEXITED(status);
            out.push_back(ended ? static_cast<Verdict>(WEXITSTATUS(status)) : Verdict::error);
        }
        return out;
    }

private:
    bool divided_ = false;
    std::size_t self_ = 0;
    std::vector<pid_t> children_;
};

struct Deaf final : AppraisalPort {
    explicit Deaf(Divided& d) : divided(d) {}
    Result<AppraisalAnswer, PortError> appraise(const AppraisalRequest&) override { return divided.answer(); }
    Divided& divided;
};

/// What a verifier that accepts everything passes: cases that ask for an acceptance.
bool asks_to_accept(std::string_view id) {
    constexpr std::array others{"gpu-appraisal.set.two",           "gpu-appraisal.ocsp.hold-allowed",
                                "gpu-appraisal.ocsp.not-demanded", "gpu-appraisal.policy.expired-rim",
                                "gpu-appraisal.policy.tolerated",  "gpu-appraisal.policy.duplicates"};
    return id.starts_with("gpu-appraisal.accept.") || std::ranges::find(others, id) != others.end();
}

BOOST_AUTO_TEST_CASE(a_verifier_that_answers_the_same_to_everything_passes_no_case_with_a_fault) {
    std::size_t accepted = 0;
    for (const Case& test : gpu_appraisal_suite().cases) {
        Divided divided;
        Target target;
        target.id = "deaf";
        target.port = PortKind::appraisal;
        target.open = [&](std::uint64_t) {
            return AnyPort{std::make_unique<Deaf>(divided)};
        };
        const auto verdicts = divided.verdicts(judge(test, target).verdict);
        BOOST_REQUIRE_MESSAGE(verdicts.size() == deaf_verifiers().size(), test.id << " asks nothing");
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            const bool may_pass = i == 0 && asks_to_accept(test.id);
            // What a case sees fail before it begins is NOT_TESTED.
            BOOST_TEST(
                (verdicts[i] == Verdict::fail || verdicts[i] == Verdict::not_tested ||
                 (may_pass && verdicts[i] == Verdict::pass)),
                test.id << " on a verifier that " << deaf_verifiers()[i].what << ": " << name(verdicts[i]));
        }
        accepted += verdicts[0] == Verdict::pass ? 1 : 0;
    }
    BOOST_TEST(accepted == 37U);
}

}  // namespace
}  // namespace assay::conformance
