// Everything that a confidential VM shows of itself at once, and the forms in which it travels: ours
// ("assay-cvm/1") and the envelopes 0, 1 and 2 of CoCo's az-snp-vtpm.
//
//     const auto evidence = cvm::parse_evidence(json);
//     if (!evidence) return evidence.error().text();   // E_SCHEMA: quote.pcrs.sha256.3: ...
#pragma once
#include <map>

#include "models/cvm/format_error.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::cvm {

inline constexpr std::size_t nonce_size = 32;

/// TPM2_Quote and the register values that it is said to be over.
struct Quote {
    Bytes message;                                          // TPMS_ATTEST
    Bytes signature;                                        // RSASSA-PKCS1-v1_5 with SHA-256
    std::map<std::string, std::map<unsigned, Bytes>> pcrs;  // "sha256" -> PCR -> value
};

/// A key of the TPM, and TPM2_Certify of it by the attestation key.
struct CertifiedKey {
    Bytes public_area;  // TPMT_PUBLIC
    Bytes attest;       // TPMS_ATTEST
    Bytes signature;    // RSASSA-PKCS1-v1_5 with SHA-256
};

struct CompositeEvidence {
    enum class Form : std::uint8_t { envelope_0, envelope_1, envelope_2, composite };
    Form form = Form::composite;
    Bytes hcl_report;
    std::vector<Bytes> certificates;  // DER, leaf (VCEK) first
    Quote quote;
    std::optional<Bytes> event_log{};
    std::optional<CertifiedKey> wrapping_key{};
    std::optional<std::string> gpu{};  // JSON array of gpu::parse_evidence
};

/// Which form it is follows from its members. Refuses unknown, missing and repeated members
/// (E_JSON_DUPLICATE_KEY), other types, more than 4 MiB, PCRs above 23 and values of another size than the
/// bank's (E_SCHEMA).
Result<CompositeEvidence, FormatError> parse_evidence(ByteView json);
/// In its form; std::logic_error for envelopes 0 (never written) and for what the form cannot carry.
std::string write_evidence(const CompositeEvidence& evidence);

/// What a quote's extraData and the paravisor's user data are made of: SHA-256("assay-cvm-evidence/v1" ||
/// nonce || SHA-256(TPMT_PUBLIC of the wrapping key) || SHA-256(GPU evidence as sent)), 32 bytes. An absent
/// part is hashed as no bytes.
Bytes evidence_binding(ByteView nonce, ByteView wrapping_public, std::string_view gpu_evidence);

}  // namespace assay::cvm
