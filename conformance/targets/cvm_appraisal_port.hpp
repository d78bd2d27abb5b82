// The port of verifiers of confidential VMs: composite evidence and everything it is judged against in, a
// verdict with its reasons out.
#pragma once
#include "conformance/targets/gpu_port.hpp"

namespace assay::conformance {

struct CvmAppraisalRequest {
    std::string evidence;  // JSON: assay-cvm/1, or an envelope of az-snp-vtpm (docs/cvm.md)
    Bytes nonce;           // 32 bytes: the challenge
    Instant at{};          // at which everything is judged
    std::vector<crypto::Certificate> cpu_roots;          // pinned
    std::vector<crypto::Certificate> cpu_intermediates;  // a stock, trusted for nothing
    GpuReferences gpu;
    std::string policy;      // JSON, docs/cvm.md
    std::string references;  // JSON, docs/cvm.md
    /// What quote and CPU report must carry, for the envelopes.
    std::optional<Bytes> report_data;
};

struct CvmAppraisalAnswer {
    bool accepted = false;
    std::vector<std::string> reasons;  // names, the first one decides
    std::string text;                  // the first reason in words
    std::string claims;                // JSON text of the result token's claims; empty unless accepted
};

class CvmAppraisalPort {
public:
    virtual ~CvmAppraisalPort() = default;
    virtual Result<CvmAppraisalAnswer, PortError> appraise(const CvmAppraisalRequest& request) = 0;
};

}  // namespace assay::conformance
