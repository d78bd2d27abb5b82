#include "models/runtime/json.hpp"

#include <nlohmann/json.hpp>

namespace assay::runtime {
namespace {

using nlohmann::json;

constexpr std::int64_t largest = (std::int64_t{1} << 53) - 1;

/// Looks at the events and builds nothing: depth, names that come twice, numbers.
class Guard final : public nlohmann::json_sax<json> {
public:
    explicit Guard(std::size_t max_depth) : max_depth_(max_depth) {}
    JsonFault fault{JsonFault::Kind::syntax, "not JSON"};

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t value) override {
        return value >= -largest || refuse(JsonFault::Kind::syntax, "a number below -(2^53 - 1)");
    }
    bool number_unsigned(number_unsigned_t value) override {
        return value <= static_cast<std::uint64_t>(largest) ||
               refuse(JsonFault::Kind::syntax, "a number above 2^53 - 1");
    }
    bool number_float(number_float_t, const string_t&) override {
        return refuse(JsonFault::Kind::syntax, "a number that is not written as an integer");
    }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        return names_.back().insert(name).second ||
               refuse(JsonFault::Kind::duplicate, "a member that comes twice");
    }
    bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
        return refuse(JsonFault::Kind::syntax,
                      "not JSON at offset " + std::to_string(position == 0 ? 0 : position - 1));
    }

private:
    bool refuse(JsonFault::Kind kind, std::string what) {
        fault = {kind, std::move(what)};
        return false;
    }
    bool open() {
        names_.emplace_back();
        return names_.size() <= max_depth_ ||
               refuse(JsonFault::Kind::limit, "nested deeper than " + std::to_string(max_depth_));
    }
    bool close() {
        names_.pop_back();
        return true;
    }
    std::size_t max_depth_;
    std::vector<std::set<std::string>> names_;
};

const json& nothing() {
    static const json none = json::object();
    return none;
}

}  // namespace

Result<json, JsonFault> parse_json(ByteView text, std::size_t max_size, std::size_t max_depth) {
    if (text.size() > max_size)
        return JsonFault{JsonFault::Kind::limit, std::to_string(text.size()) + " bytes found, at most " +
                                                     std::to_string(max_size) + " allowed"};
    if (text.size() >= 3 && text[0] == 0xEF) return JsonFault{JsonFault::Kind::syntax, "a byte order mark"};
    Guard guard{max_depth};
    if (!json::sax_parse(text.begin(), text.end(), &guard)) return guard.fault;
    return json::parse(text.begin(), text.end(), nullptr, false);
}

Shape::Shape(const json& value, std::string at, std::optional<ShapeFault>& fault)
    : value_(value.is_object() ? value : nothing()), at_(std::move(at)), fault_(fault) {
    if (!value.is_object()) refuse("", "not an object");
}

void Shape::refuse(const std::string& name, std::string what) {
    if (fault_) return;
    fault_ = ShapeFault{name.empty() ? at_ : at_ + "/" + name, std::move(what)};
}

bool Shape::has(const std::string& name) const { return value_.contains(name); }

const json* Shape::member(const std::string& name) {
    asked_.insert(name);
    const auto found = value_.find(name);
    if (found != value_.end()) return &*found;
    refuse("", "the member \"" + name + "\" is missing");
    return nullptr;
}

std::string Shape::text(const std::string& name) {
    const json* value = member(name);
    if (value == nullptr) return {};
    if (!value->is_string()) {
        refuse(name, "not a string");
        return {};
    }
    auto text = value->get<std::string>();
    if (text.size() > max_text || text.find('\0') != std::string::npos) {
        refuse(name, "longer than 4096 bytes, or with a zero byte");
        return {};
    }
    return text;
}

bool Shape::flag(const std::string& name) {
    const json* value = member(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) {
        refuse(name, "not true or false");
        return false;
    }
    return value->get<bool>();
}

std::uint64_t Shape::number(const std::string& name, std::uint64_t max) {
    const json* value = member(name);
    if (value == nullptr) return 0;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > max) {
        refuse(name, "not an integer from 0 to " + std::to_string(max));
        return 0;
    }
    return value->get<std::uint64_t>();
}

const json* Shape::array(const std::string& name) {
    const json* value = member(name);
    if (value == nullptr) return nullptr;
    if (!value->is_array() || value->size() > max_items) {
        refuse(name, "not an array of at most 1024 elements");
        return nullptr;
    }
    return value;
}

std::vector<std::string> Shape::texts(const std::string& name) {
    std::vector<std::string> out;
    const json* value = array(name);
    if (value == nullptr) return out;
    for (const json& item : *value) {
        if (!item.is_string() || item.get_ref<const std::string&>().size() > max_text ||
            item.get_ref<const std::string&>().find('\0') != std::string::npos) {
            refuse(name + "/" + std::to_string(out.size()),
                   "not a string of at most 4096 bytes without zero bytes");
            return {};
        }
        out.push_back(item.get<std::string>());
    }
    return out;
}

std::set<std::string> Shape::text_set(const std::string& name) {
    const auto items = texts(name);
    std::set<std::string> out{items.begin(), items.end()};
    if (out.size() != items.size()) refuse(name, "an element that comes twice");
    return out;
}

std::set<std::uint64_t> Shape::number_set(const std::string& name, std::uint64_t max) {
    std::set<std::uint64_t> out;
    const json* value = array(name);
    if (value == nullptr) return out;
    for (const json& item : *value)
        if (!item.is_number_unsigned() || item.get<std::uint64_t>() > max ||
            !out.insert(item.get<std::uint64_t>()).second)
            refuse(name, "not different integers from 0 to " + std::to_string(max));
    return out;
}

Shape Shape::object(const std::string& name) {
    const json* value = member(name);
    return {value == nullptr ? nothing() : *value, at_ + "/" + name, fault_};
}

void Shape::each(const std::string& name, const std::function<void(Shape&)>& read) {
    const json* value = array(name);
    if (value == nullptr) return;
    std::size_t index = 0;
    for (const json& item : *value) {
        Shape shape{item, at_ + "/" + name + "/" + std::to_string(index++), fault_};
        read(shape);
        shape.finish();
        if (fault_) return;
    }
}

void Shape::finish() {
    for (const auto& [name, ignored] : value_.items())
        if (!asked_.contains(name)) refuse("", "a member that is not known");
}

}  // namespace assay::runtime
