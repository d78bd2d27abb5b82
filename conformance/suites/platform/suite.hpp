// The whole platform: one sealed prompt is answered, nothing of it remains, and every single thing that is
// wrong is refused by the component that should.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

Suite platform_suite();

}  // namespace assay::conformance
