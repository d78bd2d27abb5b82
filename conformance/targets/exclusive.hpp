// A target that all cases share, one case at a time.
#pragma once
#include <string_view>

#include "sim/base/descriptor.hpp"

namespace assay::conformance {

/// A lock over processes: whoever holds it has what `name` names for itself. Waits for it; it ends with the
/// holder. `name`: letters, digits, '-' and '.'. Throws std::runtime_error that names the lock's file.
Descriptor exclusive(std::string_view name);

}  // namespace assay::conformance
