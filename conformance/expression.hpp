// Expressions over words: `report and not (slow or switch)`.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/result.hpp"

namespace assay::conformance {

/// A word holds where it is part of one of the texts, in whatever case. `and`, `or`, `not` and parentheses
/// bind as in logic; two words side by side are not an expression.
class Expression {
public:
    static Result<Expression, std::string> parse(std::string_view text);
    bool holds(std::span<const std::string> texts) const;

private:
    /// In reverse Polish notation.
    struct Step {
        enum class Kind : std::uint8_t { word, conjunction, disjunction, negation };
        Kind kind{};
        std::string word;
    };
    class Parser;
    std::vector<Step> steps_;
};

}  // namespace assay::conformance
