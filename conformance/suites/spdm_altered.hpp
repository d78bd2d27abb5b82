// SPDM responders that are wrong in ways that are told by data (conformance/defects/spdm-responders.json).
#pragma once
#include <nlohmann/json.hpp>

#include "conformance/targets/spdm_port.hpp"

namespace assay::conformance {

/// The generic model over MCTP, with `alterations` (vectors/schema/spdm-responders.schema.json) done to its
/// device, to requests and answers in the clear and inside sessions, and to records. Throws std::exception
/// where they are none.
std::unique_ptr<SpdmPort> make_altered_spdm(const nlohmann::json& alterations, std::uint64_t seed);

}  // namespace assay::conformance
