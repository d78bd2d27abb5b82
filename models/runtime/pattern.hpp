// Regular expressions of a policy, in RE2's syntax: no look-around, no back-reference, time linear in the
// text.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace assay::runtime {

class Pattern {
public:
    static constexpr std::size_t max_size = 4096;  // bytes of the expression

    /// Nothing for what is not an expression, too long, or too large when compiled.
    static std::optional<Pattern> compile(std::string_view expression);

    /// Whether the *whole* text matches, whatever alternatives the expression has.
    bool matches(std::string_view text) const;
    const std::string& expression() const;

private:
    explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}
    std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace assay::runtime
