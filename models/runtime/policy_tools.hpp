// Offline help for who writes policies: which rule decides, the least policy for a deployment, what a change
// allows. None of it runs in the guest.
#pragma once
#include "models/runtime/agent.hpp"
#include "models/runtime/step.hpp"

namespace assay::runtime {

/// A command with every condition that was looked at, in order. Texts of the input are in it.
struct Explanation {
    Decision decision;
    std::vector<Check> checks;
    /// Lines for a reader: the verdict, the place in the policy that decides it, each check.
    std::string text() const;
};

/// Plays `before` (command lines, whatever comes of them) against the policy, then explains `line`. `devices`
/// counts attested devices by kind.
Result<Explanation, PolicyFault> explain(ByteView policy, std::span<const std::string> before,
                                         std::string_view line,
                                         const std::map<std::string, unsigned>& devices);

/// The least policy under which the deployment of `manifest` can live, as canonical bytes. The manifest is a
/// JSON object with `name`, `svn`, `containers` and, where needed, the other sections, all as in a policy,
/// and `also_allow`, an array of commands. Whatever neither the sections nor `also_allow` call for is denied.
Result<std::string, PolicyFault> generate_policy(ByteView manifest);

/// One difference between two policies.
struct PolicyChange {
    enum class Direction : std::uint8_t { widens, narrows, replaces } direction{};
    std::string
        at;  // JSON pointer into the policy in which it stands: the new one, or the old for what is gone
    std::string what;  // one line
    /// Something is allowed that was not.
    bool newly_allows() const { return direction != Direction::narrows; }
};
/// Containers are paired by id, everything else by value; in the order of the format's members.
std::vector<PolicyChange> diff_policies(const Policy& before, const Policy& after);

}  // namespace assay::runtime
