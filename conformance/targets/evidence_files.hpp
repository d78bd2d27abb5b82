// Recorded evidence from files, whatever form each has: told apart by content, not by name.
#pragma once
#include <filesystem>

#include "conformance/targets/gpu_port.hpp"

namespace assay::conformance {

struct EvidenceFiles {
    std::vector<gpu::Evidence> devices;          // from evidence JSON, or report + PEM chain
    std::vector<std::filesystem::path> sources;  // for each device the file its report came from
    GpuReferences references;                    // what of it was found; times are the caller's
    struct Artifact {
        std::string name;
        std::string sha256;
    };
    std::vector<Artifact> artifacts;   // every file that was used, by name
    std::vector<std::string> ignored;  // files that are none of the known forms, with the reason
};

struct EvidenceFilesError {
    std::filesystem::path file;
    std::string what;  // field and offset where there is one
    std::string text() const { return file.string() + ": " + what; }
};

inline constexpr std::size_t max_evidence_file = 1 << 20;

/// Reads files and folders (their files, and those of folders `ocsp`, `rim`, `rims` and `roots` inside; no
/// links are followed out). Known forms: evidence JSON; a report, raw, as one line of hex, or base64; a PEM
/// chain; RIM XML; OCSP responses, DER or base64; roots, a self-signed certificate alone in a PEM file. A
/// report and a chain that stand alone make one device, its architecture taken from the chain's device
/// identity certificate. More than one report or chain, or one without the other, is an error.
Result<EvidenceFiles, EvidenceFilesError> load_evidence(const std::vector<std::filesystem::path>& paths);

}  // namespace assay::conformance
