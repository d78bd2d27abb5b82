#include <algorithm>

#include "conformance/case.hpp"
#if __has_include("conformance/suites/gpu_appraisal/suite.hpp")
#include "conformance/suites/gpu_appraisal/suite.hpp"
#endif
#if __has_include("conformance/suites/gpu_evidence/suite.hpp")
#include "conformance/suites/gpu_evidence/suite.hpp"
#endif

namespace assay::conformance {

const Catalogue& built_in_catalogue() {
    static const Catalogue catalogue = [] {
        Catalogue out{requirement_catalogue(), {}};
#ifdef ASSAY_GPU_APPRAISAL_SUITE
        out.suites.push_back(gpu_appraisal_suite());
#endif
#ifdef ASSAY_GPU_EVIDENCE_SUITE
        out.suites.push_back(gpu_evidence_suite());
#endif
        for (Suite& suite : out.suites)
            std::sort(suite.cases.begin(), suite.cases.end(),
                      [](const Case& a, const Case& b) { return a.id < b.id; });
        return out;
    }();
    return catalogue;
}

const std::vector<Suite>& suites() { return built_in_catalogue().suites; }

}  // namespace assay::conformance
