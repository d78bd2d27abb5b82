// The SPDM models as targets under test.
#pragma once
#include <map>
#include <memory>

#include "conformance/targets/spdm_port.hpp"

namespace assay::conformance {

/// `options`: `profile` is generic (also without it: every feature that models/spdm has, over MCTP) or nvidia
/// (the root of trust of a GH100, over DOE). Any other key or value is std::invalid_argument. In process,
/// without SystemC and time.
std::unique_ptr<SpdmPort> make_model_spdm(const std::map<std::string, std::string>& options,
                                          std::uint64_t seed);

}  // namespace assay::conformance
