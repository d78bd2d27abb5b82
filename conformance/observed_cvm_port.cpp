#include "conformance/observed_port.hpp"
#include "conformance/watched_call.hpp"

namespace assay::conformance {
namespace {

class ObservedCvmAppraisalPort final : public CvmAppraisalPort {
public:
    ObservedCvmAppraisalPort(std::unique_ptr<CvmAppraisalPort> port, CaseLog& log)
        : port_(std::move(port)), log_(log) {}

    Result<CvmAppraisalAnswer, PortError> appraise(const CvmAppraisalRequest& request) override {
        const Event event = asked("verifier", "appraise",
                                  std::to_string(request.evidence.size()) + " bytes of composite evidence");
        auto answer = watch(
            log_, event, [&] { return port_->appraise(request); }, [] { return std::vector<Event>{}; });
        if (!answer) return answer;
        Event verdict{.kind = Event::Kind::state, .actor = "verifier", .name = "accepted"};
        if (!answer->accepted) {
            verdict.name = "refused";
            verdict.outcome = Event::Outcome::refused;
            verdict.detail = answer->text;
        }
        log_.event(verdict);
        return answer;
    }

private:
    std::unique_ptr<CvmAppraisalPort> port_;
    CaseLog& log_;
};

}  // namespace

std::unique_ptr<CvmAppraisalPort> observed(std::unique_ptr<CvmAppraisalPort> port, CaseLog& log) {
    return std::make_unique<ObservedCvmAppraisalPort>(std::move(port), log);
}

}  // namespace assay::conformance
