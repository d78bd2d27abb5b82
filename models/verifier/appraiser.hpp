// One device's appraisal, step by step.
#pragma once
#include "models/verifier/device_state.hpp"
#include "models/verifier/ocsp_desk.hpp"
#include "models/verifier/rim_desk.hpp"

namespace assay::verifier {

/// What all devices of one call are judged with. The desks remember what they verified.
struct Bench {
    const TrustAnchors& anchors;
    const Times& times;
    const GpuPolicy& policy;
    const Expectation& expectation;
    RimDesk rims;
    OcspDesk ocsp;
    bool alone = true;  // one device: a response that is for none of its certificates is a wrong one

    Bench(const TrustAnchors& a, const Times& t, const GpuPolicy& p, const ReferenceValues& r,
          const Expectation& e, bool one_device)
        : anchors(a),
          times(t),
          policy(p),
          expectation(e),
          rims(r.rims, a.rim),
          ocsp(r.ocsp_responses),
          alone(one_device) {}

    /// Files that nothing was done with: warnings.
    void report_unused(GpuAppraisal& out) const;
};

class Appraiser {
public:
    Appraiser(const gpu::Evidence& evidence, Bench& bench);

    GpuAppraisal run();
    /// SubjectPublicKeyInfo of the device identity (certificate 1); empty where it was not reached.
    const Bytes& identity() const { return identity_; }

private:
    /// A step in NVIDIA's order. False ends the appraisal.
    bool stated_nonce();
    bool read_chain();
    bool architecture();
    bool length();
    bool signature();
    bool parse();
    bool fields();
    bool nonce();
    bool fwid();
    bool chain();
    bool ocsp();
    bool name_device();
    bool manifest(RimState& state, const RimWish& wish);
    bool manifests();
    bool conflict();
    bool measurements();
    bool policy();

    bool is_gpu() const { return state_.kind == gpu::DeviceKind::gpu; }
    bool pass(std::string_view step, std::string detail = {});
    bool warn(std::string_view step, Finding finding);
    /// For what the policy decides later: the step has failed, the appraisal goes on.
    bool note(std::string_view step, const std::vector<Finding>& faults, std::string detail);
    bool stop(std::string_view step, Finding finding);
    void finish();
    Bytes expected_nonce() const;
    void add_step(std::string_view id, Step::Outcome outcome, std::string detail);
    Finding mismatch(const Comparison& c) const;
    std::string product() const;

    const gpu::Evidence& evidence_;
    Bench& bench_;
    DeviceState state_;
    GpuAppraisal out_;
    std::vector<crypto::Certificate> chain_;
    std::vector<Goldens> goldens_;
    Bytes identity_;
};

}  // namespace assay::verifier
