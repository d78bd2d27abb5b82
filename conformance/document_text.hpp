// Texts of any origin, as results.schema.json allows them.
#pragma once
#include <string>
#include <string_view>

namespace assay::conformance {

/// One line of at most `max` bytes, control bytes escaped, cut between characters; "-" for empty text.
std::string one_line(std::string_view text, std::size_t max = 400);

/// `[a-z0-9]+([._-][a-z0-9]+)*`, at most 64: letters made small, everything else a hyphen; "unnamed" where
/// nothing is left.
std::string token_from(std::string_view text);
bool is_token(std::string_view text);

/// `[A-Za-z0-9_][A-Za-z0-9._-]*`, at most 80: one step of a path in a run directory.
bool is_file_name(std::string_view text);

/// Of the closed lists of results.schema.json.
bool is_evidence_kind(std::string_view text);
bool is_error_code(std::string_view text);

}  // namespace assay::conformance
