#include "sim/base/text.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace assay {
namespace {

struct CodePoint {
    std::uint32_t value;
    std::size_t size;  // 0: not well-formed here
};

/// Unicode 15, table 3-7 (well-formed UTF-8 byte sequences).
CodePoint decode_utf8(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint8_t>(text[i]);
    };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {lead, 0};
    std::uint32_t value = lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {lead, 0};
        value = value << 6 | (byte(i) & 0x3FU);
    }
    const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x1'0000);
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (overlong || surrogate || value > 0x10'FFFF) return {lead, 0};
    return {value, size};
}

bool invisible(std::uint32_t c) {
    return (c >= 0x80 && c <= 0x9F) || c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto [value, size] = decode_utf8(text);
        if (size == 0 || value < 0x20 || value == 0x7F)
            out += fmt::format("\\x{:02x}", value);
        else if (invisible(value))
            out += fmt::format("\\u{{{:x}}}", value);
        else
            out += text.substr(0, size);
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return out;
}

}  // namespace assay
