// A parsed release policy. Internal to models/kms.
#pragma once
#include <variant>

#include "models/kms/release_policy.hpp"

namespace assay::kms {

enum class Operator : std::uint8_t {
    equals,
    not_equals,
    less,
    less_or_equals,
    greater,
    greater_or_equals,
    exists,
};

using Operand = std::variant<std::string, std::int64_t, bool>;

struct Condition {
    enum class Kind : std::uint8_t { claim, all_of, any_of };
    Kind kind{};
    std::string pointer;  // of the condition; of its list for all_of and any_of
    std::vector<Condition> children;
    std::vector<std::string> path;  // of a claim: segment by segment
    Operator op{};
    Operand operand;
};

struct AuthorityRule {
    std::string authority;  // normalised
    Condition condition;
};

struct ReleasePolicy::Tree {
    PolicyProfile profile{};
    Bytes digest;
    std::vector<AuthorityRule> rules;
};

/// Decimal integers as policies write them in text: `0`, `-12`; not `03`, `+1`, `3abc`, nor beyond 64 bits.
std::optional<std::int64_t> integer_text(std::string_view text);

}  // namespace assay::kms
