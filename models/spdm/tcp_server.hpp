// An SPDM responder on a TCP port:
//
//     SocketDialect dialect{Transport::mctp, {execute, execute_secured}};
//     StreamServer server{2323, {[&](ByteView bytes) { return dialect.step(bytes); }}, dialect.options()};
//     server.serve(stop);   // until SHUTDOWN, or `stop`
//
// The connection of SPDM is the responder's and not the socket's: it outlives a client that leaves, and
// begins anew with GET_VERSION.
#pragma once
#include "models/spdm/tcp_framing.hpp"
#include "sim/base/tcp.hpp"

namespace assay::spdm {

class Responder;

/// What answers: a message in the clear, and a record of a session. Nothing, or an empty answer: none is
/// given.
struct MessageService {
    std::function<Bytes(ByteView message)> plain;
    std::function<std::optional<Bytes>(ByteView record)> secured;
};
/// `responder` must outlive it.
MessageService service_of(Responder& responder);

/// One transport's frames around a service; no sockets. Who sends what is no frame of the transport, or gets
/// no answer, is disconnected, as the emulator does.
class SocketDialect {
public:
    SocketDialect(Transport transport, MessageService service)
        : transport_(transport), service_(std::move(service)) {}

    /// A StreamHandler: the frame at the front of `buffered`, answered.
    std::optional<StreamStep> step(ByteView buffered);
    /// Of a server: requests as large as a frame can be.
    static StreamOptions options();

private:
    std::optional<StreamStep> emulator_step(ByteView buffered);
    std::optional<StreamStep> binding_step(ByteView buffered);
    /// The answer's envelope to one in `payload`; nothing where none is given.
    Result<std::optional<Bytes>, FrameFault> answered(ByteView payload);
    std::optional<Bytes> run(bool secured, ByteView message);
    Bytes frame(emulator::Command command, Bytes payload) const;

    Transport transport_;
    MessageService service_;
};

}  // namespace assay::spdm
