// The cases of the suite inference by topic.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance::inference {

std::vector<Case> forward_cases();
std::vector<Case> text_cases();
std::vector<Case> sampling_cases();
std::vector<Case> state_cases();
std::vector<Case> file_cases();
std::vector<Case> gguf_cases();
std::vector<Case> known_cases();
std::vector<Case> deletion_cases();

}  // namespace assay::conformance::inference
