#include "models/spdm/tcp_client.hpp"

#include <stdexcept>

namespace assay::spdm {
namespace {

LinkFault foreign(std::string text) { return {LinkFault::Kind::foreign, std::move(text)}; }

}  // namespace

ResponderLink::ResponderLink(std::string address, std::uint16_t port, Transport transport,
                             std::chrono::milliseconds patience)
    : address_(std::move(address)), port_(port), transport_(transport), patience_(patience) {
    if (const auto done = connect(); !done) throw std::runtime_error(done.error().text);
}

LinkFault ResponderLink::lost(TcpFault fault) const {
    const std::string place = address_ + ":" + std::to_string(port_);
    switch (fault) {
        case TcpFault::closed: return {LinkFault::Kind::silent, place + " closed the connection"};
        case TcpFault::late:
            return {LinkFault::Kind::silent,
                    place + " sent no answer in " + std::to_string(patience_.count()) + " ms"};
        case TcpFault::broken: break;
    }
    return {LinkFault::Kind::broken, place + ": the connection is broken"};
}

Result<Nothing, LinkFault> ResponderLink::connect() {
    if (client_) return Nothing{};
    try {
        client_.emplace(address_, port_, patience_);
    } catch (const std::runtime_error& e) {
        return LinkFault{LinkFault::Kind::broken, e.what()};
    }
    const bool greets = transport_ == Transport::mctp || transport_ == Transport::doe;
    if (!greets) return Nothing{};
    auto done = greet();
    if (!done) hang_up();
    return done;
}

/// TEST, which the emulator's own requester begins with.
Result<Nothing, LinkFault> ResponderLink::greet() {
    const ByteView hello = as_bytes(emulator::client_hello);
    const auto sent = client_->send(emulator::encode_frame(
        {emulator::Command::test, static_cast<std::uint32_t>(transport_), {hello.begin(), hello.end()}}));
    if (!sent) return lost(sent.error());
    const auto bytes = receive_frame(emulator::header_size);
    if (!bytes) return bytes.error();
    const auto frame = emulator::first_frame(*bytes);
    if (!frame || !*frame || (*frame)->command != emulator::Command::test)
        return foreign("an answer to TEST of the emulator's framing that is none");
    return Nothing{};
}

Result<Bytes, LinkFault> ResponderLink::receive_frame(std::size_t head_size) {
    Bytes out(head_size);
    if (const auto head = client_->receive(out); !head) return lost(head.error());
    const std::size_t rest = transport_ == Transport::tcp
                                 ? std::max<std::size_t>(load<std::uint16_t>(out, byte_order), 2) - 2
                                 : load<std::uint32_t>(ByteView{out}.subspan(8), std::endian::big);
    if (rest > max_payload) return foreign("a frame of " + std::to_string(rest) + " bytes");
    out.resize(head_size + rest);
    if (const auto body = client_->receive(std::span{out}.subspan(head_size)); !body)
        return lost(body.error());
    return out;
}

Result<Bytes, LinkFault> ResponderLink::transact(bool secured, ByteView message) {
    if (const auto done = connect(); !done) return done.error();
    Bytes request = envelop(transport_, secured, message);
    if (transport_ != Transport::tcp)
        request = emulator::encode_frame(
            {emulator::Command::normal, static_cast<std::uint32_t>(transport_), std::move(request)});
    if (const auto sent = client_->send(request); !sent) return lost(sent.error());
    const auto bytes =
        receive_frame(transport_ == Transport::tcp ? binding::header_size : emulator::header_size);
    if (!bytes) return bytes.error();

    if (transport_ == Transport::tcp) {
        auto frame = binding::first_frame(*bytes);
        if (!frame) return foreign(frame.error().text);
        const auto expected = secured ? binding::Type::in_session : binding::Type::out_of_session;
        if (*frame && (*frame)->type >= binding::Type::too_large)
            return LinkFault{LinkFault::Kind::silent,
                             "refused by MessageType " + to_hex(ByteView{*bytes}.subspan(3, 1))};
        if (!*frame || (*frame)->type != expected)
            return foreign("a frame of MessageType " + to_hex(ByteView{*bytes}.subspan(3, 1)));
        return std::move((*frame)->message);
    }
    const auto frame = emulator::first_frame(*bytes);
    if (!frame || !*frame) return foreign("what is no frame of the emulator");
    if ((*frame)->command != emulator::Command::normal ||
        (*frame)->transport != static_cast<std::uint32_t>(transport_))
        return foreign("a frame of command and transport " + to_hex(ByteView{*bytes}.first(8)));
    auto opened = open_envelope(transport_, (*frame)->payload);
    if (!opened) return foreign(opened.error().text);
    if (opened->secured != secured)
        return foreign(secured ? "a message in the clear in answer to a record"
                               : "a record in answer to a message in the clear");
    return std::move(opened->message);
}

Result<Bytes, LinkFault> ResponderLink::exchange(bool secured, ByteView message) {
    if (secured && transport_ == Transport::none)
        return foreign("a transport without envelopes carries no records");
    auto out = transact(secured, message);
    if (!out) hang_up();  // what comes late belongs to nobody
    return out;
}

}  // namespace assay::spdm
