// TCP connections to a TPM on this machine, for the ports of the two simulators' dialects.
#pragma once
#include <cstdint>

#include "conformance/targets/message_port.hpp"
#include "sim/base/descriptor.hpp"

namespace assay::conformance {

/// One case at a time: it has the TPM's memory for itself, until the descriptor goes. `place`: a port or a
/// name of a device.
Descriptor lock_tpm(const std::string& place);

/// 127.0.0.1. Throws std::runtime_error when nobody listens there. A read waits 20 s.
Descriptor connect_local(std::uint16_t port);

bool send_bytes(const Descriptor& to, ByteView bytes);
/// False when the connection ends before `out` is full.
bool receive_bytes(const Descriptor& from, std::span<std::uint8_t> out);
/// What went wrong last, on what.
PortError lost_connection(const char* what);

}  // namespace assay::conformance
