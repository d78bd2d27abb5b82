// A case's outcome as it stands in results.json, and its evidence as files.
#pragma once
#include <filesystem>

#include <nlohmann/json_fwd.hpp>

#include "conformance/case_outcome.hpp"
#include "conformance/run.hpp"

namespace assay::conformance {

struct CaseFile {
    std::string path;  // relative to the run directory
    Bytes content;
};

/// The case object; `files` receives its evidence. Texts are cut and escaped to what the schema allows. An
/// outcome whose evidence cannot have a path there is ERROR `evidence-write`, without files.
nlohmann::json describe_case(const Plan& plan, const Plan::Pair& pair, const CaseOutcome& outcome,
                             std::vector<CaseFile>& files);

/// Throws std::system_error that names the file.
void write_files(const std::vector<CaseFile>& files, const std::filesystem::path& directory);

/// The strictest level of the requirements of a case; MAY where it has none.
Level level_of(const Case& test, const Catalogue& catalogue);
const Requirement* find_requirement(const Catalogue& catalogue, std::string_view id);

}  // namespace assay::conformance
