#include "sim/base/strict_json.hpp"

#include <set>
#include <vector>

#include <nlohmann/json.hpp>

namespace assay {
namespace {

using nlohmann::json;
using Kind = JsonFault::Kind;

/// Looks at the events and builds nothing: depth and names that come twice.
class JsonGuard final : public nlohmann::json_sax<json> {
public:
    explicit JsonGuard(std::size_t depth) : depth_(depth) {}
    JsonFault fault{Kind::not_json, "not JSON"};

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
        fault = {Kind::duplicate_name, "the name \"" + name + "\" comes twice"};
        return false;
    }
    bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
        fault.text = "not JSON at offset " + std::to_string(position == 0 ? 0 : position - 1);
        return false;
    }

private:
    bool open() {
        names_.emplace_back();
        if (names_.size() <= depth_) return true;
        fault = {Kind::too_deep, "nested deeper than " + std::to_string(depth_)};
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

Result<json, JsonFault> parse_strict_json(ByteView text, const JsonLimits& limits) {
    if (text.size() > limits.bytes)
        return JsonFault{Kind::too_long, std::to_string(text.size()) + " bytes found, at most " +
                                             std::to_string(limits.bytes) + " allowed"};
    if (!text.empty() && text[0] == 0xEF) return JsonFault{Kind::not_json, "a byte order mark at offset 0"};
    JsonGuard guard{limits.depth};
    if (!json::sax_parse(text.begin(), text.end(), &guard)) return guard.fault;
    return json::parse(text.begin(), text.end(), nullptr, false);
}

}  // namespace assay
