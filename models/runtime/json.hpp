// JSON (RFC 8259) from a hostile side: limits first, no member twice, and objects whose every member is asked
// for.
#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"

namespace assay::runtime {

struct JsonFault {
    enum class Kind : std::uint8_t { limit, syntax, duplicate };
    Kind kind{};
    std::string what;  // one line; names an offset, never a value
};

/// Refuses more than `max_size` bytes, nesting deeper than `max_depth`, a byte order mark, a member that
/// comes twice, a number that is no integer within +-(2^53 - 1), and text that is not UTF-8.
Result<nlohmann::json, JsonFault> parse_json(ByteView text, std::size_t max_size, std::size_t max_depth);

/// The first thing about a document that is not as it must be. `at` is a JSON pointer into the document.
struct ShapeFault {
    std::string at;
    std::string what;
};

/// Reads one object whose members are known. What is not there, null, of another type or too long is a fault,
/// and `finish` makes a fault of every member that was not asked for. The first fault stays; after it, reads
/// give empty values.
class Shape {
public:
    static constexpr std::size_t max_text = 4096;   // bytes of one string
    static constexpr std::size_t max_items = 1024;  // of one array

    Shape(const nlohmann::json& value, std::string at, std::optional<ShapeFault>& fault);

    bool has(const std::string& name) const;
    std::string text(const std::string& name);
    bool flag(const std::string& name);
    std::uint64_t number(const std::string& name, std::uint64_t max);
    std::vector<std::string> texts(const std::string& name);
    /// A set: an element that comes twice is a fault.
    std::set<std::string> text_set(const std::string& name);
    std::set<std::uint64_t> number_set(const std::string& name, std::uint64_t max);
    Shape object(const std::string& name);
    /// Each element, an object, in order; `read` need not call `finish`.
    void each(const std::string& name, const std::function<void(Shape&)>& read);
    /// The value as it is; null when it is missing.
    const nlohmann::json* member(const std::string& name);

    void finish();
    /// Notes a fault of a member: `name` may be empty (the object itself).
    void refuse(const std::string& name, std::string what);
    bool faulty() const { return fault_.has_value(); }
    const std::string& at() const { return at_; }

private:
    const nlohmann::json* array(const std::string& name);

    const nlohmann::json& value_;
    std::string at_;
    std::optional<ShapeFault>& fault_;
    std::set<std::string> asked_;
};

}  // namespace assay::runtime
