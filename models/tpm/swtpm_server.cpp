#include "models/tpm/swtpm_server.hpp"

#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/tpm/commands.hpp"

namespace assay::tpm {
namespace {

constexpr std::size_t largest_request = 16 * 1024;
constexpr int poll_ms = 100;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return out;
}

/// A command waits for no acknowledgement of the one before it. The kernel forgets TCP_QUICKACK.
void hurry(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

bool send_all(int socket, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace

StreamServer::StreamServer(std::uint16_t port, std::vector<StreamHandler> handlers)
    : handlers_(std::move(handlers)) {
    // A free port whose neighbours are free too: tried a few times.
    for (int attempt = 0; attempt < 32; ++attempt) {
        if (listen_on(port)) return;
        const int why = errno;
        close_all();
        if (port != 0) throw std::system_error(why, std::generic_category(), "listen on 127.0.0.1");
    }
    throw std::system_error(EADDRINUSE, std::generic_category(), "listen on 127.0.0.1");
}

StreamServer::~StreamServer() { close_all(); }

void StreamServer::close_all() {
    for (const int listener : listeners_) ::close(listener);
    for (const Client& client : clients_) ::close(client.socket);
    listeners_.clear();
    clients_.clear();
}

bool StreamServer::listen_on(std::uint16_t port) {
    for (std::size_t i = 0; i < handlers_.size(); ++i) {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (listener < 0) return false;
        listeners_.push_back(listener);
        const int on = 1;
        ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address = loopback(i == 0 ? port : static_cast<std::uint16_t>(port_ + i));
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener, raw, sizeof address) != 0 || ::listen(listener, 16) != 0) return false;
        if (i != 0) continue;
        socklen_t size = sizeof address;
        if (::getsockname(listener, raw, &size) != 0) return false;
        port_ = ntohs(address.sin_port);
    }
    return true;
}

void StreamServer::serve(const std::stop_token& stop) {
    while (!stop.stop_requested() && !ended_) {
        std::vector<pollfd> waited;
        for (const int listener : listeners_) waited.push_back({listener, POLLIN, 0});
        for (const Client& client : clients_) waited.push_back({client.socket, POLLIN, 0});
        if (::poll(waited.data(), waited.size(), poll_ms) <= 0) continue;
        std::vector<Client> kept;
        for (std::size_t i = 0; i < clients_.size(); ++i) {
            Client& client = clients_[i];
            if (waited[listeners_.size() + i].revents == 0 || receive(client))
                kept.push_back(std::move(client));
            else
                ::close(client.socket);
        }
        clients_ = std::move(kept);
        for (std::size_t i = 0; i < listeners_.size(); ++i)
            if (waited[i].revents != 0) accept_from(i);
    }
}

void StreamServer::accept_from(std::size_t listener) {
    const int socket = ::accept4(listeners_[listener], nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    hurry(socket);
    clients_.push_back({socket, listener});
}

bool StreamServer::receive(Client& client) {
    std::array<std::uint8_t, 4096> part{};
    const ssize_t n = ::recv(client.socket, part.data(), part.size(), 0);
    hurry(client.socket);
    if (n < 0 && errno == EINTR) return true;
    if (n <= 0) return false;
    append(client.buffered, ByteView{part}.first(static_cast<std::size_t>(n)));
    while (!client.buffered.empty()) {
        const auto step = handlers_[client.handler](client.buffered);
        if (!step) break;
        ended_ = ended_ || step->end;
        if (!send_all(client.socket, step->reply) || step->close) return false;
        client.buffered.erase(client.buffered.begin(),
                              client.buffered.begin() + static_cast<std::ptrdiff_t>(step->consumed));
    }
    return client.buffered.size() <= largest_request;
}

SwtpmServer::SwtpmServer(Engine& engine, const ServerOptions& options)
    : dialect_(engine),
      server_(options.port, {[this](ByteView bytes) { return dialect_.data(bytes); },
                             [this](ByteView bytes) {
                                 return dialect_.control(bytes);
                             }}) {
    engine.power_on();
    if (options.startup_clear) engine.execute(encode_command(StartupIn{Su::clear}));
}

MssimServer::MssimServer(Engine& engine, const ServerOptions& options)
    : dialect_(engine),
      server_(options.port, {[this](ByteView bytes) { return dialect_.command(bytes); },
                             [this](ByteView bytes) {
                                 return dialect_.platform(bytes);
                             }}) {
    if (options.startup_clear) {
        engine.power_on();
        engine.execute(encode_command(StartupIn{Su::clear}));
    }
}

}  // namespace assay::tpm
