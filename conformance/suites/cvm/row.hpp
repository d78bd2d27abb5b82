// A case of the suite cvm as data: a legal neighbour, one fault, the reasons that may be given for it.
#pragma once
#include "conformance/suites/cvm/forge.hpp"

namespace assay::conformance::confidential_vm {

using Change = void (*)(World&);

struct Row {
    std::string_view id;  // after "cvm."
    std::string_view title;
    std::vector<std::string> requirements;
    /// The evidence with `neighbour` alone must be accepted: what fails there leaves a case with a fault
    /// untested. Null: the valid world itself.
    Change neighbour = nullptr;
    /// Null: the case is that the neighbour is accepted, and that the same evidence for another challenge is
    /// not.
    Change fault = nullptr;
    /// Any of these, as the first reason.
    std::vector<std::string_view> reasons{};
};

std::vector<Row> accepted_rows();
std::vector<Row> chip_rows();
std::vector<Row> binding_rows();
std::vector<Row> quote_rows();
std::vector<Row> key_rows();
std::vector<Row> log_rows();
std::vector<Row> reference_rows();
std::vector<Row> gpu_rows();
std::vector<Row> form_rows();

Case case_of(const Row& row);
/// What the claims of an accepted appraisal say.
std::vector<Case> claim_cases();

}  // namespace assay::conformance::confidential_vm
