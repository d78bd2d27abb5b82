// The port of a whole platform for confidential inference: it is powered on, attests itself, gets its keys,
// admits its workload and answers prompts, stage by stage; and it can be made to do one thing wrong.
#pragma once
#include <memory>
#include <set>

#include "conformance/targets/message_port.hpp"
#include "sim/base/event.hpp"

namespace assay::conformance {

/// Where the platform said no: the component that refused, with its stable reason.
struct PlatformRefusal {
    std::string stage;      // token: "attest"
    std::string component;  // token: "verifier"
    std::string code;       // "E_MEAS_MISMATCH", "TPM_RC_POLICY_FAIL"
    std::string what;
};

struct PlatformAnswer {
    std::string text;
    std::vector<std::uint32_t> tokens;
};

/// What one deletion oracle found in one store.
struct PlatformResidue {
    std::string oracle;  // "label", "content"
    std::string store;   // "gpu.hbm.kv"
    std::string what;
};

class PlatformPort {
public:
    virtual ~PlatformPort() = default;

    /// Tokens for what this target can do: "fault" (inject), "oracles" (sweep and plant), "reference" (tokens
    /// can be compared with the reference path), "control-plane".
    virtual std::set<std::string> capabilities() const = 0;

    /// Stages in order; the last one is "serve".
    virtual std::vector<std::string> stages() const = 0;
    /// Power-on reset: everything volatile is gone, every fault that was injected takes effect.
    virtual Result<Nothing, PortError> power_on_reset() = 0;
    virtual Result<Nothing, PortError> inject(std::string_view fault) = 0;
    /// Runs from where the platform stands to the end of `stage`. Nothing: it got there.
    virtual Result<std::optional<PlatformRefusal>, PortError> advance(std::string_view stage) = 0;

    /// One prompt, sealed by a client, through relay, balancer and gateway to the GPU and back.
    struct Served {
        std::optional<PlatformRefusal> refusal;
        PlatformAnswer answer;
    };
    /// `canary` is a part of the prompt that the target's own oracles look for afterwards; it may be empty.
    virtual Result<Served, PortError> ask(std::string_view prompt, unsigned steps,
                                          std::string_view canary) = 0;
    /// The same prompt by the reference path, beside the platform.
    virtual Result<PlatformAnswer, PortError> reference(std::string_view prompt, unsigned steps) = 0;

    /// One command of the control plane: "allow" or the runtime's code ("RP-DENY"), and whether anything has
    /// changed.
    struct Controlled {
        std::string code;
        bool changed = false;
    };
    virtual Result<Controlled, PortError> control(std::string_view command, std::string_view input) = 0;

    /// What is left of requests that have ended, by every oracle there is.
    virtual Result<std::vector<PlatformResidue>, PortError> sweep() = 0;
    /// Names of all stores that a prompt can reach, and a known residue put into one of them: 24 characters
    /// of a canary, labelled as nobody's, until the next call; an empty one takes the last one out.
    virtual Result<std::vector<std::string>, PortError> stores() = 0;
    virtual Result<Nothing, PortError> plant(std::string_view store, std::string_view canary) = 0;
    /// Identifiers that each hop gave to requests so far, encapsulated keys, nonces of each channel key:
    /// (where, value).
    virtual Result<std::vector<std::pair<std::string, Bytes>>, PortError> observed_ids() = 0;

    virtual std::vector<Event> take_events() = 0;
    virtual std::string waves() { return {}; }
};

}  // namespace assay::conformance
