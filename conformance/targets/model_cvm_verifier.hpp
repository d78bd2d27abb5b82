// The verifier of confidential VMs of this project (models/verifier) behind the port that every one has.
#pragma once
#include "conformance/targets/cvm_appraisal_port.hpp"

namespace assay::conformance {

std::unique_ptr<CvmAppraisalPort> make_model_cvm_verifier();

}  // namespace assay::conformance
