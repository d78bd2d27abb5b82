// The port of verifiers: evidence and everything it is judged against in, a verdict with its reason out.
#pragma once
#include "conformance/targets/gpu_port.hpp"

namespace assay::conformance {

struct AppraisalRequest {
    std::vector<gpu::Evidence> devices;
    GpuReferences references;
    std::optional<Bytes> nonce;
    std::optional<Bytes> cvm_key;  // SubjectPublicKeyInfo
    std::string policy_json;       // GpuPolicy as JSON
};

struct AppraisalAnswer {
    bool accepted = false;
    std::vector<std::string> reasons;  // names, the first one decides
    unsigned nvat_code = 0;
    std::vector<unsigned> mismatches;  // golden indices
    std::string claims;                // JSON text
};

class AppraisalPort {
public:
    virtual ~AppraisalPort() = default;
    virtual Result<AppraisalAnswer, PortError> appraise(const AppraisalRequest& request) = 0;
};

}  // namespace assay::conformance
