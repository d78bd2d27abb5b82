#include "models/verifier/steps.hpp"

namespace assay::verifier {
namespace {

constexpr auto gpu_only = StepRow::Of::gpu, switch_only = StepRow::Of::nvswitch;

constexpr StepRow rows[] = {
    {"stated-nonce", "The nonce that the evidence states is the one asked for"},
    {"chain-read", "Certificates are readable"},
    {"architecture", "The architecture is known, and the one of the certificates"},
    {"length", "The report has a possible length"},
    {"signature", "Report signature (ECDSA P-384 by the leaf certificate)"},
    {"parse", "The report is an SPDM 1.1 request and its response"},
    {"fields", "The versions of driver and firmware are in the report"},
    {"nonce", "The request in the report carries the expected nonce"},
    {"fwid", "Firmware identity of report and certificate are equal"},
    {"chain", "Certificate chain to a pinned root"},
    {"ocsp", "Revocation status of the certificate chain"},
    {"identity", "Model and identity of the device"},
    {"driver-rim", "Driver manifest is at hand", gpu_only},
    {"driver-rim-version", "Driver manifest is of the version in the report", gpu_only},
    {"driver-rim-dsig", "Driver manifest: signature", gpu_only},
    {"driver-rim-chain", "Driver manifest: certificate chain to a pinned root", gpu_only},
    {"driver-rim-ocsp", "Driver manifest: revocation status", gpu_only},
    {"vbios-rim", "VBIOS manifest is at hand", gpu_only},
    {"vbios-rim-version", "VBIOS manifest is of the version in the report", gpu_only},
    {"vbios-rim-dsig", "VBIOS manifest: signature", gpu_only},
    {"vbios-rim-chain", "VBIOS manifest: certificate chain to a pinned root", gpu_only},
    {"vbios-rim-ocsp", "VBIOS manifest: revocation status", gpu_only},
    {"bios-rim", "BIOS manifest is at hand", switch_only},
    {"bios-rim-version", "BIOS manifest is of the version in the report", switch_only},
    {"bios-rim-dsig", "BIOS manifest: signature", switch_only},
    {"bios-rim-chain", "BIOS manifest: certificate chain to a pinned root", switch_only},
    {"bios-rim-ocsp", "BIOS manifest: revocation status", switch_only},
    {"index-conflict", "No index has golden values in both manifests", gpu_only},
    {"measurements", "Measurements are golden values"},
    {"policy", "Every rule of the policy holds"},
};

}  // namespace

std::span<const StepRow> step_rows() { return rows; }

std::string_view name(Step::Outcome outcome) {
    constexpr std::array<std::string_view, 4> names{"pass", "fail", "warning", "not_run"};
    return names.at(static_cast<std::size_t>(outcome));
}

}  // namespace assay::verifier
