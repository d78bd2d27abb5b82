#include "conformance/schema_check.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

constexpr std::size_t max_string = 16'384;
constexpr std::size_t max_depth = 64;
constexpr std::size_t max_violations = 20;

struct Extremes {
    bool deep = false;
    bool long_text = false;
};
void look(const json& value, std::size_t depth, Extremes& seen) {
    if (value.is_string() && value.get_ref<const std::string&>().size() > max_string) seen.long_text = true;
    if (!value.is_structured()) return;
    if (depth == max_depth) {
        seen.deep = true;
        return;
    }
    if (value.is_object())
        for (const auto& [key, member] : value.items())
            if (key.size() > max_string) seen.long_text = true;
    for (const json& member : value) look(member, depth + 1, seen);
}

/// `<root>[cases][3][verdict]`, as the validator says it, as `cases[3].verdict`.
std::string place(const std::vector<std::string>& context) {
    std::string out;
    for (const std::string& part : context) {
        if (part == "<root>") continue;
        const std::string inner = part.substr(1, part.size() - 2);
        const bool index = !inner.empty() && inner.find_first_not_of("0123456789") == std::string::npos;
        if (index)
            out += part;
        else
            out += (out.empty() ? "" : ".") + inner;
    }
    return out.empty() ? "document" : printable(out);
}

}  // namespace

std::vector<std::string> limit_violations(const json& document) {
    Extremes seen;
    look(document, 0, seen);
    std::vector<std::string> out;
    if (seen.deep) out.push_back("document: nested deeper than 64 levels");
    if (seen.long_text) out.push_back("document: a text is longer than 16384 bytes");
    return out;
}

std::vector<std::string> violations_of(std::string_view schema_text, const json& document) {
    std::vector<std::string> out = limit_violations(document);
    if (!out.empty()) return out;

    valijson::Schema schema;
    const json parsed = json::parse(schema_text, nullptr, false);
    if (parsed.is_discarded()) throw std::logic_error("a built-in schema is not JSON");
    valijson::SchemaParser{}.populateSchema(valijson::adapters::NlohmannJsonAdapter{parsed}, schema);

    valijson::ValidationResults results;
    valijson::Validator validator;
    if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter{document}, &results)) return {};
    valijson::ValidationResults::Error error;
    while (results.popError(error) && out.size() < max_violations)
        out.push_back(place(error.context) + ": " + printable(error.description));
    if (out.empty()) out.push_back("document: does not satisfy its schema");
    return out;
}

}  // namespace assay::conformance
