// A case of gpu-appraisal as data: a legal neighbour, one fault, the reasons that may be given for it.
#pragma once
#include "conformance/suites/gpu_appraisal/forge.hpp"

namespace assay::conformance::gpu_appraisal {

using Change = void (*)(World&);

struct Row {
    std::string_view id;  // after "gpu-appraisal."
    std::string_view title;
    std::vector<std::string> requirements;
    gpu::Arch arch = gpu::Arch::hopper;
    /// The evidence without `fault` but with `neighbour` must be accepted: what fails there leaves a case
    /// with a fault untested. Null: the valid world itself.
    Change neighbour = nullptr;
    /// Null: the case is that the neighbour is accepted.
    Change fault = nullptr;
    /// Any of these, as the first reason.
    std::vector<std::string_view> reasons{};
    /// Golden indices that must be named, and no others.
    std::optional<std::vector<unsigned>> mismatches{};
    /// The SDK's number for the fault; gives a second case "code.<id>".
    std::optional<unsigned> nvat{};
};

std::vector<Row> accepted_rows();
std::vector<Row> report_rows();
std::vector<Row> opaque_rows();
std::vector<Row> chain_rows();
std::vector<Row> manifest_rows();
std::vector<Row> manifest_signature_rows();
std::vector<Row> measurement_rows();
std::vector<Row> ocsp_rows();
std::vector<Row> set_rows();
std::vector<Row> policy_rows();

/// The cases of a row.
std::vector<Case> cases_of(const Row& row);

}  // namespace assay::conformance::gpu_appraisal
