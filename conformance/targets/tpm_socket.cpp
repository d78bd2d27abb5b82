#include "conformance/targets/tpm_socket.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/targets/exclusive.hpp"

namespace assay::conformance {

Descriptor lock_tpm(const std::string& place) { return exclusive("tpm-" + place); }

Descriptor connect_local(std::uint16_t port) {
    Descriptor out{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (out.get() < 0 || ::connect(out.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("127.0.0.1:" + std::to_string(port) + ": " + std::strerror(errno));
    const int on = 1;
    ::setsockopt(out.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(out.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return out;
}

bool send_bytes(const Descriptor& to, ByteView bytes) {
    while (!bytes.empty()) {
        errno = 0;
        const ssize_t n = ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

bool receive_bytes(const Descriptor& from, std::span<std::uint8_t> out) {
    while (!out.empty()) {
        errno = 0;
        const ssize_t n = ::recv(from.get(), out.data(), out.size(), 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        out = out.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

PortError lost_connection(const char* what) {
    const bool late = errno == EAGAIN || errno == EWOULDBLOCK;
    return {late ? PortError::Kind::timeout : PortError::Kind::io,
            std::string{what} + ": " + (errno == 0 ? "closed" : std::strerror(errno))};
}

}  // namespace assay::conformance
