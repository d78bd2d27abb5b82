#include "reports/hex_dump.hpp"

#include <algorithm>

#include "reports/format.hpp"

namespace assay::reports {
namespace {

constexpr std::size_t line_size = 16;

char shown_character(std::uint8_t byte) {
    return byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
}

}  // namespace

Marked marked_bytes(const Json& diffs, std::string_view evidence) {
    Marked out;
    for (const Json& diff : diffs) {
        if (text(diff, "evidence") != evidence || flag(diff, "ignored")) continue;
        const auto expected = from_hex(text(diff, "expected")), actual = from_hex(text(diff, "actual"));
        if (!expected || !actual) continue;
        for (std::size_t i = 0; i < actual->size(); ++i)
            if (i >= expected->size() || (*expected)[i] != (*actual)[i])
                out.insert(number(diff, "offset") + i);
    }
    return out;
}

Html marked_hex(ByteView bytes, std::uint64_t offset, const Marked& marked) {
    Html out;
    bool open = false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const bool mark = marked.contains(offset + i);
        if (open && !mark) out.add("</b>");
        if (i != 0) out.add(" ");
        if (mark && !open) out.add("<b class=\"d\">");
        out.add("{:02x}", bytes[i]);
        open = mark;
    }
    return open ? out.add("</b>") : out;
}

Html line_dump(ByteView bytes, const Marked& marked, std::size_t max) {
    Html out{"<pre class=\"hex\" tabindex=\"0\">"};
    const ByteView shown = bytes.first(std::min(bytes.size(), max));
    for (std::size_t at = 0; at < shown.size(); at += line_size) {
        const ByteView line = shown.subspan(at, std::min(line_size, shown.size() - at));
        std::string characters;
        for (const std::uint8_t byte : line) characters += shown_character(byte);
        out.add("<i>{:06x}</i>  {}{}  <i>{}</i>\n", at, marked_hex(line, at, marked),
                std::string(3 * (line_size - line.size()), ' '), characters);
    }
    if (shown.size() < bytes.size()) out.add("{} more", size_text(bytes.size() - shown.size()));
    return out.add("</pre>\n");
}

Html paired_dump(ByteView bytes, const Json& diffs, std::string_view evidence) {
    constexpr std::size_t max_pairs = 32;
    Bytes expected(bytes.begin(), bytes.end());
    Marked marked;
    for (const Json& diff : diffs) {
        if (text(diff, "evidence") != evidence) continue;
        const auto wanted = from_hex(text(diff, "expected")), seen = from_hex(text(diff, "actual"));
        const std::uint64_t at = number(diff, "offset");
        if (!wanted || !seen || wanted->size() != seen->size()) continue;
        if (at > bytes.size() || seen->size() > bytes.size() - at) return {};
        if (!equal(bytes.subspan(at, seen->size()), *seen)) return {};
        std::copy(wanted->begin(), wanted->end(), expected.begin() + static_cast<std::ptrdiff_t>(at));
        for (std::size_t i = 0; i < seen->size(); ++i)
            if ((*wanted)[i] != (*seen)[i]) marked.insert(at + i);
    }
    std::set<std::size_t> lines;
    for (const std::uint64_t at : marked) lines.insert(at / line_size * line_size);
    if (lines.empty()) return {};
    Html out{"<pre class=\"hex\" tabindex=\"0\" aria-label=\"Expected and actual bytes\">"};
    std::size_t pairs = 0;
    for (const std::size_t at : lines) {
        if (pairs++ == max_pairs) break;
        const std::size_t size = std::min(line_size, bytes.size() - at);
        out.add("<i>{0:06x} exp</i>  {1}\n<i>{0:06x} act</i>  {2}\n\n", at,
                marked_hex(ByteView{expected}.subspan(at, size), at, marked),
                marked_hex(bytes.subspan(at, size), at, marked));
    }
    if (lines.size() > max_pairs) out.add("{} more lines differ", lines.size() - max_pairs);
    return out.add("</pre>\n");
}

}  // namespace assay::reports
