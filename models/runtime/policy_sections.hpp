// The sections of a policy, read from their object.
#pragma once
#include "models/runtime/json.hpp"
#include "models/runtime/policy.hpp"

namespace assay::runtime {

/// Every section that `in` has, into `policy`. Faults go to `in`.
void read_sections(Shape& in, Policy& policy);
std::vector<ContainerRule> read_containers(Shape& in, const std::string& name);

}  // namespace assay::runtime
