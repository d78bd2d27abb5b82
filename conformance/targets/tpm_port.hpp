// The port of TPM 2.0s: a command in, a response out.
#pragma once
#include <set>
#include <string>

#include "conformance/targets/message_port.hpp"

namespace assay::conformance {

/// One TPM. Its non-volatile memory may hold what earlier cases have left: a case that needs "erase" begins
/// with TPM2_Clear.
class TpmPort {
public:
    virtual ~TpmPort() = default;

    /// "erase": its user allows to clear it. "any-size": a command whose commandSize is not its size can be
    /// sent (a stream cannot). "locality": others than 0. "power-cycle": reset() works.
    virtual std::set<std::string> capabilities() const = 0;
    /// One command in that locality, and the whole response.
    virtual Result<Bytes, PortError> exchange(ByteView command, unsigned locality) = 0;
    /// _TPM_Init, as by a reset of the platform.
    virtual Result<Nothing, PortError> reset() = 0;
};

}  // namespace assay::conformance
