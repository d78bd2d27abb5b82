// One device's evidence as it is handed around: report, certificate chain, nonce, architecture.
#pragma once
#include "models/gpu/report.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::gpu {

/// HOPPER and BLACKWELL are GPUs, LS10 an NVSwitch.
enum class Arch : std::uint8_t { hopper, blackwell, ls10 };
std::string_view name(Arch arch);  // "HOPPER", "BLACKWELL", "LS10"
std::optional<Arch> arch_from_name(std::string_view name);
DeviceKind kind_of(Arch arch);

struct Evidence {
    Arch arch{};
    Bytes nonce;            // 32 bytes: what the collector says it asked for
    Bytes report;           // raw
    std::string chain_pem;  // certificates, leaf first
};

struct EvidenceError {
    std::string path;  // "[0].evidence"
    std::string what;
    std::string text() const;
};

/// The interchange form: a JSON array of {"arch", "nonce" (hex), "evidence" (base64), "certificate" (base64
/// of PEM)}. Refuses unknown, missing and repeated members, other types, more than 64 devices.
Result<std::vector<Evidence>, EvidenceError> parse_evidence(ByteView json);
std::string write_evidence(const std::vector<Evidence>& devices);

}  // namespace assay::gpu
