// Why the software inside a confidential VM could not do what it was asked.
#pragma once
#include <functional>

#include "models/tpm/commands.hpp"

namespace assay::cvm {

/// One command to the VM's TPM, one response: all that the software in the VM knows of it.
using TpmTransport = std::function<Bytes(ByteView command)>;

struct VmError {
    std::string step;               // "TPM2_Quote", "SNP report", ...
    tpm::Rc rc = tpm::Rc::success;  // of a TPM that refused
    std::string what{};
    std::string text() const { return step + ": " + what; }
};

/// tpm::call under the name of its step.
template <class In>
Result<typename In::Out, VmError> ask(const TpmTransport& tpm, std::string_view step, const In& in,
                                      std::vector<tpm::TpmsAuthCommand> sessions = {}) {
    auto answer = tpm::call(tpm, in, std::move(sessions));
    if (!answer) return VmError{std::string{step}, answer.error().rc, answer.error().text()};
    return *std::move(answer);
}

}  // namespace assay::cvm
