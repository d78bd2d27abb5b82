// The guest's side of the control plane: every command that reaches the guest is a request of the adversary,
// and is decided here against the policy that was measured at boot.
//
//     runtime::Agent agent{effects};                        // effects: mounts, starts and stops for real
//     const auto digest = agent.bind(policy_bytes, measured_digest);   // before the first command is read
//     agent.device_attested("gpu");                         // once its evidence was accepted
//     const Bytes answer =
//     agent.execute(as_bytes(R"({"command":"process.exec","input":{"container":"c0"}})"));
//     // {"verdict":"deny","code":"RP-DENY","command":"process.exec","at":"/commands/process.exec","seq":1}
#pragma once
#include <deque>
#include <map>

#include "models/runtime/command_table.hpp"
#include "models/runtime/policy.hpp"
#include "models/runtime/state.hpp"

namespace assay::runtime {

class CheckSink;

/// A container as the policy admitted it.
struct Admission {
    std::string id;                           // as the control plane named it
    std::string rule;                         // id of the container of the policy that it is
    std::vector<std::string> layers;          // dm-verity root hashes, hex, bottom first
    std::vector<std::string> command;         // exact argument list
    std::map<std::string, unsigned> devices;  // count by kind
    ContainerPhase phase{};
};

/// What an allowed command is to do outside the agent.
struct Effect {
    std::string_view command;
    std::string target{};                  // of a mount or unmount
    std::string root_hash{};               // of device.mount_ro, hex
    std::optional<Admission> container{};  // of container.*, process.*: as it is after the command
};

/// Carries effects out. False: it could not, and has undone whatever it began; the agent's state stays as it
/// was. It may not call the agent: such a command is refused with RP-BUSY.
class Effects {
public:
    virtual ~Effects() = default;
    virtual bool perform(const Effect& effect) = 0;
};

/// For whom a decision is enough.
class NoEffects final : public Effects {
public:
    bool perform(const Effect&) override { return true; }
};

/// Why a policy was not bound.
struct BindFault {
    std::string_view reason;  // E_POLICY_DIGEST, E_POLICY_ALREADY_SET, E_SCHEMA, ...
    std::string at{};         // JSON pointer into the policy
    std::string what{};       // one line
};

/// Decides commands one after the other. Whatever is sent gets an answer; a denial changes nothing but the
/// counters; one command is one transaction: check, effect, commit.
class Agent {
public:
    static constexpr std::size_t max_command_size = 65'536;  // bytes
    static constexpr std::size_t max_command_depth = 16;
    static constexpr std::size_t kept_denials = 256;

    /// `effects` outlives it.
    explicit Agent(Effects& effects) : effects_(effects) {}

    /// Parses the policy and binds it for the rest of the boot, once, provided its SHA-256 is what was
    /// measured (PCR 8 or HOST_DATA). The digest comes back. On a fault nothing is bound and nothing runs.
    Result<Bytes, BindFault> bind(ByteView policy, ByteView measured_digest);
    bool bound() const { return policy_.has_value(); }
    /// The policy in force; throws std::logic_error before `bind`.
    const Policy& policy() const;

    /// The evidence of one more device of this kind was accepted: containers may be given it.
    void device_attested(const std::string& kind) { ++attested_[kind]; }
    /// Opens signed fragments; without one every fragment is refused. It outlives the agent.
    void use(FragmentDesk& desk) { fragment_desk_ = &desk; }

    /// One command line `{"command":...,"input":{...}}` and its answer, ready for the host.
    Bytes execute(ByteView line) { return answer(decide(line)); }
    /// The same, with what stays inside the guest.
    Decision decide(ByteView line) { return decide_aloud(line, nullptr); }

    /// The last command's decision, with what stays inside the guest. Nothing before the first.
    const std::optional<Decision>& last_decision() const { return last_; }

    /// A started container's process has ended by itself: the container is stopped. False: it was not
    /// started.
    bool container_exited(const std::string& id);

    /// Containers that were created and not yet removed, in order of id.
    std::vector<Admission> admitted() const;
    std::optional<Admission> admitted(const std::string& id) const;

    /// SHA-256 over everything that a command can change; counters are no part of it.
    Bytes state_digest() const { return state_.digest(); }
    const State& state() const { return state_; }

    /// How often each command (empty: not in the table) met each code.
    using Counters = std::map<std::pair<std::string_view, Code>, std::uint64_t>;
    const Counters& counters() const { return counters_; }
    std::uint64_t denials() const;
    /// The last denials, oldest first. No input in them.
    const std::deque<Decision>& recent_denials() const { return ring_; }

    /// As power-on leaves it: no policy, no state, no counters.
    void power_on_reset();

protected:
    /// For offline tools: `sink` hears of every check, with texts of the input.
    Decision decide_aloud(ByteView line, CheckSink* sink);

private:
    std::optional<Refusal> judge(ByteView line, Decision& out, CheckSink* sink);
    std::optional<Refusal> carry_out(const Command& row, const Step& step, State& next);
    std::string diagnostics() const;
    Admission admission(const State& state, const std::string& id) const;

    Effects& effects_;
    FragmentDesk* fragment_desk_ = nullptr;
    std::optional<Policy> policy_;
    std::map<std::string, unsigned> attested_;
    State state_;
    Counters counters_;
    std::deque<Decision> ring_;
    std::optional<Decision> last_;
    std::uint64_t seq_ = 0;
    bool busy_ = false;
};

}  // namespace assay::runtime
