// The port of container runtimes: a guest is booted with a measured policy, then takes command lines of a
// control plane.
#pragma once
#include <map>
#include <set>
#include <string>

#include "conformance/targets/message_port.hpp"

namespace assay::conformance {

/// What the guest boots with.
struct CommandBoot {
    Bytes policy;           // as the host delivers it
    Bytes measured_digest;  // SHA-256 that the measured boot has extended: 32 bytes
    unsigned gpus = 1;      // whose evidence was accepted
};
struct BootAnswer {
    bool bound = false;
    std::string reason;  // of a refusal
};

class CommandPort {
public:
    virtual ~CommandPort() = default;
    /// Power-on, then the policy. A guest that refuses its policy still takes (and denies) commands.
    virtual Result<BootAnswer, PortError> boot(const CommandBoot& boot) = 0;
    /// The same guest, without power-on, is offered another policy.
    virtual Result<BootAnswer, PortError> offer_policy(const CommandBoot& boot) = 0;
    /// One command line `{"command":...,"input":{...}}`, any bytes; the answer line as the host sees it.
    virtual Result<Bytes, PortError> command(ByteView line) = 0;
    /// A digest over everything that commands can change, without counters.
    virtual Result<Bytes, PortError> state_digest() = 0;
    /// How often each code (`allow`, `RP-DENY`, ...) was given since power-on.
    virtual Result<std::map<std::string, std::uint64_t>, PortError> counters() = 0;
    /// How many effects (mounts, starts, ...) commands have had since power-on.
    virtual Result<std::uint64_t, PortError> effects() = 0;
    /// The next effect fails.
    virtual Result<Nothing, PortError> fail_next_effect() = 0;
};

}  // namespace assay::conformance
