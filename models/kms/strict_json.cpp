#include "models/kms/strict_json.hpp"

#include <limits>
#include <set>

#include <nlohmann/json.hpp>

namespace assay::kms {
namespace {

using nlohmann::json;

/// Looks at the events and builds nothing.
class JsonGuard final : public nlohmann::json_sax<json> {
public:
    explicit JsonGuard(std::size_t depth) : depth_(depth) {}
    JsonFault::Kind fault = JsonFault::Kind::not_json;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (names_.back().insert(name).second) return true;
        fault = JsonFault::Kind::duplicate_name;
        return false;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

private:
    bool open() {
        names_.emplace_back();
        if (names_.size() <= depth_) return true;
        fault = JsonFault::Kind::too_deep;
        return false;
    }
    bool close() {
        names_.pop_back();
        return true;
    }
    std::size_t depth_;
    std::vector<std::set<std::string>> names_;
};

}  // namespace

Json::Json(json value) : value_(std::make_shared<const json>(std::move(value))) {}

Result<Json, JsonFault> parse_strict_json(ByteView text, const JsonLimits& limits) {
    if (text.size() > limits.bytes) return JsonFault{JsonFault::Kind::too_long};
    if (!text.empty() && text[0] == 0xEF) return JsonFault{JsonFault::Kind::not_json};  // byte order mark
    JsonGuard guard{limits.depth};
    if (!json::sax_parse(text.begin(), text.end(), &guard)) return JsonFault{guard.fault};
    return Json{json::parse(text.begin(), text.end(), nullptr, false)};
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
