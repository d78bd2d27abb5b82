// Appraisal of GPU and NVSwitch evidence (RFC 9334 verifier): report, certificate chain, OCSP, reference
// manifests, measurements, claims, policy. No network, no wall clock: everything that is judged against is
// handed in.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "models/gpu/evidence.hpp"
#include "models/gpu/rim.hpp"
#include "models/verifier/codes.hpp"
#include "sim/base/clock.hpp"
#include "sim/crypto/ocsp.hpp"

namespace assay::verifier {

/// Something that was refused or noticed: by which reason, where, in words.
struct Finding {
    std::string reason;   // name of a Reason
    std::string subject;  // "report", "certificate chain", "driver RIM", "policy", or a file's name
    std::string path;     // field, if one is meant
    std::optional<std::size_t> offset;
    std::string what;          // found and expected
    std::string text() const;  // one line: E_..: subject: path at offset N: what
};

struct TrustAnchors {
    std::vector<crypto::Certificate> device;
    std::vector<crypto::Certificate> rim;
};

/// The times at which each class of item is judged. Recorded evidence needs several: its OCSP responses were
/// fresh on different days.
struct Times {
    Instant device_chain, device_ocsp, rim_chain, rim_ocsp;
    static Times all(Instant at) { return {at, at, at, at}; }
};

/// What the evidence is compared with. Order does not matter; what fits nothing is reported, never trusted.
struct ReferenceValues {
    struct Item {
        std::string name;  // file name, for messages
        Bytes content;
    };
    std::vector<Item> rims;            // XML
    std::vector<Item> ocsp_responses;  // DER, or base64 of it
};

/// A driver version such as 550.90.07, or a VBIOS version such as 96.00.9F.00.01 (hexadecimal): compared part
/// by part as numbers, a missing part counting as 0. Nothing when a part is no number.
std::optional<std::strong_ordering> compare_versions(std::string_view a, std::string_view b, int base);

/// Confidential computing mode, of which SYS_ENABLE_STATUS (opaque field 33) is the only sign in a report:
/// "on" for 07 07, as GB100 reports it in CC mode [recorded evidence]; "devtools" where bit 3 of either byte
/// is set and "off" for 00 00 [assumed: the encoding of our model, no public evidence shows these modes];
/// "unknown" for everything else, and where the field is absent, as on Hopper.
std::string_view cc_mode(const gpu::Report& report);

/// What must hold beyond the evidence being genuine. Members that are not set demand nothing. The defaults
/// are the strict ones; a file may relax them by name.
struct GpuPolicy {
    bool require_ocsp = true;  // good for every certificate below the root that is checked; if not demanded,
                               // a verified "revoked" still refuses
    bool require_ocsp_nonce = false;  // offline responses have none
    bool allow_hold = false;          // certificateHold counts as good
    bool require_rims = true;         // measres "success", not "absent"
    bool require_fwid = false;        // drivers 535 and 545 and switches have no FWID field
    bool allow_expired_rim = false;
    bool require_cc_mode = false;                   // cc_mode() is "on"
    bool forbid_devtools = true;                    // cc_mode() is not "devtools"
    bool forbid_debug = true;                       // dbgstat is "disabled"; where it is not known, a warning
    bool require_unique_devices = true;             // in a set: every ueid once
    std::optional<std::string> min_driver_version;  // of GPUs
    std::optional<std::string> min_vbios_version;   // of GPUs
    std::optional<std::string> feature;          // "spt", "mpt", "ppcie": the FEATURE_FLAG that is demanded
    std::optional<std::size_t> devices;          // exact number of GPUs in a set
    std::vector<unsigned> ignore_mismatch_at{};  // golden indices whose mismatch is tolerated, and reported

