// Files that are part of the program (assay_embed in conformance/CMakeLists.txt).
#pragma once
#include <string_view>

namespace assay::embedded {

std::string_view results_schema();   // vectors/schema/results.schema.json
std::string_view control_mapping();  // conformance/control-mapping.csv
std::string_view gpu_evidence_requirements();
std::string_view gpu_appraisal_requirements();

}  // namespace assay::embedded
