// JSON from outside, kept as one value with many owners.
#pragma once
#include <memory>

#include "sim/base/strict_json.hpp"

namespace assay::kms {

/// A parsed value; copies share it.
class Json {
public:
    explicit Json(nlohmann::json value);
    const nlohmann::json& operator*() const { return *value_; }
    const nlohmann::json* operator->() const { return value_.get(); }

private:
    std::shared_ptr<const nlohmann::json> value_;
};

/// As parse_strict_json().
Result<Json, JsonFault> parse_shared_json(ByteView text, const JsonLimits& limits = {});

/// The number of an integer literal in the range of std::int64_t. Fractions, exponents and larger integers
/// give nothing.
std::optional<std::int64_t> exact_integer(const nlohmann::json& value);

/// A member that is a string; null where there is none, or another type.
const std::string* text_member(const nlohmann::json& object, std::string_view name);

}  // namespace assay::kms
