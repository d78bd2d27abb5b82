#include "sim/base/clock.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace assay {
namespace {

using namespace std::chrono;

/// Reads fixed-width decimal numbers and single characters from the front of a text.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    std::optional<int> number(std::size_t width) {
        if (rest_.size() < width ||
            !std::ranges::all_of(rest_.substr(0, width), [](char c) { return c >= '0' && c <= '9'; }))
            return std::nullopt;
        int value = 0;
        std::from_chars(rest_.data(), rest_.data() + width, value);
        rest_.remove_prefix(width);
        return value;
    }
    bool skip(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

/// Seconds that local time is ahead of UTC.
std::optional<seconds> offset(Scanner& in) {
    if (in.skip('Z') || in.skip('z')) return 0s;
    const int sign = in.skip('+') ? 1 : in.skip('-') ? -1 : 0;
    const auto h = in.number(2);
    if (sign == 0 || !h || *h > 23 || !in.skip(':')) return std::nullopt;
    const auto m = in.number(2);
    if (!m || *m > 59) return std::nullopt;
    return sign * (hours{*h} + minutes{*m});
}

}  // namespace

std::string to_rfc3339(Instant at) {
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const hh_mm_ss time{at - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::optional<Instant> from_rfc3339(std::string_view text) {
    Scanner in{text};
    const auto y = in.number(4);
    if (!y || !in.skip('-')) return std::nullopt;
    const auto mon = in.number(2);
    if (!mon || !in.skip('-')) return std::nullopt;
    const auto d = in.number(2);
    if (!d || !(in.skip('T') || in.skip('t') || in.skip(' '))) return std::nullopt;
    const auto h = in.number(2);
    if (!h || !in.skip(':')) return std::nullopt;
    const auto min = in.number(2);
    if (!min || !in.skip(':')) return std::nullopt;
    const auto s = in.number(2);
    if (!s || *h > 23 || *min > 59 || *s > 59) return std::nullopt;
    if (in.skip('.')) {
        if (!in.number(1)) return std::nullopt;
        while (in.number(1)) continue;
    }
    const auto ahead = offset(in);
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*mon)}, day{static_cast<unsigned>(*d)}};
    if (!ahead || !in.at_end() || !date.ok()) return std::nullopt;
    return Instant{sys_days{date}} + hours{*h} + minutes{*min} + seconds{*s} - *ahead;
}

}  // namespace assay
