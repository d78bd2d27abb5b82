// The model of the whole platform as a target under test.
#pragma once
#include <map>
#include <memory>

#include "conformance/targets/platform_port.hpp"

namespace assay::platform {
struct Supply;
}

namespace assay::conformance {

/// `gpu_supply`: of that profile and seed, where it is there already.
/// `options`: `fault` injects one of platform::scenario_faults() at every power-on; `profile` is gb100 (also
/// without it) or gh100; `model` and `tokenizer` name files of another workload. Any other key or value is
/// std::invalid_argument. SystemC elaborates in the process that calls this, once: fork for each.
std::unique_ptr<PlatformPort> make_model_platform(const std::map<std::string, std::string>& options,
                                                  std::uint64_t seed,
                                                  std::shared_ptr<const platform::Supply> gpu_supply = {});

/// Empty, or what is wrong with the options.
std::string check_platform_options(const std::map<std::string, std::string>& options);

}  // namespace assay::conformance
