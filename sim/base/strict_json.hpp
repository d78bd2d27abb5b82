// JSON (RFC 8259) from outside, refused where two readers could understand two things.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"

namespace assay {

struct JsonLimits {
    std::size_t bytes = 1 << 20;
    std::size_t depth = 32;  // objects and arrays inside each other
};

struct JsonFault {
    enum class Kind : std::uint8_t { too_long, not_json, too_deep, duplicate_name };
    Kind kind{};
    std::string text;  // what, where and what is allowed; of the JSON, a name that comes twice alone
};

/// Refuses bytes that are not UTF-8, a byte order mark, text after the value, nesting beyond the limit, and a
/// name that comes twice in one object, compared after unescaping.
Result<nlohmann::json, JsonFault> parse_strict_json(ByteView text, const JsonLimits& limits = {});

}  // namespace assay
