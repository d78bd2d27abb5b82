// The agent in a confidential VM: gathers the evidence of the whole VM for one nonce, and opens what was
// wrapped to it. It knows the TPM as bytes, the paravisor by its report.
//
//     GuestAgent agent{tpm, paravisor, boot.event_log()};
//     const auto gpu = collect_gpu(agent.gpu_nonce(nonce));         // JSON, gpu::write_evidence
//     const auto evidence = agent.collect(nonce, gpu);
//     ...                                                           // verifier, key service
//     const auto key = agent.unwrap(wrapped);                       // RSA_AES_KEY_WRAP_256
#pragma once
#include "models/cvm/evidence.hpp"
#include "models/cvm/paravisor.hpp"

namespace assay::cvm {

/// The registers that are quoted and that the wrapping key is bound to: 0 to 15.
inline constexpr std::uint32_t attested_pcrs = 0xFFFF;

/// What the GPU is asked for, so that its signature covers the VM's attestation key: SHA-256(
/// "assay-gpu-binding/v1" || nonce || SubjectPublicKeyInfo).
Bytes gpu_binding(ByteView nonce, ByteView ak_spki);

class GuestAgent {
public:
    /// `paravisor` has started and must outlive it.
    GuestAgent(TpmTransport tpm, Paravisor& paravisor, Bytes event_log, std::uint32_t pcrs = attested_pcrs)
        : tpm_(std::move(tpm)), paravisor_(paravisor), event_log_(std::move(event_log)), pcrs_(pcrs) {}

    Bytes gpu_nonce(ByteView nonce) const { return gpu_binding(nonce, paravisor_.attestation_key().spki()); }

    /// Wrapping key (made anew if there is none), its certificate by the attestation key, paravisor report,
    /// quote and registers. Registers that change in between are read again, three times at most.
    Result<CompositeEvidence, VmError> collect(ByteView nonce, std::optional<std::string> gpu = {});

    /// RSA-OAEP with SHA-256 under a PolicyPCR session: refused by the TPM once an attested register has
    /// changed (TPM_RC_POLICY_FAIL, session 1). The wrapping key stays the one of the last collect().
    Result<Secret, VmError> decrypt(ByteView wrapped);
    /// RSAES-OAEP(AES-256 key) || AES-KWP(payload): RSA_AES_KEY_WRAP_256.
    Result<Secret, VmError> unwrap(ByteView wrapped);

    /// The wrapping key's TPMT_PUBLIC; empty before the first collect().
    const Bytes& wrapping_public() const { return wrapping_public_; }
    /// Flushes the wrapping key.
    Result<Nothing, VmError> forget();

    /// For scenarios: who asks for the quote, with which scope. What a quote says of registers is always what
    /// was read.
    Result<Quote, VmError> quote(ByteView extra_data);

private:
    tpm::TpmlPcrSelection selection() const;
    Result<std::map<unsigned, Bytes>, VmError> read_registers();
    Result<Nothing, VmError> make_wrapping_key();
    Result<CertifiedKey, VmError> certify(ByteView nonce);

    TpmTransport tpm_;
    Paravisor& paravisor_;
    Bytes event_log_;
    std::uint32_t pcrs_;
    std::optional<tpm::Handle> wrapping_key_;
    Bytes wrapping_public_;
};

}  // namespace assay::cvm
