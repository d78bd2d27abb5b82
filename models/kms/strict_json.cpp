#include "models/kms/strict_json.hpp"

#include <limits>

#include <nlohmann/json.hpp>

namespace assay::kms {

using nlohmann::json;

Json::Json(json value) : value_(std::make_shared<const json>(std::move(value))) {}

Result<Json, JsonFault> parse_shared_json(ByteView text, const JsonLimits& limits) {
    auto parsed = parse_strict_json(text, limits);
    if (!parsed) return parsed.error();
    return Json{*std::move(parsed)};
}

std::optional<std::int64_t> exact_integer(const json& value) {
    if (value.is_number_unsigned()) {
        const auto number = value.get<std::uint64_t>();
        if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return {};
        return static_cast<std::int64_t>(number);
    }
    if (value.is_number_integer()) return value.get<std::int64_t>();
    return {};
}

const std::string* text_member(const json& object, std::string_view name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

}  // namespace assay::kms
