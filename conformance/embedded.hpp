// Files that are part of the program (assay_embed in conformance/CMakeLists.txt).
#pragma once
#include <span>
#include <string_view>

namespace assay::embedded {

std::string_view results_schema();   // vectors/schema/results.schema.json
std::string_view control_mapping();  // conformance/control-mapping.csv

/// conformance/requirements/*.json, one for each suite.
struct RequirementFile {
    std::string_view name;
    std::string_view (*content)();
};
std::span<const RequirementFile> requirement_files();

}  // namespace assay::embedded
