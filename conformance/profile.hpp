// The requirement set of a run, as results.json and plan.json name it.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "conformance/run.hpp"

namespace assay::conformance {

/// {id, version, digest}: the digest changes with every id, level and text of the catalogue.
nlohmann::json profile_reference(const Plan& plan);

}  // namespace assay::conformance
