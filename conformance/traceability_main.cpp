// Fails the build when requirements and cases do not belong together.
#include <cstdio>
#include <exception>

#include "conformance/traceability.hpp"

int main() {
    try {
        const auto& catalogue = assay::conformance::built_in_catalogue();
        const auto faults = assay::conformance::traceability_faults(catalogue);
        for (const std::string& fault : faults) std::fprintf(stderr, "traceability: %s\n", fault.c_str());
        std::size_t cases = 0;
        for (const auto& suite : catalogue.suites) cases += suite.cases.size();
        if (faults.empty())
            std::printf("traceability: %zu requirements, %zu cases\n", catalogue.requirements.size(), cases);
        return faults.empty() ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "traceability: %s\n", e.what());
        return 1;
    }
}
