// What comes of a control-plane command, and how it is told to the host.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "sim/base/bytes.hpp"

namespace assay::runtime {

/// Stable codes of the answer to the host.
enum class Code : std::uint8_t {
    allow,
    unknown,    // the command is not in the table
    deny,       // the policy names the command and denies it
    value,      // a rule of the policy does not hold
    state,      // not legal in the present state
    malformed,  // not JSON of the command's form: a member is missing, null, unknown or of another type
    limit,      // too long or too deep
    busy,       // another command is being carried out
    policy,     // no valid policy is bound: nothing runs
    effect,     // permitted, and could not be carried out; nothing has changed
};
inline constexpr std::size_t code_count = 10;

/// `RP-VALUE` and so on; `allow` has none.
constexpr std::string_view name(Code code) {
    constexpr std::array<std::string_view, code_count> names{
        "",         "RP-UNKNOWN", "RP-DENY",   "RP-VALUE", "RP-STATE", "RP-MALFORMED",
        "RP-LIMIT", "RP-BUSY",    "RP-POLICY", "RP-EFFECT"};
    return names.at(static_cast<std::size_t>(code));
}

/// Why not. `at` is a JSON pointer into the policy, never text of the input; empty where no single rule
/// decides. `reason` is a name of the fault vocabulary (`E_POLICY_ENV`): it stays inside the guest.
struct Refusal {
    Code code = Code::policy;
    std::string at{};
    std::string_view reason{};
};

/// The outcome of one command.
struct Decision {
    std::uint64_t seq = 0;       // counts commands since power-on, from 1
    std::string_view command{};  // as the table spells it; empty when it is not in the table
    Code code = Code::policy;
    std::string at{};
    std::string_view reason{};
    std::string result{};  // JSON text of an allowed command that returns something

    bool allowed() const { return code == Code::allow; }
};

/// The host's answer is one line of JSON, filled with spaces to this length where it would be shorter, so
/// that its length tells nothing about a denial:
/// `{"verdict":"deny","code":"RP-VALUE","command":"container.create","at":"/containers/0/env","seq":17}`
inline constexpr std::size_t answer_size = 256;
Bytes answer(const Decision& decision);

}  // namespace assay::runtime
