// Versions of drivers and firmware, compared as people read them.
#include <charconv>

#include "models/verifier/gpu_appraisal.hpp"

namespace assay::verifier {
namespace {

/// Cuts the first part off `text`; nothing when it is no number of that base.
std::optional<std::uint32_t> next_part(std::string_view& text, int base) {
    const auto dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    text = dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
    if (dot != std::string_view::npos && text.empty()) return {};  // ends in a dot
    std::uint32_t value = 0;
    const char* const end = part.data() + part.size();
    const auto [at, fault] = std::from_chars(part.data(), end, value, base);
    if (part.empty() || part.front() == '-' || fault != std::errc{} || at != end) return {};
    return value;
}

}  // namespace

std::optional<std::strong_ordering> compare_versions(std::string_view a, std::string_view b, int base) {
    if (a.empty() || b.empty()) return {};
    auto order = std::strong_ordering::equal;
    while (!a.empty() || !b.empty()) {
        const auto x = a.empty() ? 0 : next_part(a, base);
        const auto y = b.empty() ? 0 : next_part(b, base);
        if (!x || !y) return {};
        if (order == std::strong_ordering::equal) order = *x <=> *y;
    }
    return order;
}

}  // namespace assay::verifier
