// The dm-verity read path of this project (models/cvm) behind the port that every volume has.
#pragma once
#include <memory>

#include "conformance/targets/block_port.hpp"

namespace assay::conformance {

std::unique_ptr<BlockPort> make_model_disk();

}  // namespace assay::conformance
