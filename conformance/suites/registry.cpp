#include <algorithm>

#include "conformance/case.hpp"
#include "conformance/suites/gpu_appraisal/suite.hpp"
#include "conformance/suites/gpu_evidence/suite.hpp"

namespace assay::conformance {

const Catalogue& built_in_catalogue() {
    static const Catalogue catalogue = [] {
        Catalogue out{requirement_catalogue(), {gpu_appraisal_suite(), gpu_evidence_suite()}};
        for (Suite& suite : out.suites)
            std::sort(suite.cases.begin(), suite.cases.end(),
                      [](const Case& a, const Case& b) { return a.id < b.id; });
        return out;
    }();
    return catalogue;
}

const std::vector<Suite>& suites() { return built_in_catalogue().suites; }

}  // namespace assay::conformance
