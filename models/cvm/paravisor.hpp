// The paravisor: the first code of the VM, measured at launch. It starts the VM's TPM, keeps its attestation
// key, and has the processor report on both.
//
//     Paravisor paravisor{processor, tpm, {.vm_id = "911B0EF8-..."}};
//     paravisor.start();
//     const auto nv = paravisor.hcl_report(user_data);   // contents of NV index 0x01400001
#pragma once
#include "models/cvm/hcl_report.hpp"
#include "models/cvm/secure_processor.hpp"
#include "models/cvm/vm_error.hpp"

namespace assay::cvm {

inline constexpr tpm::Handle ak_handle = 0x8100'0003;
inline constexpr std::size_t user_data_size = 64;

struct VmFacts {
    std::string vm_id = "00000000-0000-0000-0000-000000000000";
    bool secure_boot = true;
    bool console_enabled = false;
    bool tpm_persisted = false;
    std::uint32_t vmpl = 0;  // from which it asks for reports
};

class Paravisor {
public:
    /// `processor` must outlive it.
    Paravisor(SecureProcessor& processor, TpmTransport tpm, VmFacts facts)
        : processor_(processor), tpm_(std::move(tpm)), facts_(std::move(facts)) {}

    /// TPM2_Startup(CLEAR), unless the TPM runs already; an attestation key (RSA-2048, restricted signing,
    /// endorsement hierarchy) at 0x81000003, unless there is one.
    Result<Nothing, VmError> start();

    /// A report of now, with 64 bytes that the guest wants in it.
    Result<Bytes, VmError> hcl_report(ByteView user_data);

    /// After start().
    const crypto::PublicKey& attestation_key() const { return ak_.value(); }
    std::vector<crypto::Certificate> chain() const { return processor_.chain(); }

private:
    SecureProcessor& processor_;
    TpmTransport tpm_;
    VmFacts facts_;
    std::optional<crypto::PublicKey> ak_;
};

}  // namespace assay::cvm
