// Requirements as they stand in their files (vectors/schema/requirements.schema.json).
#pragma once
#include "conformance/control_mapping.hpp"

namespace assay::conformance {

/// The requirements of one file, in its order, with the controls that `mapping` gives to their families.
/// Throws std::runtime_error that names `file` and member.
std::vector<Requirement> parse_requirements(std::string_view file, std::string_view json,
                                            const ControlMapping& mapping);

}  // namespace assay::conformance
