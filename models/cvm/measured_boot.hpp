// Measured boot: each item of the plan is extended into the TPM and written into the event log before it
// runs.
//
//     MeasuredBoot boot{plan, {}, [&](ByteView command) { return vtpm.execute(command); }};
//     while (!boot.done())
//         if (const auto step = boot.step(); !step) return step.error().text();
//     boot.event_log()
#pragma once
#include "models/cvm/boot_plan.hpp"
#include "models/cvm/vm_error.hpp"

namespace assay::cvm {

class MeasuredBoot {
public:
    /// What boot_actions throws, it throws.
    MeasuredBoot(const BootPlan& plan, const std::vector<BootFault>& faults, TpmTransport tpm);

    bool done() const { return at_ == actions_.size(); }
    /// Measures the next item and gives its name. A TPM that refuses ends the boot at this step for good.
    Result<std::string, VmError> step();
    /// All steps that are left.
    Result<Nothing, VmError> run();

    std::size_t steps() const { return actions_.size(); }
    /// The log so far, crypto-agile with SHA-256.
    Bytes event_log() const { return encode_event_log(log_); }

private:
    std::vector<BootAction> actions_;
    TpmTransport tpm_;
    EventLog log_;
    std::size_t at_ = 0;
    std::optional<VmError> failed_;
};

}  // namespace assay::cvm
