// A requester's end of a TCP connection to an SPDM responder of any make.
#pragma once
#include "models/spdm/tcp_framing.hpp"
#include "sim/base/tcp.hpp"

namespace assay::spdm {

/// Why there was no answer.
struct LinkFault {
    enum class Kind : std::uint8_t {
        silent,   // the responder closed the connection instead of answering, or let the time pass
        broken,   // it cannot be reached
        foreign,  // it sent what is no frame of the transport
    };
    Kind kind{};
    std::string text;
};

/// One responder at a place, over as many connections as it takes: what is late is never taken for the answer
/// to something else.
class ResponderLink {
public:
    /// Throws std::runtime_error, that names the place, where nothing listens. `patience` is for one answer.
    ResponderLink(std::string address, std::uint16_t port, Transport transport,
                  std::chrono::milliseconds patience);

    /// One message or record, and what came back of the same kind; zeros of the transport's padding may
    /// follow it.
    Result<Bytes, LinkFault> exchange(bool secured, ByteView message);
    /// Ends the connection; the next exchange makes another.
    void hang_up() { client_.reset(); }

private:
    Result<Nothing, LinkFault> connect();
    Result<Bytes, LinkFault> transact(bool secured, ByteView message);
    Result<Bytes, LinkFault> receive_frame(std::size_t head_size);
    Result<Nothing, LinkFault> greet();
    LinkFault lost(TcpFault fault) const;

    std::string address_;
    std::uint16_t port_;
    Transport transport_;
    std::chrono::milliseconds patience_;
    std::optional<TcpClient> client_;
};

}  // namespace assay::spdm
