#include "conformance/document_text.hpp"

#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_joint(char c) { return c == '.' || c == '_' || c == '-'; }

}  // namespace

std::string one_line(std::string_view text, std::size_t max) {
    std::string out = printable(text.substr(0, 4 * max));
    if (out.size() > max) {
        constexpr std::string_view mark = "...";
        std::size_t end = max - mark.size();
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
        out.resize(end);
        out += mark;
    }
    return out.empty() ? "-" : out;
}

std::string token_from(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (out.size() == 64) break;
        const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        const bool after_word = !out.empty() && is_word(out.back());
        if (is_word(small))
            out += small;
        else if (after_word)
            out += is_joint(small) ? small : '-';
    }
    if (!out.empty() && !is_word(out.back())) out.pop_back();
    return out.empty() ? "unnamed" : out;
}

bool is_token(std::string_view text) {
    bool after_word = false;
    for (const char c : text) {
        if (!is_word(c) && !(after_word && is_joint(c))) return false;
        after_word = is_word(c);
    }
    return after_word && text.size() <= 64;
}

}  // namespace assay::conformance
