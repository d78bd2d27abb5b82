#include "conformance/targets/model_cvm_verifier.hpp"

#include "models/verifier/cvm_token.hpp"

namespace assay::conformance {
namespace {

class ModelCvmVerifier final : public CvmAppraisalPort {
public:
    Result<CvmAppraisalAnswer, PortError> appraise(const CvmAppraisalRequest& request) override {
        const auto policy = verifier::CvmPolicy::from_json(as_bytes(request.policy));
        if (!policy) return PortError{PortError::Kind::refused, policy.error()};
        auto references = verifier::CvmReferences::from_json(as_bytes(request.references));
        if (!references) return PortError{PortError::Kind::refused, references.error()};
        for (const auto& rim : request.gpu.rims) references->gpu.rims.push_back({rim.name, rim.content});
        for (const auto& response : request.gpu.ocsp_responses)
            references->gpu.ocsp_responses.push_back({response.name, response.content});

        const auto evidence = cvm::parse_evidence(as_bytes(request.evidence));
        if (!evidence) return CvmAppraisalAnswer{false, {evidence.error().code}, evidence.error().text(), {}};
        const verifier::CvmVerifier judge{
            {request.cpu_roots, request.cpu_intermediates, {request.gpu.device_roots, request.gpu.rim_roots}},
            *policy};
        verifier::CvmExpectation expectation;
        expectation.nonce = request.nonce;
        expectation.at = request.at;
        expectation.gpu_times = verifier::Times::all(request.at);
        expectation.report_data = request.report_data;
        const verifier::CvmAppraisal a = judge.appraise(*evidence, *references, expectation);

        CvmAppraisalAnswer out;
        out.accepted = a.accepted;
        for (const verifier::Finding& refusal : a.refusals) out.reasons.push_back(refusal.reason);
        if (!a.refusals.empty()) out.text = a.refusals.front().text();
        if (a.accepted) out.claims = verifier::claims_of(a, verifier::policy_hash(*policy));
        return out;
    }
};

}  // namespace

std::unique_ptr<CvmAppraisalPort> make_model_cvm_verifier() { return std::make_unique<ModelCvmVerifier>(); }

}  // namespace assay::conformance
