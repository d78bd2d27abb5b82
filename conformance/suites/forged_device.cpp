#include "conformance/suites/forged_device.hpp"

namespace assay::conformance {

ForgedDevice::ForgedDevice(gpu::Arch arch, Alteration alteration)
    : alteration_(std::move(alteration)), world_(trial_, arch) {
    if (alteration_.world) alteration_.world(world_);
    request_ = world_.request();
    leaf_ = &world_.key_of(crypto::certificates_from_pem(as_bytes(request_.devices[0].chain_pem))->front());
    if (alteration_.references) alteration_.references(request_.references);
}

Result<gpu::Evidence, PortError> ForgedDevice::collect(ByteView nonce) {
    gpu::Evidence out = request_.devices[0];
    gpu_appraisal::ReportPlan plan = world_.report();
    plan.nonce.assign(nonce.begin(), nonce.end());
    plan.responder_nonce = world_.random(32);
    if (alteration_.report) alteration_.report(plan);
    Bytes body = plan.body();
    if (alteration_.body) alteration_.body(body);
    const Bytes signature = alteration_.sign
                                ? alteration_.sign(*leaf_, body)
                                : leaf_->sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, body);
    out.report = concat({body, signature});
    out.nonce = plan.nonce;
    if (alteration_.evidence) alteration_.evidence(out);
    return out;
}

}  // namespace assay::conformance
