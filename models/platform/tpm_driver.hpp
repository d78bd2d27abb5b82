// The guest's driver of its TPM: Command Response Buffer over a bus (TCG PC Client Platform TPM Profile 1.05,
// 6.5.3).
#pragma once
#include "models/tpm/crb_module.hpp"
#include "sim/kernel/initiator.hpp"

namespace assay::platform {

class TpmDriver : public sc_core::sc_module {
public:
    kernel::Initiator cpu{"cpu"};

    /// Figure: tpm.poll, between reads of TPM_CRB_CTRL_START.
    TpmDriver(const sc_core::sc_module_name& name, const kernel::TimingProfile& profile)
        : sc_module(name), poll_(profile.time("tpm.poll")) {}

    /// One command, whole, and its response, of no user; for threads: it takes the time that the TPM takes. A
    /// command that the buffer does not hold, a locality that is not there: TPM_RC_COMMAND_SIZE,
    /// TPM_RC_LOCALITY, as a TPM behind a wider buffer would say. std::logic_error when the bus fails.
    Bytes execute(ByteView command, unsigned locality = 0);

private:
    void write(std::uint64_t address, std::uint32_t value);
    std::uint32_t read(std::uint64_t address);

    sc_core::sc_time poll_;
};

}  // namespace assay::platform
