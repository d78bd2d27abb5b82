#include "reports/escape.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace assay::reports {
namespace {

struct Character {
    std::uint32_t value = 0;
    std::string_view bytes;
    bool well_formed = false;
};

/// Takes the next character from `text`, which is not empty (Unicode 15, table 3-7); one byte where there is
/// none.
Character take(std::string_view& text) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint8_t>(text[i]);
    };
    const auto result = [&](std::uint32_t value, std::size_t size, bool well_formed) {
        const Character out{value, text.substr(0, size), well_formed};
        text.remove_prefix(size);
        return out;
    };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return result(lead, 1, true);
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return result(lead, 1, false);
    std::uint32_t value = lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return result(lead, 1, false);
        value = value << 6 | (byte(i) & 0x3FU);
    }
    const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x1'0000);
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (overlong || surrogate || value > 0x10'FFFF) return result(lead, 1, false);
    return result(value, size, true);
}

bool unseen(std::uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c & 0xFFFE) == 0xFFFE ||
           (c >= 0xE0000 && c <= 0xE0FFF);
}

/// XML 1.0, 2.2.
bool is_xml(std::uint32_t c) {
    return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
           c >= 0x1'0000;
}

std::string_view entity(std::uint32_t c) {
    switch (c) {
        case '&': return "&amp;";
        case '<': return "&lt;";
        case '>': return "&gt;";
        case '"': return "&quot;";
        case '\'': return "&#39;";
        default: return {};
    }
}

}  // namespace

std::string html_text(std::string_view text, Lines lines) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Character c = take(text);
        if (const auto safe = entity(c.value); c.well_formed && !safe.empty())
            out += safe;
        else if (!c.well_formed)
            out += fmt::format("\\x{{{:02x}}}", c.value);
        else if (unseen(c.value) && !(lines == Lines::kept && (c.value == '\n' || c.value == '\t')))
            out += fmt::format("\\u{{{:x}}}", c.value);
        else
            out += c.bytes;
    }
    return out;
}

std::string clipped(std::string_view text, std::size_t max) {
    std::string_view rest = text;
    std::size_t kept = 0;
    for (std::size_t n = 0; !rest.empty(); ++n) {
        const std::size_t size = take(rest).bytes.size();
        if (n + 1 < max)
            kept += size;
        else if (n + 1 == max && rest.empty())
            kept += size;
        else
            return std::string{text.substr(0, kept)} + "\u2026";
    }
    return std::string{text};
}

std::string xml_characters(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Character c = take(text);
        if (c.well_formed && is_xml(c.value))
            out += c.bytes;
        else
            out += "\uFFFD";
    }
    return out;
}

std::string xml_text(std::string_view text, bool attribute) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Character c = take(text);
        if (!c.well_formed || !is_xml(c.value))
            out += "\uFFFD";
        else if (const auto safe = entity(c.value); !safe.empty() && c.value != '\'')
            out += safe;
        else if (c.value == '\r' || (attribute && (c.value == '\n' || c.value == '\t')))
            out += fmt::format("&#{};", c.value);
        else
            out += c.bytes;
    }
    return out;
}

bool is_plain_path(std::string_view text) {
    bool at_start = true;
    for (const char c : text) {
        const bool word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        const bool inner = c == '.' || c == '-' || c == '/';
        if (!word && (at_start || !inner)) return false;
        at_start = c == '/';
    }
    return !at_start && text.size() <= 400;
}

}  // namespace assay::reports
