// Reports of a run: pure functions from results.json, and the evidence files it names, to files for people
// and for other tools. Nothing is run, no clock and no environment is read: the same document gives the same
// bytes.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/base/bytes.hpp"
#include "sim/base/file.hpp"
#include "sim/base/result.hpp"

namespace assay::reports {

/// The bytes of an evidence file, named by its path relative to the run directory; refuses more than
/// `max_size`.
using EvidenceReader = std::function<Result<Bytes, FileError>(const std::string& path, std::size_t max_size)>;

/// Reads below `run_directory` only: a path or a symbolic link that leads out of it is refused.
EvidenceReader evidence_in(const std::filesystem::path& run_directory);

/// Relative path -> content.
using Files = std::map<std::string, std::string>;

struct HtmlOptions {
    std::vector<std::string> other_files;     // beside index.html, for the list at its end
    std::size_t max_index_rows = 5000;        // cases in index.html; more go to one page per suite
    std::size_t max_evidence_size = 1 << 20;  // a longer file is linked, not shown
};

/// index.html; case/<target>/<case>.html for every case that failed, warned, gave no judgement, or has
/// evidence or events; suite/<suite>.html and targets-<n>.html where one page would be too long or too wide.
/// `results` is a valid results document. Evidence that cannot be read is said on the page.
Files html_report(const nlohmann::json& results, const EvidenceReader& evidence, const HtmlOptions& = {});

/// The subset of JUnit XML that junit-10.xsd allows. `epoch_s` is the time of documents without `volatile`.
std::string junit_xml(const nlohmann::json& results, std::int64_t epoch_s = 0);

/// One line per requirement and target (RFC 4180), safe to open in a spreadsheet.
std::string traceability_csv(const nlohmann::json& results);

/// TAP version 13.
std::string tap(const nlohmann::json& results);

/// "sha256:..." over the compact form of `results` without `volatile`.
std::string content_digest(const nlohmann::json& results);

/// "<hex>  <relative path>" for every regular file below `run_directory` but SHA256SUMS itself, in byte order
/// of the paths; `sha256sum -c` reads it. Throws std::runtime_error when a file cannot be read.
std::string sha256sums(const std::filesystem::path& run_directory);

/// A run directory and its results.json, parsed within limits (256 MiB, 64 levels) but not validated.
struct RunDirectory {
    std::filesystem::path path;
    nlohmann::json results;
};
Result<RunDirectory, FileError> open_run(const std::filesystem::path& path);

enum class Kind : std::uint8_t { html, junit, csv, tap };

/// Writes the reports of `kinds` into the run directory, then SHA256SUMS; the paths written, in order. An
/// error names the file. Throws std::system_error when a file cannot be written.
Result<std::vector<std::string>, FileError> write_reports(const std::filesystem::path& run_directory,
                                                          const std::vector<Kind>& kinds,
                                                          std::int64_t epoch_s = 0);

}  // namespace assay::reports
