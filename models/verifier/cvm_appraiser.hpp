// One confidential VM's appraisal, step by step.
#pragma once
#include "models/verifier/cvm_appraisal.hpp"

namespace assay::verifier {

class CvmAppraiser {
public:
    CvmAppraiser(const CvmAnchors& anchors, const CvmPolicy& policy, const CvmReferences& references,
                 const CvmExpectation& expectation, const cvm::CompositeEvidence& evidence);
    CvmAppraisal run();

private:
    // A step. False ends the appraisal.
    bool form();
    bool cpu_chain();
    bool cpu_signature();
    bool cpu_chip();
    bool cpu_guest();
    bool launch();
    bool runtime_data();
    bool quote_form();
    bool quote_signature();
    bool nonce();
    bool user_data();
    bool wrapping_key();
    bool policy_register();
    bool event_log();
    bool replay();
    bool event_data();
    bool measured_items();
    bool gpus();

    bool pass(std::string_view step, std::string detail = {});
    bool not_run(std::string_view step, std::string why);
    /// Ends the appraisal.
    bool stop(std::string_view step, std::string_view reason, std::string_view subject, std::string path,
              std::string what, std::optional<std::size_t> offset = {});
    bool stop(std::string_view step, Finding finding);
    bool stop(std::string_view step, std::string_view subject, const cvm::FormatError& error);
    /// Of several faults; the appraisal goes on.
    bool note(std::string_view step, std::vector<Finding> faults, std::string detail);
    void add_step(std::string_view id, Step::Outcome outcome, std::string detail);

    std::optional<Finding> selection_fault(const tpm::TpmsQuoteInfo& quoted);
    std::optional<Finding> wrapping_fault(const cvm::CertifiedKey& key);
    Bytes expected_binding() const;

    const CvmAnchors& anchors_;
    const CvmPolicy& policy_;
    const CvmReferences& references_;
    const CvmExpectation& expectation_;
    const cvm::CompositeEvidence& evidence_;
    CvmAppraisal out_;
    std::optional<cvm::HclReport> hcl_;
    std::optional<crypto::Certificate> vcek_;
    std::optional<crypto::PublicKey> ak_;
    std::optional<cvm::EventLog> log_;
};

/// Why an attestation structure is none: by the member at which it stops.
Finding attest_finding(const WireError& error, std::string subject);

/// What the events of a log say was booted, and every event that the references do not know. In order.
std::vector<Finding> judge_boot(const cvm::EventLog& log, const CvmPolicy& policy,
                                const CvmReferences& references, BootFacts& facts);

}  // namespace assay::verifier
