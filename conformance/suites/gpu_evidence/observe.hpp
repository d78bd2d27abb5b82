// What the cases of gpu-evidence share: collecting evidence, keeping it with the verdict, saying what is
// wrong.
#pragma once
#include "conformance/case.hpp"
#include "conformance/suites/gpu_evidence/report_facts.hpp"

namespace assay::conformance::gpu_evidence {

/// A case `gpu-evidence.<id>`, tagged with its topic, the part of `id` before the dot. `prepare` may be null.
Case make_case(std::string_view id, std::string_view title, std::vector<std::string> requirements,
               std::vector<std::string> needs, void (*prepare)(Trial&), void (*run)(Trial&));

/// A failure whose summary is what was seen.
Failure wrong(std::string_view code, std::string_view expected, std::string_view actual,
              std::vector<Difference> differences = {});
/// Bytes of the attached report that are not what they should be.
Difference in_report(std::string_view field, std::size_t offset, ByteView expected, ByteView actual,
                     std::string_view note = {});

/// `size` bytes from the trial.
Bytes random_bytes(Trial& trial, std::size_t size);

/// Evidence over `nonce`. Report and chain are attached under `label` ("report", "chain"; with a label
/// "report-second", "chain-second"); an empty optional attaches nothing.
gpu::Evidence collect(Trial& trial, ByteView nonce, std::optional<std::string_view> label = "");

/// Evidence over a random nonce, attached.
gpu::Evidence evidence(Trial& trial);
/// Its report, whose lengths fit (else the case fails).
ReportFacts report(Trial& trial);
ReportFacts facts_of(Trial& trial, const gpu::Evidence& evidence);
/// Its chain, readable and not empty (else the case fails).
std::vector<crypto::Certificate> chain(Trial& trial);
std::vector<crypto::Certificate> chain_of(Trial& trial, const gpu::Evidence& evidence);
bool is_switch(const gpu::Evidence& evidence);

/// `prepare` of the cases that judge what stands in a report, in a chain of 5 certificates, in both report
/// and chain: a target whose evidence cannot be read at all fails the cases about that, and no others.
void needs_report(Trial& trial);
void needs_chain(Trial& trial);
void needs_both(Trial& trial);

/// Whether `signature` (r || s) is by `signer` over `message`, ECDSA P-384 with SHA-384.
bool signed_by(const crypto::Certificate& signer, ByteView message, ByteView signature);

}  // namespace assay::conformance::gpu_evidence
