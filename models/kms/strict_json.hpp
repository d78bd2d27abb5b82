// JSON (RFC 8259) from outside, refused where two readers could understand two things.
#pragma once
#include <memory>

#include <nlohmann/json_fwd.hpp>

#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"

namespace assay::kms {

struct JsonLimits {
    std::size_t bytes = 1 << 20;
    std::size_t depth = 32;  // objects and arrays inside each other
};

/// What a text is refused for. Nothing of the text is repeated.
struct JsonFault {
    enum class Kind : std::uint8_t { too_long, not_json, too_deep, duplicate_name };
    Kind kind{};
};

/// A parsed value; copies share it.
class Json {
public:
    explicit Json(nlohmann::json value);
    const nlohmann::json& operator*() const { return *value_; }
    const nlohmann::json* operator->() const { return value_.get(); }

private:
    std::shared_ptr<const nlohmann::json> value_;
};

/// Refuses bytes that are not UTF-8, a byte order mark, text after the value, nesting beyond the limit, and a
/// name that comes twice in one object, compared after unescaping.
Result<Json, JsonFault> parse_strict_json(ByteView text, const JsonLimits& limits = {});

/// The number of an integer literal in the range of std::int64_t. Fractions, exponents and larger integers
/// give nothing.
std::optional<std::int64_t> exact_integer(const nlohmann::json& value);

/// A member that is a string; null where there is none, or another type.
const std::string* text_member(const nlohmann::json& object, std::string_view name);

}  // namespace assay::kms
