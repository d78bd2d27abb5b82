// The suite of inference engines: arithmetic against double precision, files that are wrong, texts that are
// known.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

Suite inference_suite();

}  // namespace assay::conformance
