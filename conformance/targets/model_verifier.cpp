#include "conformance/targets/model_verifier.hpp"

#include "models/verifier/gpu_appraisal.hpp"

namespace assay::conformance {
namespace {

class ModelVerifierPort final : public AppraisalPort {
public:
    Result<AppraisalAnswer, PortError> appraise(const AppraisalRequest& request) override {
        verifier::GpuPolicy policy;
        if (!request.policy_json.empty()) {
            auto parsed = verifier::GpuPolicy::from_json(as_bytes(request.policy_json));
            if (!parsed) return PortError{PortError::Kind::refused, "policy: " + parsed.error()};
            policy = *std::move(parsed);
        }
        const GpuReferences& given = request.references;
        verifier::ReferenceValues references;
        for (const auto& rim : given.rims) references.rims.push_back({rim.name, rim.content});
        for (const auto& response : given.ocsp_responses)
            references.ocsp_responses.push_back({response.name, response.content});
        const verifier::GpuVerifier judge{
            {given.device_roots, given.rim_roots},
            {given.device_chain_time, given.device_ocsp_time, given.rim_chain_time, given.rim_ocsp_time},
            std::move(policy)};
        return answer(judge.appraise_set(request.devices, references, {request.nonce, request.cvm_key}));
    }

private:
    static AppraisalAnswer answer(const verifier::GpuVerifier::SetAppraisal& set) {
        AppraisalAnswer out;
        out.accepted = set.accepted;
        for (const verifier::GpuAppraisal& device : set.devices) {
            for (const verifier::Finding& refusal : device.refusals) out.reasons.push_back(refusal.reason);
            for (const verifier::Comparison& comparison : device.comparisons)
                if (comparison.outcome == verifier::Comparison::Outcome::mismatch)
                    out.mismatches.push_back(comparison.index);
            if (out.nvat_code == 0) out.nvat_code = device.nvat_code;
        }
        for (const verifier::Finding& refusal : set.refusals) out.reasons.push_back(refusal.reason);
        out.claims = verifier::claims_of(set);
        return out;
    }
};

}  // namespace

std::unique_ptr<AppraisalPort> make_model_verifier() { return std::make_unique<ModelVerifierPort>(); }

}  // namespace assay::conformance
