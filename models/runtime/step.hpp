// One command while it is being decided: what its handler sees, and how it says no.
#pragma once
#include <map>

#include <nlohmann/json_fwd.hpp>

#include "models/runtime/command_table.hpp"
#include "models/runtime/json.hpp"
#include "models/runtime/policy.hpp"
#include "models/runtime/state.hpp"

namespace assay::runtime {

/// A path as every path must be before it is compared: absolute, without empty, `.` and `..` components.
bool normalised(std::string_view path);
/// A container id: letters, digits, `_`, `.`, `-`, the first a letter or digit; 1 to 128 characters.
bool well_named(std::string_view id);

/// One condition of the policy and whether the input meets it. The texts are made for offline tools only.
struct Check {
    std::string at;  // pointer into the policy
    bool held = false;
    std::string_view reason;
    std::string expected{}, found{};
};

/// Hears of every check of an offline explanation. It never runs in the guest.
class CheckSink {
public:
    virtual ~CheckSink() = default;
    virtual void on(const Check& check) = 0;
};

/// What a decision rests on besides the command itself.
struct Ground {
    const Policy& policy;
    const std::map<std::string, unsigned>& attested;  // devices with accepted evidence, by kind
    FragmentDesk* desk = nullptr;
    CheckSink* sink = nullptr;
};

class Step {
    std::optional<ShapeFault> fault_{};  // before `input`, which may write it
    const Ground& ground_;

public:
    /// `next` is a copy of the state: it counts only when the command is permitted and carried out.
    Step(const Ground& ground, const Command& row, const nlohmann::json& given, State& next)
        : ground_(ground),
          policy(ground.policy),
          command(row),
          state(next),
          by_rule(policy.commands[*find_command(row.name)] == Disposition::rule),
          input(given, "", fault_) {}

    const Policy& policy;
    const Command& command;
    State& state;
    const bool by_rule;
    Shape input;

    // What the effect needs to know.
    std::string target{}, root_hash{}, container{};

    /// The input is as the command's form has it. Ends the reading.
    std::optional<Refusal> well_formed();

    std::optional<Refusal> refuse(Code code, std::string_view reason, std::string at = {}) const {
        return Refusal{code, std::move(at), reason};
    }
    std::optional<Refusal> wrong_state(std::string_view reason = "E_POLICY_STATE") const {
        return refuse(Code::state, reason);
    }
    /// A path that is not normalised, an id that is none.
    std::optional<Refusal> bad_path() const { return refuse(Code::value, "E_PATH_ESCAPE"); }
    std::optional<Refusal> bad_id() const { return refuse(Code::value, "E_BAD_ID"); }

    unsigned attested(const std::string& kind) const {
        const auto found = ground_.attested.find(kind);
        return found == ground_.attested.end() ? 0 : found->second;
    }
    FragmentDesk* desk() const { return ground_.desk; }

    bool explaining() const { return ground_.sink != nullptr; }
    void report(const Check& check) const {
        if (ground_.sink != nullptr) ground_.sink->on(check);
    }
    /// A single rule: nothing, or its refusal.
    std::optional<Refusal> require(bool held, std::string_view reason, const std::string& at,
                                   const std::string& expected = {}, const std::string& found = {}) const;

    /// The rule with this index: of the policy, or of a fragment.
    const ContainerRule& rule(std::size_t index) const;
    std::size_t rules() const { return policy.containers.size() + state.added.size(); }
};

/// The refusal of a rule that no candidate met: it names a place only where all fail at the same one.
Refusal no_match(const std::vector<Check>& first_failures);

}  // namespace assay::runtime