    /// Members as above, unknown ones refused; the error is one line that names the member.
    static Result<GpuPolicy, std::string> from_json(ByteView json);
    nlohmann::json to_json() const;
};

/// What the verifier itself asked for.
struct Expectation {
    std::optional<Bytes>
        nonce;  // 32 bytes: nothing means the evidence's own statement is only checked for consistency
    /// SubjectPublicKeyInfo of a confidential VM's key that the evidence must be bound to: the GPU's nonce is
    /// then bound_nonce(nonce, key).
    std::optional<Bytes> cvm_key;
};
/// SHA-256("assay-gpu-binding/v1" || nonce || SPKI): what a confidential VM asks the GPU for, so that the
/// GPU's signature covers the VM's key.
Bytes bound_nonce(ByteView nonce, ByteView spki);

/// One comparison of a golden with a runtime measurement.
struct Comparison {
    enum class Outcome : std::uint8_t { match, mismatch, missing, skipped };
    unsigned index = 0;    // golden index = block Index - 1
    std::string source;    // "driver" or "vbios": the manifest the golden is of
    std::string resource;  // its name there
    Outcome outcome{};
    Bytes runtime;              // empty when missing
    std::vector<Bytes> golden;  // all alternatives
    std::string note;           // why skipped; empty else
};
std::string_view name(Comparison::Outcome outcome);

/// A step of the appraisal, in order, for reports: what was checked and how it came out.
struct Step {
    enum class Outcome : std::uint8_t { pass, fail, warning, not_run };
    std::string id;     // token: "signature", "nonce", "driver-rim-dsig", ...
    std::string title;  // "Report signature (ECDSA P-384 by the leaf certificate)"
    Outcome outcome{};
    std::string detail;  // what was seen
};
std::string_view name(Step::Outcome outcome);

/// Everything that is known of one device after its appraisal.
struct GpuAppraisal {
    bool accepted = false;  // nothing refused, policy satisfied
    std::vector<Finding>
        refusals;  // the first one ended the appraisal, or all soft ones; never empty unless accepted
    std::vector<Finding> warnings;
    std::vector<Step> steps;
    std::vector<Comparison> comparisons;                       // by index
    std::size_t matched = 0;                                   // of comparisons that were not skipped
    std::optional<gpu::Report> report;                         // if it parsed
    std::string ueid, hwmodel, driver_version, vbios_version;  // "" where not reached
    gpu::DeviceKind kind{};
    gpu::RimIds rim_ids;  // what was asked for
    /// Claims version 3 under NVIDIA's names, plus our own under x-assay-: complete when no step aborted.
    /// JSON text.
    std::string claims;
    /// The number of the first refusal (NVAT), 12 when only the policy refused, 0 when accepted.
    unsigned nvat_code = 0;
};

class GpuVerifier {
public:
    GpuVerifier(TrustAnchors anchors, Times times, GpuPolicy policy);

    /// Steps in NVIDIA's order (C++ SDK); a hard failure ends it with that one refusal. Never throws on
    /// evidence.
    GpuAppraisal appraise(const gpu::Evidence& evidence, const ReferenceValues& references,
                          const Expectation& expectation) const;

    struct SetAppraisal {
        bool accepted = false;
        std::vector<GpuAppraisal> devices;  // in the order given
        std::vector<Finding> refusals;      // of the set: duplicates, nonces that differ, topology, counts
    };
    /// All devices of a platform: each by itself, then what must hold between them.
    SetAppraisal appraise_set(const std::vector<gpu::Evidence>& devices, const ReferenceValues& references,
                              const Expectation& expectation) const;

private:
    TrustAnchors anchors_;
    Times times_;
    GpuPolicy policy_;
};

/// The name of each device in a set, in its order: GPU-0, GPU-1, SWITCH-0.
std::vector<std::string> device_ids(const GpuVerifier::SetAppraisal& set);

/// The claims of a set as they are published: {"GPU-0": {...}, "SWITCH-0": {...}}. JSON text.
std::string claims_of(const GpuVerifier::SetAppraisal& set);

}  // namespace assay::verifier
