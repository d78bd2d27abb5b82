// What a reference integrity manifest says, read from its canonical form (TCG RIM as SWID tag, ISO/IEC
// 19770-2).
#pragma once
#include "conformance/suites/gpu_evidence/observe.hpp"
#include "sim/crypto/xml_signature.hpp"

namespace assay::conformance::gpu_evidence {

struct GoldenFacts {
    std::optional<unsigned> index, size, alternatives;
    std::string active;  // as it stands: "True", "False"
    std::string name;
    std::vector<std::string> hashes;  // Hash0, Hash1, ... as they stand
    bool is_active() const { return active == "True"; }
    /// The alternatives as bytes; nothing where one is not hexadecimal.
    std::optional<std::vector<Bytes>> values() const;
};

struct ManifestFacts {
    std::string file;
    std::size_t metas = 0;
    std::string version, edition, product, manufacturer, root;
    std::vector<GoldenFacts> goldens;
    crypto::EnvelopedSignature signature;
};

/// The manifests of the target's references; none can be read without its signature (else the case fails).
struct References {
    GpuReferences given;
    std::vector<ManifestFacts> manifests;
};
References references(Trial& trial);
/// The same for a case that judges the signatures itself: unreadable ones are left out of `manifests`.
References references_as_given(Trial& trial);

/// Reads a canonical document: no entities but the five, attributes in double quotes.
ManifestFacts read_manifest(std::string_view file, crypto::EnvelopedSignature signature);

/// The driver manifest (GPU) and the VBIOS or BIOS manifest of this report; null where there is none.
struct Chosen {
    const ManifestFacts* driver = nullptr;
    const ManifestFacts* vbios = nullptr;
};
Chosen choose(const References& references, const ReportFacts& report, bool of_switch);

}  // namespace assay::conformance::gpu_evidence
