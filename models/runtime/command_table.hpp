// Command table 1: everything that a control plane can ask of the guest, one row each.
#pragma once
#include <optional>
#include <span>

#include "models/runtime/decision.hpp"

namespace assay::runtime {

class Step;

/// What a policy may say about a command.
enum class Disposition : std::uint8_t { deny, allow, rule };
std::string_view name(Disposition disposition);  // "deny", "allow", "rule"

/// Checks the command's input and the state, and changes the (copied) state. Nothing: permitted.
using Handler = std::optional<Refusal> (*)(Step& step);

struct Command {
    std::string_view name;     // "container.create"; matched byte for byte
    Handler handle;            // null: no policy can permit it
    std::string_view section;  // section of the policy that `rule` reads; empty: the command has no rule
    bool open;                 // `allow` without a rule is legal
    std::string_view denied;   // fault vocabulary: why a policy that denies it does
    std::string_view form;     // members of the input: `container:id rows:number`; `?` marks an optional one
};

inline constexpr unsigned command_table_version = 1;
inline constexpr std::size_t command_count = 64;

/// In order of name, each name once.
std::span<const Command, command_count> commands();
/// The row's index, or nothing.
std::optional<std::size_t> find_command(std::string_view name);

/// Whether a policy may say this about the command.
bool legal(const Command& command, Disposition disposition);

}  // namespace assay::runtime
