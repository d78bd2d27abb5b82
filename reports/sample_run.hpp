// Results documents for the tests: made here, never taken from a run.
#pragma once
#include <filesystem>

#include <nlohmann/json.hpp>

#include "sim/base/bytes.hpp"

namespace assay::reports::sample {

/// A requirement, a target and no case. Its summary is that of an empty run.
nlohmann::json empty_run();

/// One passing case with evidence, events and a waiver-free history: every kind of member is there.
nlohmann::json small_run();

/// `cases` cases of one target that all pass.
nlohmann::json large_run(std::size_t cases);

/// Like a run over GPU attestation: two models and recorded evidence, 80 requirements, every verdict, and one
/// failure with a labelled report of 4 KB. Writes results.json and evidence/ below `directory`.
nlohmann::json gpu_run(const std::filesystem::path& directory);

/// Adds summary and coverage, counted from the cases.
void summarize(nlohmann::json& results);

/// A measurement report of 64 blocks as SPDM lays it out, and the names of its fields.
Bytes labelled_report(nlohmann::json& fields);

}  // namespace assay::reports::sample
