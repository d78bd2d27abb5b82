// A run directory as commands read it.
#pragma once
#include <filesystem>

#include <nlohmann/json.hpp>

#include "sim/base/result.hpp"

namespace assay::cli {

/// `path` is a run directory or its results.json; gives the folder.
std::filesystem::path run_folder(const std::filesystem::path& path);

/// The document, valid against the schema. The error is one line that names the file.
Result<nlohmann::json, std::string> load_results(const std::filesystem::path& path);
}  // namespace assay::cli
