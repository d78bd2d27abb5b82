// The TPM model, and TPMs behind the ports of swtpm, as targets under test.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "conformance/targets/tpm_port.hpp"
#include "models/tpm/config.hpp"

namespace assay::conformance {

/// In process, without SystemC; its time stands still.
std::unique_ptr<TpmPort> make_model_tpm(std::uint64_t seed, const tpm::Config& config = {});

/// A TPM on 127.0.0.1 behind the ports of swtpm: data port `port`, control port `port` + 1. One case at a
/// time uses it, whatever the number of jobs. `erasable`: its cases may clear it. Throws std::runtime_error
/// when nobody listens there.
std::unique_ptr<TpmPort> connect_swtpm(std::uint16_t port, bool erasable);
/// The same behind the ports of the reference simulator: command port and platform port.
std::unique_ptr<TpmPort> connect_mssim(std::uint16_t port, bool erasable);
/// A TPM behind a character device, `/dev/tpmrm0`. It has no power switch and one locality, and is never
/// erased.
std::unique_ptr<TpmPort> open_tpm_device(const std::string& path);

}  // namespace assay::conformance
