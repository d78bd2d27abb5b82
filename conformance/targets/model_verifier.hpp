// The verifier of this project (models/verifier) behind the port that every verifier has.
#pragma once
#include "conformance/targets/appraisal_port.hpp"

namespace assay::conformance {

std::unique_ptr<AppraisalPort> make_model_verifier();

}  // namespace assay::conformance
