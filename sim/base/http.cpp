#include "sim/base/http.hpp"

#include <algorithm>

namespace assay {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// RFC 9110, 5.6.2.
constexpr bool is_token_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}
constexpr bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

}  // namespace

bool same_field_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

const std::string* find_field(const HttpFields& fields, std::string_view name) {
    for (const HttpField& field : fields)
        if (same_field_name(field.name, name)) return &field.value;
    return nullptr;
}

std::size_t count_fields(const HttpFields& fields, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::count_if(
        fields, [&](const HttpField& field) { return same_field_name(field.name, name); }));
}

std::size_t remove_fields(HttpFields& fields, std::string_view name) {
    return std::erase_if(fields, [&](const HttpField& field) { return same_field_name(field.name, name); });
}

void set_field(HttpFields& fields, std::string_view name, std::string_view value) {
    const std::string keep{value};  // `value` may stand in a field that goes
    remove_fields(fields, name);
    fields.push_back({std::string{name}, keep});
}

std::string media_type(const HttpFields& fields) {
    if (count_fields(fields, "content-type") != 1) return {};
    std::string_view text = *find_field(fields, "content-type");
    text = text.substr(0, text.find(';'));
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || !is_token(text.substr(0, slash)) ||
        !is_token(text.substr(slash + 1)))
        return {};
    std::string out{text};
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

}  // namespace assay
