// A generated stream of commands: what comes next depends on a seed and on what the TPM has made so far, so
// that two TPMs that are alike are asked the same.
#pragma once
#include <cstdint>

#include "conformance/targets/tpm_port.hpp"

namespace assay::conformance::peers {

/// `steps` commands from a reset on: about three of four as they should be, the others wrong in one argument.
/// Throws std::runtime_error when the port fails.
void walk(TpmPort& port, std::uint64_t seed, std::size_t steps);

}  // namespace assay::conformance::peers
