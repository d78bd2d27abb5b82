// Who owns a byte: one label byte each, and the names around it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::labels {

/// 0 is clean, 1 to 252 are slots of live subjects, 253 is the slot of planted controls.
using LabelByte = std::uint8_t;
inline constexpr LabelByte clean_byte = 0, planted_byte = 253;
/// The bytes depend on more than one slot; which ones says a set of the registry.
inline constexpr LabelByte mixed_byte = 254;
/// Written by something that gave no label. Counts as residue.
inline constexpr LabelByte unknown_byte = 255;

/// A set of slots, of one Registry. 0 is no set.
using SetId = std::uint32_t;

/// The label of one byte, or of bytes that are labelled alike. `set` is not 0 exactly where `byte` is mixed.
struct Label {
    LabelByte byte = clean_byte;
    SetId set = 0;
    bool operator==(const Label&) const = default;
};
inline constexpr Label clean{}, unknown{unknown_byte, 0}, planted{planted_byte, 0};

/// Bytes of a store.
struct Range {
    std::size_t at = 0;
    std::size_t size = 0;
    constexpr std::size_t end() const { return at + size; }
    bool operator==(const Range&) const = default;
};

/// Bytes that are labelled alike; `at` counts from where the caller's range begins.
struct Run {
    Range range;
    Label label;
    bool operator==(const Run&) const = default;
};

/// What a byte is to its subject. Sizes and times are not labelled: they leave in buckets only.
enum class DataClass : std::uint8_t { prompt = 1, derived = 2, response = 4, key = 8, credential = 16 };
/// A subject has one slot for each.
enum class Group : std::uint8_t { data, secret };
constexpr Group group_of(DataClass c) {
    return c == DataClass::key || c == DataClass::credential ? Group::secret : Group::data;
}

/// Sizes as they may be told: the next power of two, at least 16; 0 stays 0.
constexpr std::size_t bucket(std::size_t size) {
    std::size_t out = size == 0 ? 0 : 16;
    while (out < size) out *= 2;
    return out;
}

/// Why something did not happen. `code` is a stable name (E_...), the texts hold no user data.
struct Refusal {
    std::string_view code;
    std::string what;
    std::string where{};
    std::string expected{};
    /// One line.
    std::string text() const {
        std::string out = std::string{code} + ": " + what;
        if (!where.empty()) out += " (" + where + ")";
        if (!expected.empty()) out += "; expected " + expected;
        return out;
    }
};

}  // namespace assay::labels
