#include "models/cvm/measured_boot.hpp"

namespace assay::cvm {

MeasuredBoot::MeasuredBoot(const BootPlan& plan, const std::vector<BootFault>& faults, TpmTransport tpm)
    : actions_(boot_actions(plan, faults)), tpm_(std::move(tpm)) {
    log_.spec_id.emplace();
    log_.spec_id->algorithms = {{log_sha256, 32}};
}

Result<std::string, VmError> MeasuredBoot::step() {
    if (failed_) return *failed_;
    if (done()) return VmError{"measured boot", tpm::Rc::success, "nothing is left to measure"};
    const BootAction& action = actions_[at_];
    if (action.extend) {
        const tpm::PcrExtendIn extend{.pcr_handle = action.extend->pcr,
                                      .digests = {{{tpm::Alg::sha256, action.extend->digest}}}};
        const auto answer = ask(tpm_, "TPM2_PCR_Extend of " + action.item, extend, {tpm::password()});
        if (!answer) {
            failed_ = answer.error();
            return *failed_;
        }
    }
    if (action.log)
        log_.events.push_back(
            {action.log->pcr, action.log->type, {{log_sha256, action.log->digest}}, action.log->data, 0});
    ++at_;
    return action.item;
}

Result<Nothing, VmError> MeasuredBoot::run() {
    while (!done())
        if (const auto taken = step(); !taken) return taken.error();
    return Nothing{};
}

}  // namespace assay::cvm
