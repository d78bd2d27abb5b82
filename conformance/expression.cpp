#include "conformance/expression.hpp"

#include <algorithm>

#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

constexpr std::size_t max_expression = 1000;  // bytes, and so the depth of its parentheses

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string small(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return small(c); });
    return out;
}

}  // namespace

class Expression::Parser {
public:
    Parser(std::string_view text, std::vector<Step>& out) : rest_(text), out_(out) { advance(); }

    /// Empty when the whole text is an expression.
    std::string parse() {
        disjunction();
        if (fault_.empty() && !token_.empty()) fault_ = "unexpected \"" + token_ + "\"";
        return fault_;
    }

private:
    void advance() {
        const std::size_t start = std::min(rest_.find_first_not_of(" \t"), rest_.size());
        rest_.remove_prefix(start);
        const bool mark = rest_.starts_with('(') || rest_.starts_with(')');
        const std::size_t size = mark ? 1 : std::min(rest_.find_first_of(" \t()"), rest_.size());
        token_ = small(rest_.substr(0, size));
        rest_.remove_prefix(size);
    }
    bool accept(std::string_view token) {
        if (token_ != token) return false;
        advance();
        return true;
    }
    void disjunction() {
        conjunction();
        while (fault_.empty() && accept("or")) {
            conjunction();
            out_.push_back({Step::Kind::disjunction, {}});
        }
    }
    void conjunction() {
        negation();
        while (fault_.empty() && accept("and")) {
            negation();
            out_.push_back({Step::Kind::conjunction, {}});
        }
    }
    void negation() {
        if (accept("not")) {
            negation();
            out_.push_back({Step::Kind::negation, {}});
        } else if (accept("(")) {
            disjunction();
            if (fault_.empty() && !accept(")")) fault_ = "a parenthesis does not close";
        } else if (token_.empty() || token_ == ")" || token_ == "and" || token_ == "or") {
            fault_ = token_.empty() ? "a word is missing at the end"
                                    : "a word is missing before \"" + token_ + "\"";
        } else {
            out_.push_back({Step::Kind::word, token_});
            advance();
        }
    }

    std::string_view rest_;
    std::vector<Step>& out_;
    std::string token_;
    std::string fault_;
};

Result<Expression, std::string> Expression::parse(std::string_view text) {
    if (text.size() > max_expression) return "the expression is longer than 1000 bytes";
    Expression out;
    if (const std::string fault = Parser{text, out.steps_}.parse(); !fault.empty())
        return printable("\"" + std::string{text} + "\": " + fault);
    return out;
}

bool Expression::holds(std::span<const std::string> texts) const {
    std::vector<bool> stack;
    const auto pop = [&] {
        const bool top = stack.back();
        stack.pop_back();
        return top;
    };
    for (const Step& step : steps_) {
        switch (step.kind) {
            case Step::Kind::word:
                stack.push_back(std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
                    return small(text).find(step.word) != std::string::npos;
                }));
                break;
            case Step::Kind::negation: stack.back() = !stack.back(); break;
            case Step::Kind::conjunction:
            case Step::Kind::disjunction: {
                const bool right = pop();
                const bool left = pop();
                stack.push_back(step.kind == Step::Kind::conjunction ? left && right : left || right);
                break;
            }
        }
    }
    return stack.back();
}

}  // namespace assay::conformance
