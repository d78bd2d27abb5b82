// The key management service of this project (models/kms) as a target under test.
#pragma once
#include "conformance/targets/kms_port.hpp"

namespace assay::conformance {

/// In memory; the same seed is the same service. Limits a caller to 60 requests at once and 60 a minute.
std::unique_ptr<KmsPort> make_model_kms(std::uint64_t seed);

}  // namespace assay::conformance
