// The model of a GPU root of trust as a target under test.
#pragma once
#include <map>

#include "conformance/targets/gpu_port.hpp"

namespace assay::platform {
struct Supply;
}

namespace assay::conformance {

/// `supply`: of that profile and seed, where it is there already.
/// `options`: `profile` is gh100 (also without it) or gb100; any other key or value is std::invalid_argument.
/// SystemC elaborates in the process that calls this, once: fork for each. The port stands after its first
/// power-on reset.
std::unique_ptr<GpuPort> make_model_gpu(const std::map<std::string, std::string>& options, std::uint64_t seed,
                                        std::shared_ptr<const platform::Supply> supply = {});

}  // namespace assay::conformance
