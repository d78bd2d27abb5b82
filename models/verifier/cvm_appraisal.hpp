// Appraisal of a confidential VM (RFC 9334 verifier): CPU report, paravisor, TPM quote, event log, wrapping
// key and GPUs, as one piece of evidence for one nonce. No network, no wall clock.
//
//     const CvmVerifier verifier{anchors, CvmPolicy{}};
//     const CvmAppraisal a = verifier.appraise(evidence, references, {.nonce = nonce, .at = now});
//     if (!a.accepted) return a.refusals.front().text();   // E_LOG_REPLAY: event log: PCR 12: ...
//     claims_of(a)                                         // cvm_token.hpp
#pragma once
#include "models/cvm/event_log.hpp"
#include "models/cvm/evidence.hpp"
#include "models/cvm/hcl_report.hpp"
#include "models/tpm/attest.hpp"
#include "models/verifier/cvm_policy.hpp"
#include "models/verifier/steps.hpp"

namespace assay::verifier {

/// Whole certificates, compared as such. The intermediates are a stock: evidence may come without them.
struct CvmAnchors {
    std::vector<crypto::Certificate> snp_roots;          // ARK
    std::vector<crypto::Certificate> snp_intermediates;  // ASK, ASVK
    TrustAnchors gpu;
};

struct CvmExpectation {
    Bytes nonce;
    /// At which CPU certificates are judged.
    Instant at{};
    Times gpu_times{};
    /// What extraData and user data must hold, where it is not ours (cvm::evidence_binding): for the
    /// envelopes of az-snp-vtpm.
    std::optional<Bytes> report_data{};
    /// PCR 8 must be its extension (CoCo initdata).
    std::optional<Bytes> initdata_digest{};
    /// Of an earlier quote by the same attestation key: the boot must be the same.
    struct Boot {
        std::uint32_t reset_count = 0, restart_count = 0;
    };
    std::optional<Boot> same_boot{};
};

/// What the event log says was booted: to be believed only of an accepted appraisal.
struct BootFacts {
    std::string firmware_version, command_line;
    std::string verity_root;  // hex
    Bytes firmware, loader, kernel, runtime_policy;
    std::vector<Bytes> images;
    bool secure_boot = false;
};

struct CvmAppraisal {
    bool accepted = false;
    /// In the order of the steps. A step whose failure leaves nothing to go on with is the last one; of
    /// measured items and GPUs every fault is named. Never empty unless accepted.
    std::vector<Finding> refusals;
    std::vector<Step> steps;

    // What is known, as far as the steps got.
    cvm::CompositeEvidence::Form form{};
    std::optional<cvm::SnpReport> report;
    std::optional<cvm::RuntimeClaims> runtime;
    std::optional<tpm::TpmsAttest> quote;
    std::map<unsigned, Bytes> pcrs;  // of the SHA-256 bank, as quoted
    bool log_replayed = false;
    BootFacts boot;
    std::optional<crypto::PublicKey> wrapping_key;
    Bytes pcr_policy;  // of the wrapping key: the PolicyPCR digest over `pcrs`
    std::optional<GpuVerifier::SetAppraisal> gpus;
    Bytes nonce;
};

/// The steps, in order: one row each.
std::span<const StepRow> cvm_step_rows();

class CvmVerifier {
public:
    CvmVerifier(CvmAnchors anchors, CvmPolicy policy)
        : anchors_(std::move(anchors)), policy_(std::move(policy)) {}

    /// Never throws on evidence.
    CvmAppraisal appraise(const cvm::CompositeEvidence& evidence, const CvmReferences& references,
                          const CvmExpectation& expectation) const;
    const CvmPolicy& policy() const { return policy_; }

private:
    CvmAnchors anchors_;
    CvmPolicy policy_;
};

}  // namespace assay::verifier
