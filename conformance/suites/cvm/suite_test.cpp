// The suite cvm on this project's verifier, which passes, and on verifiers that are wrong in one way, which
// do not.
#include "conformance/suites/cvm/suite.hpp"

#include <cstdlib>

#include <boost/test/unit_test.hpp>

#include "conformance/targets/model_cvm_verifier.hpp"

namespace assay::conformance {
namespace {

struct Ended {
    std::string summary, actual;
};

/// A case in the process of the test: the first check that does not hold ends it.
class DirectTrial final : public Trial {
public:
    DirectTrial(std::string_view label, std::unique_ptr<CvmAppraisalPort> port)
        : random_(as_bytes(label), "test"), crypto_(random_), port_(std::move(port)) {}
    Random& random() override { return random_; }
    crypto::Context& crypto() override { return crypto_; }
    using Trial::expect;
    void expect(bool held, const Failure& failure) override {
        if (!held) throw Ended{failure.summary, failure.actual};
    }
    void not_tested(NotTested, std::string_view detail) override { throw Ended{std::string{detail}, {}}; }
    void attach(Evidence) override {}
    void note(Event) override {}

private:
    AnyPort& any_port() override { return port_; }
    void give_up(const PortError& error, std::string_view) override { throw Ended{error.what, {}}; }

    crypto::Drbg random_;
    crypto::Context crypto_;
    AnyPort port_;
};

/// Changes what the model answers.
struct Wrapped final : CvmAppraisalPort {
    using Change = std::function<void(const CvmAppraisalRequest&, CvmAppraisalAnswer&)>;
    explicit Wrapped(Change how) : change(std::move(how)) {}
    Result<CvmAppraisalAnswer, PortError> appraise(const CvmAppraisalRequest& request) override {
        auto answer = model->appraise(request);
        if (answer) change(request, *answer);
        return answer;
    }
    std::unique_ptr<CvmAppraisalPort> model = make_model_cvm_verifier();
    Change change;
};

/// Ids of the cases that `port` passes; says why others do not where `loud`. Only each `stride`-th case is
/// run.
std::vector<std::string> passed(const std::function<std::unique_ptr<CvmAppraisalPort>()>& port,
                                bool loud = false, std::size_t stride = 1) {
    static const Suite suite = cvm_suite();
    const char* const only = std::getenv("ASSAY_CVM_CASE");
    std::vector<std::string> out;
    for (std::size_t i = 0; i < suite.cases.size(); i += stride) {
        const Case& test = suite.cases[i];
        if (only != nullptr && test.id.find(only) == std::string::npos) continue;
        try {
            if (test.prepare) {
                DirectTrial before{test.id, port()};
                test.prepare(before);
            }
            DirectTrial trial{test.id, port()};
            test.run(trial);
            out.push_back(test.id);
        } catch (const Ended& end) {
            if (loud) BOOST_ERROR(test.id << ": " << end.summary << ": " << end.actual);
        }
    }
    return out;
}

BOOST_AUTO_TEST_SUITE(cvm_suites)

BOOST_AUTO_TEST_CASE(the_verifier_of_this_project_passes_every_case) {
    BOOST_TEST(passed(make_model_cvm_verifier, true).size() == cvm_suite().cases.size());
}

BOOST_AUTO_TEST_CASE(a_verifier_that_says_yes_passes_nothing) {
    const auto ids = passed(
        [] {
            return std::make_unique<Wrapped>([](const CvmAppraisalRequest&, CvmAppraisalAnswer& answer) {
                answer = {.accepted = true, .reasons = {}, .text = {}, .claims = "{}"};
            });
        },
        false, 5);
    BOOST_TEST(ids.empty(), (ids.empty() ? "" : ids.front()));
}

BOOST_AUTO_TEST_CASE(a_verifier_that_says_no_passes_nothing) {
    for (const char* const reason : {"E_QUOTE_NONCE", ""}) {
        const auto ids = passed(
            [&] {
                return std::make_unique<Wrapped>([=](const CvmAppraisalRequest&, CvmAppraisalAnswer& answer) {
                    answer = {};
                    if (*reason != '\0') answer.reasons = {reason};
                });
            },
            false, 5);
        BOOST_TEST(ids.empty(), (ids.empty() ? "" : ids.front()));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::conformance
