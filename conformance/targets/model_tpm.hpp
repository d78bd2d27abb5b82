// The TPM model, and TPMs behind the ports of swtpm, as targets under test.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "conformance/targets/tpm_port.hpp"

namespace assay::conformance {

/// In process, without SystemC; its time stands still.
std::unique_ptr<TpmPort> make_model_tpm(std::uint64_t seed);

/// A TPM on 127.0.0.1: data port `port`, control port `port` + 1. One case at a time uses it, whatever the
/// number of jobs. Throws std::runtime_error when nobody listens there.
std::unique_ptr<TpmPort> connect_swtpm(std::uint16_t port);

}  // namespace assay::conformance
