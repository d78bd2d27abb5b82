// The port of targets that answer one message with one message: SPDM, TPM.
#pragma once
#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"

namespace assay::conformance {

/// Why there was no answer, in words for the report: "target ended by signal 11".
struct PortError {
    enum class Kind : std::uint8_t {
        io,  // connection lost, malformed framing
        timeout,
        crash,          // the target's process ended
        not_supported,  // the target cannot do this by its nature: a recording cannot answer a new nonce
        refused,        // the target answered, and said no
    };
    Kind kind{};
    std::string what;
};

class MessagePort {
public:
    virtual ~MessagePort() = default;
    virtual Result<Bytes, PortError> exchange(ByteView request) = 0;
};

}  // namespace assay::conformance
