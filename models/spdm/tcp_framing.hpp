// How SPDM travels over a TCP stream: the 12-byte framing of DMTF's spdm-emu around MCTP (DSP0275), PCIe DOE
// or bare messages, and the TCP binding (DSP0287). Bytes only; no sockets.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "models/spdm/secured_channel.hpp"
#include "sim/base/result.hpp"

namespace assay::spdm {

/// What carries messages. The first three stand behind the emulator's framing, with these numbers in it.
enum class Transport : std::uint8_t { none = 0, mctp = 1, doe = 2, tcp = 3 };
std::string_view name(Transport transport);  // "none", "mctp", "doe", "tcp"
std::optional<Transport> transport_of(std::string_view name);
/// How records look on it. `none` has no place for them: what it says is that of DOE.
RecordFormat records_of(Transport transport);

/// What a peer sent that is no frame: what, where, and what was expected.
struct FrameFault {
    enum class Kind : std::uint8_t { too_large, malformed, foreign };
    Kind kind{};
    std::string text;
};

/// The largest payload that is taken: a whole record (a u16 counts its bytes) in the envelope of any
/// transport.
inline constexpr std::size_t max_payload = 0x1'0010;

namespace emulator {
/// Commands of the emulator's framing. A server answers each by itself, but for `unknown`, by which it
/// answers what it does not know.
enum class Command : std::uint32_t {
    normal = 0x0001,
    encap_key_update = 0x8001,
    encap_endpoint_info = 0x8002,
    keep_serving = 0xFFFD,  // CONTINUE: the client leaves
    shutdown = 0xFFFE,
    unknown = 0xFFFF,
    test = 0xDEAD,
};
inline constexpr std::size_t header_size = 12;  // Command, TransportType, PayloadSize: u32, big endian
inline constexpr std::string_view client_hello{"Client Hello!\0", 14}, server_hello{"Server Hello!\0", 14};

struct Frame {
    Command command{};
    std::uint32_t transport = 0;
    Bytes payload{};
};
Bytes encode_frame(const Frame& frame);
/// The frame at the front of `stream`; nothing while it is not complete. A PayloadSize above max_payload is
/// refused before its bytes are waited for.
Result<std::optional<Frame>, FrameFault> first_frame(ByteView stream);
}  // namespace emulator

namespace binding {
/// The TCP binding (DSP0287): PayloadLength u16 (of the bytes that follow it), BindingVersion 1, MessageType.
enum class Type : std::uint8_t {
    out_of_session = 0x05,
    in_session = 0x06,
    role_inquiry = 0xBF,
    too_large = 0xC0,
    not_supported = 0xC1,
    cannot_be_requester = 0xC2,
    cannot_be_responder = 0xC3,
};
inline constexpr std::size_t header_size = 4;

struct Frame {
    Type type{};
    Bytes message{};
};
/// Precondition: a message of at most 65533 bytes. Role inquiry and errors have no message, and a
/// PayloadLength of 0.
Bytes encode_frame(const Frame& frame);
Result<std::optional<Frame>, FrameFault> first_frame(ByteView stream);
/// The bytes that `frame` has on the wire.
std::size_t size_of(const Frame& frame);
}  // namespace binding

/// A message or record in the envelope of that transport: a message type of MCTP, a DOE data object, or
/// nothing. `tcp` is the binding's own frame.
Bytes envelop(Transport transport, bool secured, ByteView message);
struct Enveloped {
    bool secured = false;
    Bytes message{};  // with the padding of DOE
};
/// What is in an envelope of mctp, doe or none. DOE discovery is no message: it is refused as foreign.
Result<Enveloped, FrameFault> open_envelope(Transport transport, ByteView payload);

}  // namespace assay::spdm
