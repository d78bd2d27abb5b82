// For tests: recorded evidence of real devices, read in place.
#pragma once
#include <cstdio>

#include "models/gpu/report.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::gpu::golden {

inline constexpr const char* h100_report = "golden-h100/test_raw_gpu_attestation_report.dat";
inline constexpr const char* h100_chain = "golden-h100/test_gpu_attestation_certificate_chain.dat";
inline constexpr const char* driver_rim = "golden-h100/NV_GPU_DRIVER_GH100_550.90.07.xml";
inline constexpr const char* vbios_rim = "golden-h100/NV_GPU_VBIOS_1010_0200_882_96009F0001.xml";
inline constexpr const char* switch_report = "golden-switch/switchAttestationReport.txt";
inline constexpr const char* switch_chain = "golden-switch/switchCertChain.txt";
inline constexpr const char* switch_rim =
    "golden-switch/switchVBIOSRim_NV_SWITCH_BIOS_5612_0002_890_9610550001.xml";
inline constexpr const char* blackwell_report = "blackwell/blackwellAttestationReport.txt";
inline constexpr const char* blackwell_chain = "blackwell/blackwellCertChain.txt";

/// True when the data is there; else says once per call that the test is skipped.
inline bool present() {
    if (shared_data("vectors/gpu-attestation/MANIFEST.md")) return true;
    std::puts("skipped: shared data vectors/gpu-attestation");
    return false;
}

/// A file of vectors/gpu-attestation, which is present().
inline Bytes file(const std::string& name) {
    const auto path = shared_data("vectors/gpu-attestation/" + name);
    if (!path) throw std::runtime_error("no file " + name);
    return *read_file(*path, 1 << 20);
}

inline Bytes report(const std::string& name) { return report_from_text(file(name)).value(); }
inline std::string text(const std::string& name) { return std::string{as_text(file(name))}; }

}  // namespace assay::gpu::golden
