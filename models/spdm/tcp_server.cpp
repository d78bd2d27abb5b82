#include "models/spdm/tcp_server.hpp"

#include <array>

#include "models/spdm/doe.hpp"
#include "models/spdm/responder.hpp"

namespace assay::spdm {
namespace {

constexpr std::array doe_features{doe::Feature{doe::vendor_pci_sig, doe::Type::discovery},
                                  doe::Feature{doe::vendor_pci_sig, doe::Type::cma_spdm},
                                  doe::Feature{doe::vendor_pci_sig, doe::Type::secured_cma_spdm}};

StreamStep refused(const FrameFault& fault, Bytes reply = {}) {
    return {.reply = std::move(reply), .close = true, .fault = fault.text};
}

/// The answer to DOE Discovery; nothing for what is none, and for an index past the last.
std::optional<Bytes> discovered(ByteView object) {
    const auto in = doe::unwrap(object);
    if (!in || in->header.vendor_id != doe::vendor_pci_sig || in->header.type != doe::Type::discovery)
        return std::nullopt;
    const auto out = doe::discover(doe_features, in->body);
    return out ? std::optional{doe::wrap(doe::Type::discovery, *out)} : std::nullopt;
}

}  // namespace

MessageService service_of(Responder& responder) {
    return {[&](ByteView message) { return responder.execute(message); },
            [&](ByteView record) {
                return responder.execute_secured(record);
            }};
}

StreamOptions SocketDialect::options() {
    StreamOptions out;
    out.largest_request = emulator::header_size + max_payload;
    return out;
}

std::optional<Bytes> SocketDialect::run(bool secured, ByteView message) {
    if (secured) return service_.secured(message);
    Bytes out = service_.plain(message);
    return out.empty() ? std::nullopt : std::optional{std::move(out)};
}

Result<std::optional<Bytes>, FrameFault> SocketDialect::answered(ByteView payload) {
    if (transport_ == Transport::doe)
        if (auto features = discovered(payload); features) return features;
    const auto request = open_envelope(transport_, payload);
    if (!request) return request.error();
    const auto answer = run(request->secured, request->message);
    if (!answer) return std::optional<Bytes>{};
    return std::optional{envelop(transport_, request->secured, *answer)};
}

Bytes SocketDialect::frame(emulator::Command command, Bytes payload) const {
    return emulator::encode_frame({command, static_cast<std::uint32_t>(transport_), std::move(payload)});
}

std::optional<StreamStep> SocketDialect::step(ByteView buffered) {
    return transport_ == Transport::tcp ? binding_step(buffered) : emulator_step(buffered);
}

std::optional<StreamStep> SocketDialect::emulator_step(ByteView buffered) {
    using emulator::Command;
    const auto in = emulator::first_frame(buffered);
    if (!in) return refused(in.error());
    if (!*in) return std::nullopt;
    const emulator::Frame& request = **in;
    StreamStep out{.consumed = emulator::header_size + request.payload.size()};
    if (request.transport != static_cast<std::uint32_t>(transport_)) {
        out.close = true;
        out.fault = "TransportType " + std::to_string(request.transport) + " at offset 4; this server's is " +
                    std::to_string(static_cast<unsigned>(transport_));
        return out;
    }
    switch (request.command) {
        case Command::normal: {
            auto answer = answered(request.payload);
            if (!answer) return refused(answer.error());
            out.close = !answer->has_value();
            if (*answer) out.reply = frame(Command::normal, std::move(**answer));
            return out;
        }
        case Command::test: {
            const ByteView hello = as_bytes(emulator::server_hello);
            out.reply = frame(Command::test, {hello.begin(), hello.end()});
            return out;
        }
        case Command::encap_key_update:
        case Command::encap_endpoint_info: out.reply = frame(request.command, {}); return out;
        case Command::shutdown: out.end = true; [[fallthrough]];
        case Command::keep_serving: out.reply = frame(request.command, {}); break;
        case Command::unknown:
        default:
            out.fault = "command " + std::to_string(static_cast<std::uint32_t>(request.command)) +
                        " at offset 0 is unknown";
            out.reply = frame(Command::unknown, {});
    }
    out.close = true;
    return out;
}

std::optional<StreamStep> SocketDialect::binding_step(ByteView buffered) {
    using binding::Type;
    const auto in = binding::first_frame(buffered);
    if (!in) return refused(in.error(), binding::encode_frame({Type::not_supported, {}}));
    if (!*in) return std::nullopt;
    const binding::Frame& request = **in;
    StreamStep out{.consumed = binding::size_of(request)};
    switch (request.type) {
        case Type::out_of_session:
        case Type::in_session: {
            const auto answer = run(request.type == Type::in_session, request.message);
            out.close = !answer;
            if (answer) out.reply = envelop(Transport::tcp, request.type == Type::in_session, *answer);
            return out;
        }
        case Type::role_inquiry: out.reply = binding::encode_frame({Type::role_inquiry, {}}); return out;
        case Type::too_large:
        case Type::not_supported:
        case Type::cannot_be_requester:
        case Type::cannot_be_responder: out.close = true; return out;
    }
    out.close = true;
    out.fault =
        "MessageType " + std::to_string(static_cast<unsigned>(request.type)) + " at offset 3 is unknown";
    out.reply = binding::encode_frame({Type::not_supported, {}});
    return out;
}

}  // namespace assay::spdm
