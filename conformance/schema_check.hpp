// JSON against a JSON schema (draft-07). The only door to the validator, which takes ten seconds to compile.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace assay::conformance {

/// What no validator should see: strings over 16,384 bytes (std::regex recurses for each character), nesting
/// over 64. One line per violation, at most one of each kind.
std::vector<std::string> limit_violations(const nlohmann::json& document);

/// limit_violations(), or else one line per violation of `schema`: `cases[3].verdict: ...`, at most 20.
/// Throws std::logic_error when `schema` is none.
std::vector<std::string> violations_of(std::string_view schema, const nlohmann::json& document);

}  // namespace assay::conformance
