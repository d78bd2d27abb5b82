#include "models/runtime/pattern.hpp"

#include <re2/re2.h>

namespace assay::runtime {

std::optional<Pattern> Pattern::compile(std::string_view expression) {
    if (expression.size() > max_size) return std::nullopt;
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    auto compiled =
        std::make_shared<const re2::RE2>(re2::StringPiece{expression.data(), expression.size()}, options);
    if (!compiled->ok()) return std::nullopt;
    return Pattern{std::move(compiled)};
}

bool Pattern::matches(std::string_view text) const {
    return re2::RE2::FullMatch(re2::StringPiece{text.data(), text.size()}, *compiled_);
}

const std::string& Pattern::expression() const { return compiled_->pattern(); }

}  // namespace assay::runtime
