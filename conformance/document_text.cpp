#include "conformance/document_text.hpp"

#include <algorithm>
#include <array>

#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

constexpr std::array<std::string_view, 15> evidence_kinds{
    "transcript",  "quote",      "event-log",   "measurement-log", "policy",
    "key-release", "disk-image", "certificate", "memory-map",      "residue-scan",
    "waveform",    "log",        "metrics",     "input",           "other",
};
constexpr std::array<std::string_view, 6> error_codes{"target-crash", "target-timeout", "target-io",
                                                      "harness",      "evidence-write", "nondeterminism"};

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

bool is_file_name(std::string_view text) {
    const auto word = [](char c) {
        return is_word(c) || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !text.empty() && text.size() <= 80 && word(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return word(c) || c == '.' || c == '-'; });
}

bool is_evidence_kind(std::string_view text) {
    return std::find(evidence_kinds.begin(), evidence_kinds.end(), text) != evidence_kinds.end();
}
bool is_error_code(std::string_view text) {
    return std::find(error_codes.begin(), error_codes.end(), text) != error_codes.end();
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
