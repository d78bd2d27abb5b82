// The data path of the GPU model as a target under test, and guest and GPU together as a node that deletes.
#pragma once
#include <memory>

#include "conformance/targets/data_path_port.hpp"
#include "conformance/targets/deletion_port.hpp"

namespace assay::conformance {

/// SystemC elaborates in the process that calls either, once: fork for each. The device stands after a
/// power-on reset in mode off.
std::unique_ptr<DataPathPort> make_model_data_path(std::uint64_t seed);
/// With a model loaded and a session open.
std::unique_ptr<DeletionPort> make_model_deletion(std::uint64_t seed);

}  // namespace assay::conformance
