// What the modelled GPUs of a run come with, made once and before cases are forked off.
#pragma once
#include "models/platform/gpu_platform.hpp"

namespace assay::conformance {

void warm_supply(std::string_view profile, std::uint64_t seed);
/// Null where it was not made: the platform then makes its own, with the same bytes.
std::shared_ptr<const platform::Supply> supply_of(std::string_view profile, std::uint64_t seed);

}  // namespace assay::conformance
