#include "models/gpu/strict_json.hpp"

#include <set>

#include <nlohmann/json.hpp>

namespace assay::gpu {
namespace {

using nlohmann::json;

constexpr std::size_t max_depth = 32;

/// Looks at the events and builds nothing: depth and names that come twice.
class Guard final : public nlohmann::json_sax<json> {
public:
    std::string fault;

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
        fault = "the name \"" + name + "\" comes twice";
        return false;
    }
    bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
        fault = "not JSON at offset " + std::to_string(position == 0 ? 0 : position - 1);
        return false;
    }

private:
    bool open() {
        names_.emplace_back();
        if (names_.size() <= max_depth) return true;
        fault = "nested deeper than " + std::to_string(max_depth);
        return false;
    }
    bool close() {
        names_.pop_back();
        return true;
    }
    std::vector<std::set<std::string>> names_;
};

}  // namespace

Result<json, std::string> parse_strict_json(ByteView text, std::size_t max_size) {
    if (text.size() > max_size)
        return std::to_string(text.size()) + " bytes found, at most " + std::to_string(max_size) + " allowed";
    if (text.size() >= 3 && text[0] == 0xEF) return std::string{"a byte order mark at offset 0"};
    Guard guard;
    if (!json::sax_parse(text.begin(), text.end(), &guard)) return guard.fault;
    return json::parse(text.begin(), text.end(), nullptr, false);
}

}  // namespace assay::gpu
