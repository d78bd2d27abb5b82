// The reference inference path of this project (reference_gpu) behind the port that every engine has.
#pragma once
#include <map>
#include <memory>

#include "conformance/targets/inference_port.hpp"

namespace assay::conformance {

/// `device` is cpu (also without it), shim or cuda: what is wrong with it, or why that device is absent; else
/// empty.
std::string check_inference_options(const std::map<std::string, std::string>& options);
/// Of options that have passed the check.
std::unique_ptr<InferencePort> make_model_inference(const std::map<std::string, std::string>& options);

}  // namespace assay::conformance
