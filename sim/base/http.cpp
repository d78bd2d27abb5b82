#include "sim/base/http.hpp"

#include <algorithm>

#include <fmt/format.h>

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

constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Exactly these decimal digits.
std::optional<unsigned> decimal(std::string_view digits) {
    unsigned out = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return {};
        out = 10 * out + static_cast<unsigned>(c - '0');
    }
    return out;
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

std::string to_http_date(Instant at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{at - day};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                       day_names.at(std::chrono::weekday{day}.c_encoding()), unsigned{date.day()},
                       month_names.at(unsigned{date.month()} - 1), int{date.year()}, time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

std::optional<Instant> from_http_date(std::string_view text) {
    constexpr std::string_view form = "Sun, 06 Nov 1994 08:49:37 GMT";
    if (text.size() != form.size()) return {};
    const auto* const month = std::ranges::find(month_names, text.substr(8, 3));
    const auto day = decimal(text.substr(5, 2)), year = decimal(text.substr(12, 4));
    const auto hour = decimal(text.substr(17, 2)), minute = decimal(text.substr(20, 2)),
               second = decimal(text.substr(23, 2));
    if (month == month_names.end() || !day || !year || !hour || !minute || !second) return {};
    const std::chrono::year_month_day date{
        std::chrono::year{static_cast<int>(*year)},
        std::chrono::month{static_cast<unsigned>(month - month_names.begin()) + 1}, std::chrono::day{*day}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return {};
    const Instant at = std::chrono::sys_days{date} + std::chrono::hours{*hour} +
                       std::chrono::minutes{*minute} + std::chrono::seconds{*second};
    if (to_http_date(at) != text) return {};  // separators, and the day of the week
    return at;
}

}  // namespace assay
