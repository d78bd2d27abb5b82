// The port of SPDM responders: messages and records in, answers out.
#pragma once
#include <functional>
#include <set>
#include <string>

#include "conformance/targets/message_port.hpp"
#include "sim/base/event.hpp"

namespace assay::conformance {

/// Which of the two message types a transport tells apart (DSP0275; PCIe DOE data object types 1 and 2).
enum class SpdmKind : std::uint8_t { plain, secured };

/// How records look: MCTP has two bytes of the sequence number and a message type inside, DOE has neither and
/// pads to 4 bytes, the TCP binding has its header of 4 bytes inside. Bare messages (`none`) have no records
/// beside them.
enum class SpdmTransport : std::uint8_t { none, mctp, doe, tcp };

/// What both ends know before they speak.
struct SpdmShared {
    Bytes psk_hint, psk;  // a pre-shared key, and the hint that names it; empty: none is known
};

/// One responder with one connection. A case owns its port: nothing of one case is seen by the next.
class SpdmPort {
public:
    virtual ~SpdmPort() = default;

    /// What the responder says of itself, as tokens: "v1.0" to "v1.3" (versions); "cert", "chal",
    /// "meas-signed", "sessions" (KEY_EX, ENCRYPT, MAC), "psk-context", "psk-alone", "mutual-auth",
    /// "basic-mutual-auth", "encapsulated", "heartbeat", "key-update", "clear-handshake", "chunks", "csr",
    /// "set-certificate", "measurement-log", "key-pairs" (flags).
    virtual std::set<std::string> capabilities() const = 0;
    virtual SpdmTransport transport() const = 0;
    virtual SpdmShared shared() const { return {}; }

    /// One message (or record) and its answer of the same kind; zeros of the transport's padding may follow
    /// it. An empty answer: none came.
    virtual Result<Bytes, PortError> exchange(SpdmKind kind, ByteView message) = 0;
    /// As after power-on: no connection, no session.
    virtual Result<Nothing, PortError> reset() = 0;
};

/// The tokens of a responder that is asked with GET_VERSION and GET_CAPABILITIES; `exchange` sends one plain
/// message. What it says wrongly it is not claimed to have.
std::set<std::string> spdm_capabilities(const std::function<Bytes(ByteView request)>& exchange);

}  // namespace assay::conformance
