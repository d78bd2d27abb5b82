// A generated stream of commands: what comes next depends on a seed and on what the TPM has made so far, so
// that two TPMs that are alike are asked the same.
#pragma once
#include <cstdint>

#include "conformance/targets/tpm_port.hpp"

namespace assay::conformance::peers {

/// `steps` commands from a reset on: about three of four as they should be, the others wrong in one argument.
/// Throws std::runtime_error when the port fails.
void walk(TpmPort& port, std::uint64_t seed, std::size_t steps);

/// A fixed stream, with the commands that a walk hardly ever sees succeed: what needs a policy that was
/// computed, a ticket, an audited session, a key that is given.
void tour(TpmPort& port);

}  // namespace assay::conformance::peers
