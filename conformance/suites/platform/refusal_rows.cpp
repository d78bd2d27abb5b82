// One thing wrong, and who refuses it: a row each. The fault is the target's to make; what must come of it is
// said here.
#include "conformance/suites/platform/cases.hpp"

namespace assay::conformance::platform {
namespace {

// clang-format off
constexpr std::array rows{
    RefusalRow{"ak-foreign", "the quote is signed by another attestation key", "attest", "verifier", "E_QUOTE_SIGNATURE", "PLT-BIND-001"},
    RefusalRow{"challenge-expired", "a challenge of the KMS is answered after ten minutes", "release", "kms", "E_CHALLENGE_EXPIRED", "PLT-KMS-002"},
    RefusalRow{"challenge-foreign", "a release names a challenge that the KMS never gave", "release", "kms", "E_CHALLENGE_UNKNOWN", "PLT-KMS-002"},
    RefusalRow{"ciphertext", "one bit of the encapsulated request is flipped on its way", "serve", "gateway", "E_HPKE_OPEN", "PLT-PATH-002"},
    RefusalRow{"client-clock", "the client's clock is ten minutes ahead", "serve", "gateway", "E_DATE_WINDOW", "PLT-PATH-003"},
    RefusalRow{"command-line", "the kernel boots with another command line", "attest", "verifier", "E_LOG_CMDLINE", "PLT-BOOT-001"},
    RefusalRow{"container-args", "the container is created with one argument more", "serve", "runtime", "E_POLICY_MISMATCH", "PLT-RUN-001"},
    RefusalRow{"container-env", "the container gets one variable more", "serve", "runtime", "E_POLICY_ENV", "PLT-RUN-001"},
    RefusalRow{"container-mount", "the container gets a mount of the host", "serve", "runtime", "E_POLICY_MOUNT", "PLT-RUN-001"},
    RefusalRow{"container-privileged", "the container is created privileged", "serve", "runtime", "E_POLICY_CAPS", "PLT-RUN-001"},
    RefusalRow{"copy-in", "the control plane copies a file into the container", "serve", "runtime", "E_PATH_ESCAPE", "PLT-RUN-002"},
    RefusalRow{"debug-container", "the control plane starts a container of its own", "serve", "runtime", "E_POLICY_MISMATCH", "PLT-RUN-002"},
    RefusalRow{"disk-block", "one block of the container image is changed on disk", "admit", "disk", "EIO", "PLT-DISK-001"},
    RefusalRow{"disk-tree", "the hash tree of the container image is changed on disk", "admit", "disk", "E_ROOT_HASH", "PLT-DISK-001"},
    RefusalRow{"dma-answer", "one bit of the GPU's answer is flipped in the bounce buffer", "serve", "gpu", "E_TAG", "PLT-DMA-001"},
    RefusalRow{"dma-counter", "a counter of the channel is used twice", "serve", "gpu", "E_IV_REUSE", "PLT-DMA-002"},
    RefusalRow{"dma-gap", "a counter of the channel is left out", "serve", "gpu", "E_SEQ_GAP", "PLT-DMA-002"},
    RefusalRow{"dma-plaintext", "the driver puts plaintext into the bounce buffer", "serve", "bus_monitor", "E_PLAINTEXT_EGRESS", "PLT-DMA-003"},
    RefusalRow{"dma-replay", "the host brings back the record before", "serve", "gpu", "E_REPLAY", "PLT-DMA-001"},
    RefusalRow{"dma-stale-key", "the driver seals under a key of another session", "serve", "gpu", "E_TAG", "PLT-DMA-001"},
    RefusalRow{"driver", "another driver is loaded into the GPU", "attest", "verifier", "E_MEAS_MISMATCH", "PLT-GPU-001"},
    RefusalRow{"enc-repeated", "the same encapsulated request is sent twice", "serve", "gateway", "E_REPLAY", "PLT-PATH-003"},
    RefusalRow{"event-log", "the event log says another digest than was extended", "attest", "verifier", "E_LOG_REPLAY", "PLT-BOOT-002"},
    RefusalRow{"event-missing", "an event is extended and not in the log", "attest", "verifier", "E_LOG_REPLAY", "PLT-BOOT-002"},
    RefusalRow{"event-unmeasured", "an event is in the log and was never extended", "attest", "verifier", "E_LOG_REPLAY", "PLT-BOOT-002"},
    RefusalRow{"exec", "the control plane executes a command in the container", "serve", "runtime", "E_DENIED_EXEC", "PLT-RUN-002"},
    RefusalRow{"firmware", "the VM boots another firmware", "attest", "verifier", "E_MEAS_MISMATCH", "PLT-BOOT-001"},
    RefusalRow{"gpu-debug", "the GPU's debug interface is open", "attest", "verifier", "E_MEAS_MISMATCH", "PLT-GPU-002"},
    RefusalRow{"gpu-firmware", "the GPU runs another boot firmware", "attest", "verifier", "E_MEAS_MISMATCH", "PLT-GPU-001"},
    RefusalRow{"gpu-mode", "the GPU runs without confidential computing", "attest", "gpu", "E_SPDM", "PLT-GPU-002"},
    RefusalRow{"gpu-mode-devtools", "the GPU runs in developer mode", "attest", "verifier", "E_CC_MODE", "PLT-GPU-002"},
    RefusalRow{"gpu-nonce", "the GPU answers another challenge", "attest", "verifier", "E_COMPOSITE_BINDING", "PLT-BIND-001"},
    RefusalRow{"gpu-rollback", "the GPU boots an older firmware", "boot", "gpu", "E_SVN_ROLLBACK", "PLT-GPU-003"},
    RefusalRow{"gpu-signature", "one bit of the GPU's signature is changed", "attest", "verifier", "E_SPDM_SIGNATURE", "PLT-GPU-001"},
    RefusalRow{"image", "another container image is measured", "attest", "verifier", "E_IMAGE_DIGEST", "PLT-BOOT-001"},
    RefusalRow{"image-swap", "the control plane mounts another layer than the policy names", "admit", "runtime", "E_POLICY_MISMATCH", "PLT-RUN-001"},
    RefusalRow{"kernel", "the VM boots another kernel", "attest", "verifier", "E_MEAS_MISMATCH", "PLT-BOOT-001"},
    RefusalRow{"key-id", "the gateway asks for a key that is not its own", "release", "kms", "E_KEY_SCOPE", "PLT-KMS-002"},
    RefusalRow{"key-list", "the client gets another key than the one that was published", "serve", "client", "E_KEYCONFIG_INCONSISTENT", "PLT-CLI-001"},
    RefusalRow{"key-list-everywhere", "every way to the key list gives another key", "serve", "client", "E_KEYCONFIG_AUTH", "PLT-CLI-001"},
    RefusalRow{"kv-left", "keys and values of a request are not scrubbed", "serve", "deletion_oracle", "E_RESIDUE", "PLT-DEL-002"},
    RefusalRow{"loader", "the VM boots another loader", "attest", "verifier", "E_MEAS_MISMATCH", "PLT-BOOT-001"},
    RefusalRow{"paravisor", "another paravisor is launched", "attest", "verifier", "E_MEAS_MISMATCH", "PLT-BOOT-001"},
    RefusalRow{"pcr-after-release", "something is measured after the key was released", "release", "vtpm", "TPM_RC_POLICY_FAIL (session 1)", "PLT-KMS-003"},
    RefusalRow{"pcr-values", "the register values beside the quote are others", "attest", "verifier", "E_PCR_DIGEST", "PLT-BOOT-002"},
    RefusalRow{"policy", "the VM measures another runtime policy", "boot", "runtime", "E_POLICY_DIGEST", "PLT-RUN-003"},
    RefusalRow{"policy-other", "the VM measures and runs under another policy, which is valid", "attest", "verifier", "E_PCR_POLICY_HASH", "PLT-BOOT-001"},
    RefusalRow{"policy-replaced", "the control plane replaces the runtime policy", "serve", "runtime", "E_POLICY_ALREADY_SET", "PLT-RUN-002"},
    RefusalRow{"policy-swapped", "the runtime is given another policy than was measured", "boot", "runtime", "E_POLICY_DIGEST", "PLT-RUN-003"},
    RefusalRow{"quote-nonce", "the quote answers another challenge", "attest", "verifier", "E_QUOTE_NONCE", "PLT-BIND-001"},
    RefusalRow{"read-logs", "the control plane reads the container's output", "serve", "runtime", "E_DENIED_LOG", "PLT-RUN-002"},
    RefusalRow{"receipt", "the receipt of the prompt key is of another key", "serve", "client", "E_KEYCONFIG_AUTH", "PLT-CLI-001"},
    RefusalRow{"response", "one bit of the encapsulated response is flipped on its way", "serve", "client", "E_RESP_OPEN", "PLT-PATH-002"},
    RefusalRow{"scrub-partial", "a scrub ends before its range does", "serve", "deletion_oracle", "E_RESIDUE", "PLT-DEL-002"},
    RefusalRow{"scrub-skipped", "token lists stay in the staging memory", "serve", "deletion_oracle", "E_RESIDUE", "PLT-DEL-002"},
    RefusalRow{"secure-boot", "the VM boots with Secure Boot off", "attest", "verifier", "E_SECURE_BOOT", "PLT-BOOT-001"},
    RefusalRow{"snp-debug", "the VM is launched with debugging allowed", "attest", "verifier", "E_TEE_DEBUG", "PLT-CPU-001"},
    RefusalRow{"snp-migration", "the VM is launched with a migration agent allowed", "attest", "verifier", "E_TEE_MIGRATION", "PLT-CPU-001"},
    RefusalRow{"snp-report", "one bit of the CPU's report is changed", "attest", "verifier", "E_TEE_SIGNATURE", "PLT-CPU-001"},
    RefusalRow{"snp-vmpl", "the report comes from another privilege level", "attest", "verifier", "E_VMPL", "PLT-CPU-001"},
    RefusalRow{"token-changed", "a claim of the result token is changed on its way", "release", "kms", "E_TOKEN_SIGNATURE", "PLT-KMS-001"},
    RefusalRow{"token-expired", "the client is shown a token of nine hours ago", "serve", "client", "E_STALE_EVIDENCE", "PLT-CLI-001"},
    RefusalRow{"token-foreign", "the client gets a token of nobody it trusts", "serve", "client", "E_KEY_NOT_ATTESTED", "PLT-CLI-001"},
    RefusalRow{"truncated-response", "the response is cut off", "serve", "client", "E_RESP_OPEN", "PLT-PATH-002"},
    RefusalRow{"unlabelled-copy", "a copy of the token list has lost its label", "serve", "deletion_oracle", "E_ORACLE_DISAGREE", "PLT-DEL-003"},
    RefusalRow{"vbios", "the GPU runs another VBIOS", "attest", "verifier", "E_MEAS_MISMATCH", "PLT-GPU-001"},
    RefusalRow{"wrapping-key", "the certified wrapping key is another one", "attest", "verifier", "E_QUOTE_NONCE", "PLT-BIND-001"},
    RefusalRow{"wrong-key-id", "the request names a key that the gateway does not have", "serve", "gateway", "E_KEY_UNKNOWN", "PLT-PATH-002"},
};
// clang-format on

}  // namespace

std::span<const RefusalRow> refusal_rows() { return rows; }

}  // namespace assay::conformance::platform
