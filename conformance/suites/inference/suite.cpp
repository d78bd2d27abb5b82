#include "conformance/suites/inference/suite.hpp"

#include <algorithm>
#include <iterator>

#include "conformance/suites/inference/cases.hpp"

namespace assay::conformance {
namespace inference {

constexpr std::array topics{forward_cases, text_cases, sampling_cases, state_cases,
                            file_cases,    gguf_cases, known_cases,    deletion_cases};

}  // namespace inference

Suite inference_suite() {
    Suite suite{"inference", "Engines that run Llama-architecture models", PortKind::inference, {}};
    for (const auto topic : inference::topics) std::ranges::move(topic(), std::back_inserter(suite.cases));
    std::ranges::sort(suite.cases, {}, &Case::id);
    return suite;
}

}  // namespace assay::conformance
