// results.json: its schema, its summary, its digests, and everything the schema cannot say.
#pragma once
#include <filesystem>

#include <nlohmann/json_fwd.hpp>

#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"

namespace assay::conformance {

/// Canonical text of a document: two spaces, keys in byte order, one newline at the end.
std::string canonical_text(const nlohmann::json& document);
/// "sha256:..." over the compact form without `volatile`.
std::string content_digest(const nlohmann::json& results);

/// summary and coverage, computed from targets, requirements and cases alone (aggregation: first rule that
/// applies).
nlohmann::json summarize(const nlohmann::json& results);
nlohmann::json coverage(const nlohmann::json& results);

/// One line per violation, empty when there is none. First refuses what no validator should see: strings over
/// 16,384 bytes, nesting over 64.
std::vector<std::string> schema_violations(const nlohmann::json& results);
/// What the schema cannot say: order, references, recomputed summary, evidence files and digests in
/// `run_directory`.
std::vector<std::string> semantic_violations(const nlohmann::json& results,
                                             const std::filesystem::path& run_directory);

/// Parses with limits: 256 MiB, nesting 64, no duplicate keys.
Result<nlohmann::json, std::string> parse_results(ByteView text);

/// Exit code of a run: 0 PASS, 1 any un-waived FAIL, 3 ERROR without FAIL, 4 incomplete. `strict` adds 4 for
/// NOT_TESTED other than deselected and not-claimed.
int exit_code(const nlohmann::json& results, bool strict);

}  // namespace assay::conformance
