#include "models/spdm/tcp_framing.hpp"

#include <array>

#include "models/spdm/doe.hpp"

namespace assay::spdm {
namespace {

constexpr std::array<std::string_view, 4> transport_names{"none", "mctp", "doe", "tcp"};
constexpr std::uint8_t mctp_spdm = 0x05, mctp_secured = 0x06;  // message types (DSP0239)
constexpr std::size_t length_field = 2;

std::uint32_t word(ByteView bytes, std::size_t index) {
    return load<std::uint32_t>(bytes.subspan(4 * index), std::endian::big);
}

FrameFault too_large(std::size_t size, std::string_view where) {
    return {FrameFault::Kind::too_large, std::string{where} + " says " + std::to_string(size) +
                                             " bytes; at most " + std::to_string(max_payload) + " are taken"};
}

}  // namespace

std::string_view name(Transport transport) { return transport_names.at(static_cast<std::size_t>(transport)); }

std::optional<Transport> transport_of(std::string_view text) {
    for (std::size_t i = 0; i < transport_names.size(); ++i)
        if (transport_names[i] == text) return static_cast<Transport>(i);
    return std::nullopt;
}

RecordFormat records_of(Transport transport) {
    switch (transport) {
        case Transport::mctp: return mctp_records;
        case Transport::tcp: return tcp_records;
        case Transport::none:
        case Transport::doe: break;
    }
    return doe_records;
}

namespace emulator {

Bytes encode_frame(const Frame& frame) {
    return concat({store(static_cast<std::uint32_t>(frame.command), std::endian::big),
                   store(frame.transport, std::endian::big),
                   store(static_cast<std::uint32_t>(frame.payload.size()), std::endian::big), frame.payload});
}

Result<std::optional<Frame>, FrameFault> first_frame(ByteView stream) {
    if (stream.size() < header_size) return std::optional<Frame>{};
    const std::size_t size = word(stream, 2);
    if (size > max_payload) return too_large(size, "PayloadSize");
    if (stream.size() < header_size + size) return std::optional<Frame>{};
    const ByteView payload = stream.subspan(header_size, size);
    return std::optional{Frame{Command{word(stream, 0)}, word(stream, 1), {payload.begin(), payload.end()}}};
}

}  // namespace emulator

namespace binding {

std::size_t size_of(const Frame& frame) { return header_size + frame.message.size(); }

Bytes encode_frame(const Frame& frame) {
    const std::size_t length = frame.message.empty() ? 0 : frame.message.size() + header_size - length_field;
    if (length > 0xFFFF) throw std::logic_error("DSP0287: a message too long");
    return concat({store(static_cast<std::uint16_t>(length), byte_order),
                   Bytes{1, static_cast<std::uint8_t>(frame.type)}, frame.message});
}

Result<std::optional<Frame>, FrameFault> first_frame(ByteView stream) {
    if (stream.size() < header_size) return std::optional<Frame>{};
    const std::size_t length = load<std::uint16_t>(stream, byte_order);
    if (stream[2] != 1)
        return FrameFault{FrameFault::Kind::foreign,
                          "BindingVersion " + std::to_string(stream[2]) + " at offset 2; 1 is known"};
    const Type type{stream[3]};
    const bool bare = type != Type::out_of_session && type != Type::in_session;
    // Without a message PayloadLength is 0, or counts the two bytes of the header behind it.
    if (bare ? length != 0 && length != header_size - length_field : length <= header_size - length_field)
        return FrameFault{FrameFault::Kind::malformed, "PayloadLength " + std::to_string(length) +
                                                           " of a frame of MessageType " +
                                                           std::to_string(stream[3])};
    const std::size_t size = bare ? 0 : length + length_field - header_size;
    if (stream.size() < header_size + size) return std::optional<Frame>{};
    const ByteView message = stream.subspan(header_size, size);
    return std::optional{Frame{type, {message.begin(), message.end()}}};
}

}  // namespace binding

Bytes envelop(Transport transport, bool secured, ByteView message) {
    switch (transport) {
        case Transport::mctp: return concat({Bytes{secured ? mctp_secured : mctp_spdm}, message});
        case Transport::doe:
            return doe::wrap(secured ? doe::Type::secured_cma_spdm : doe::Type::cma_spdm, message);
        case Transport::tcp:
            return binding::encode_frame({secured ? binding::Type::in_session : binding::Type::out_of_session,
                                          {message.begin(), message.end()}});
        case Transport::none: break;
    }
    return {message.begin(), message.end()};
}

Result<Enveloped, FrameFault> open_envelope(Transport transport, ByteView payload) {
    const auto fault = [](FrameFault::Kind kind, std::string text) {
        return FrameFault{kind, std::move(text)};
    };
    if (transport == Transport::none) return Enveloped{false, {payload.begin(), payload.end()}};
    if (transport == Transport::mctp) {
        if (payload.empty() || (payload[0] != mctp_spdm && payload[0] != mctp_secured))
            return fault(FrameFault::Kind::foreign, payload.empty()
                                                        ? "a payload without a message type of MCTP"
                                                        : "MCTP message type " + std::to_string(payload[0]) +
                                                              " at offset 0; 5 and 6 are known");
        return Enveloped{payload[0] == mctp_secured, {payload.begin() + 1, payload.end()}};
    }
    auto object = doe::unwrap(payload);
    if (!object)
        return fault(FrameFault::Kind::malformed, "a DOE data object of " + std::to_string(payload.size()) +
                                                      " bytes whose Length is another");
    const doe::Header& head = object->header;
    const bool secured = head.type == doe::Type::secured_cma_spdm;
    if (head.vendor_id != doe::vendor_pci_sig || (head.type != doe::Type::cma_spdm && !secured))
        return fault(FrameFault::Kind::foreign,
                     "a DOE data object of VendorID " + std::to_string(head.vendor_id) + " and type " +
                         std::to_string(static_cast<unsigned>(head.type)) + "; types 1 and 2 are known");
    return Enveloped{secured, std::move(object->body)};
}

}  // namespace assay::spdm
