// What a confidential VM's evidence must satisfy: rules, and the reference values that measured items are
// compared with. Both as JSON, unknown members refused.
#pragma once
#include "models/cvm/snp_report.hpp"
#include "models/verifier/gpu_appraisal.hpp"

namespace assay::verifier {

/// The rules. The defaults are the strict ones; a file may relax them by name.
struct CvmPolicy {
    /// Accepts evidence of the envelopes 0 and 1 of az-snp-vtpm, whose report says nothing of the nonce: a
    /// weaker binding that has to be named.
    bool hcl_v1 = false;
    bool require_event_log = true;
    bool require_wrapping_key = true;
    bool require_gpu = true;
    bool require_secure_boot = true;
    bool allow_smt = true;
    /// Registers of the SHA-256 bank that the quote must cover. More are allowed.
    std::vector<unsigned> pcrs{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    std::vector<unsigned> report_versions{2, 3};
    unsigned min_guest_svn = 0;
    unsigned min_boot_loader = 0, min_tee = 0, min_snp = 0, min_microcode = 0;  // of REPORTED_TCB
    std::vector<Bytes> denied_chips{};                                          // CHIP_ID, 64 bytes
    unsigned gpus = 1;  // exact number, where GPU evidence is required
    /// Of each GPU; `devices` is set from `gpus`.
    GpuPolicy gpu = strict_gpu();

    /// Confidential computing must be shown to be on.
    static GpuPolicy strict_gpu();
    /// The error is one line that names the member.
    static Result<CvmPolicy, std::string> from_json(ByteView json);
    nlohmann::json to_json() const;
};

/// Every list says what is allowed; an empty one allows nothing. `host_data`, `id_keys` and `author_keys` are
/// looked at only where they are given.
struct CvmReferences {
    std::vector<Bytes> launch_measurements{};         // MEASUREMENT, SHA-384
    std::optional<std::vector<Bytes>> host_data{};    // 32 bytes
    std::optional<std::vector<Bytes>> id_keys{};      // SHA-384
    std::optional<std::vector<Bytes>> author_keys{};  // SHA-384
    std::vector<std::string> firmware_versions{};
    std::vector<Bytes> firmware{}, loaders{}, kernels{};  // SHA-256
    /// Whole lines, token by token, the verity root written `{verity-root}`.
    std::vector<std::string> command_lines{};
    std::vector<Bytes> verity_roots{};      // SHA-256
    std::vector<Bytes> runtime_policies{};  // SHA-256 of the policy's bytes
    std::vector<Bytes> images{};            // SHA-256: these may run
    std::vector<Bytes> required_images{};   // and each of these must be there
    /// Manifests and OCSP responses of GPUs: not in the JSON.
    ReferenceValues gpu{};

    static Result<CvmReferences, std::string> from_json(ByteView json);
    nlohmann::json to_json() const;
};

}  // namespace assay::verifier
