// The container runtime of this project (models/runtime) behind the port that every runtime has.
#pragma once
#include <memory>

#include "conformance/targets/command_port.hpp"

namespace assay::conformance {

std::unique_ptr<CommandPort> make_model_runtime();

}  // namespace assay::conformance
