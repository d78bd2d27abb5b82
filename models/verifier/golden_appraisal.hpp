// For tests: what the appraisal of recorded evidence needs, ready to be changed in one place.
#pragma once
#include "models/gpu/golden_files.hpp"
#include "models/verifier/gpu_appraisal.hpp"

namespace assay::verifier::golden {

using gpu::golden::file;
using gpu::golden::present;
using gpu::golden::report;
using gpu::golden::text;

inline const std::string ocsp_folder = "golden-h100/ocsp/";
inline constexpr std::array ocsp_files{
    "test_gpu_certificate_l2", "test_gpu_certificate_l3", "test_gpu_certificate_l4", "test_gpu_driver_rim_l3",
    "test_gpu_driver_rim_l4",  "test_gpu_rim_l2",         "test_gpu_vbios_l4"};

inline ReferenceValues::Item item(const std::string& name) {
    return {std::filesystem::path{name}.filename().string(), file(name)};
}

inline std::vector<crypto::Certificate> root(const std::string& name) {
    return *crypto::certificates_from_pem(file(name));
}

/// Judged at the clocks at which the recorded OCSP responses were fresh. `nonce` of all golden evidence.
struct Case {
    gpu::Evidence evidence;
    ReferenceValues references;
    TrustAnchors anchors;
    Times times{};
    GpuPolicy policy;
    Expectation expectation;

    GpuAppraisal run() const {
        return GpuVerifier{anchors, times, policy}.appraise(evidence, references, expectation);
    }
};

inline gpu::Evidence evidence(gpu::Arch arch, const std::string& report_file, const std::string& chain_file) {
    Bytes bytes = report(report_file);
    return {arch, {bytes.begin() + 4, bytes.begin() + 36}, bytes, text(chain_file)};
}

inline Case anchored(gpu::Evidence evidence) {
    Case out{std::move(evidence), {}, {}, {}, {}, {}};
    out.anchors = {root("roots/verifier_device_root.pem"), root("roots/verifier_RIM_root.pem")};
    const Instant device = *from_rfc3339("2025-08-21T08:00:00Z"), rim = *from_rfc3339("2025-10-24T12:00:00Z");
    out.times = {device, device, rim, rim};
    out.expectation.nonce = out.evidence.nonce;
    return out;
}

inline Case h100() {
    Case out = anchored(evidence(gpu::Arch::hopper, gpu::golden::h100_report, gpu::golden::h100_chain));
    out.references.rims = {item(gpu::golden::driver_rim), item(gpu::golden::vbios_rim)};
    for (const char* const name : ocsp_files)
        out.references.ocsp_responses.push_back(
            item(ocsp_folder + name + "_base64encoded_ocsp_response.dat"));
    return out;
}

/// Without OCSP: there are no recorded responses. The manifest's signer is valid from 2026-05-20 on.
inline Case nvswitch() {
    Case out = anchored(evidence(gpu::Arch::ls10, gpu::golden::switch_report, gpu::golden::switch_chain));
    out.references.rims = {item(gpu::golden::switch_rim)};
    out.times.rim_chain = *from_rfc3339("2026-06-01T00:00:00Z");
    out.policy.require_ocsp = false;
    return out;
}

inline Case blackwell() {
    Case out =
        anchored(evidence(gpu::Arch::blackwell, gpu::golden::blackwell_report, gpu::golden::blackwell_chain));
    out.policy.require_ocsp = false;
    out.policy.require_rims = false;
    return out;
}

/// All refusals by name, with the number of the first: `508: E_SPDM_SIGNATURE`; `accepted` otherwise.
inline std::string reasons_of(const GpuAppraisal& a) {
    if (a.accepted) return a.refusals.empty() && a.nvat_code == 0 ? "accepted" : "accepted with refusals";
    std::string out = std::to_string(a.nvat_code) + ":";
    for (const Finding& f : a.refusals) out += " " + f.reason;
    return out;
}
inline std::string warnings_of(const GpuAppraisal& a) {
    std::string out;
    for (const Finding& f : a.warnings) out += (out.empty() ? "" : " ") + f.reason;
    return out;
}
inline std::string all_text(const GpuAppraisal& a) {
    std::string out;
    for (const Finding& f : a.refusals) out += f.text() + "\n";
    for (const Finding& f : a.warnings) out += "warning: " + f.text() + "\n";
    return out;
}

}  // namespace assay::verifier::golden
