// Text that came from anywhere, made fit for HTML, XML and CSV.
#pragma once
#include <string>
#include <string_view>

namespace assay::reports {

enum class Lines : bool { single, kept };

/// For HTML text and double-quoted attributes: the five special characters as entities; control,
/// bidirectional and other invisible characters shown as `\u{202e}`, bytes outside well-formed UTF-8 as
/// `\x{ff}`. Line feeds and tabs stay only where `lines` are `kept`.
std::string html_text(std::string_view text, Lines lines = Lines::single);

/// The first `max` characters, and an ellipsis where there were more. Never cuts a character.
std::string clipped(std::string_view text, std::size_t max);

/// Well-formed UTF-8 of characters that XML 1.0 allows; U+FFFD in place of every other.
std::string xml_characters(std::string_view text);

/// For XML text and attributes: as above, with entities (line feed, tab and carriage return too where
/// `attribute`).
std::string xml_text(std::string_view text, bool attribute = false);

/// A path of results.json: components of `[A-Za-z0-9._-]`, none beginning with `.` or `-`. Only such a text
/// becomes a link or a file name.
bool is_plain_path(std::string_view text);

}  // namespace assay::reports
