#include "sim/base/tcp.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace assay {
namespace {

constexpr int poll_ms = 100;
constexpr std::size_t most_clients = 64;

sockaddr_in address_of(const std::string& address, std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    if (::inet_pton(AF_INET, address.c_str(), &out.sin_addr) != 1)
        throw std::system_error(EINVAL, std::generic_category(), "'" + address + "' is no IPv4 address");
    return out;
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un out{};
    out.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof out.sun_path)
        throw std::system_error(ENAMETOOLONG, std::generic_category(),
                                "'" + path + "' is no path of a UNIX socket");
    std::memcpy(out.sun_path, path.data(), path.size());
    return out;
}

/// Where somebody listens, for messages.
std::string name_of(const Place& place, const std::string& address) {
    return place.door == Door::unix_socket ? place.path : address + ":" + std::to_string(place.port);
}

/// A message waits for no acknowledgement of the one before it.
void send_at_once(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
/// And the peer's next one waits for none of ours. The kernel forgets TCP_QUICKACK.
void hurry(int socket) {
    const int on = 1;
    send_at_once(socket);
    ::setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

bool try_again() { return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK; }

/// Takes the first bytes away; where they and the last ones stood is overwritten. What services hear and say
/// may be secret, and stays nowhere.
void drop_front(Bytes& bytes, std::size_t count) {
    if (count == 0) return;  // an empty one has no address
    std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(count), bytes.end(), bytes.begin());
    ::explicit_bzero(bytes.data() + bytes.size() - count, count);
    bytes.resize(bytes.size() - count);
}

/// Sends what the socket takes now, and removes it. False when the connection is broken.
bool send_some(int socket, Bytes& bytes) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) return try_again();
    drop_front(bytes, static_cast<std::size_t>(n));
    return true;
}

std::vector<Endpoint> endpoints_from(std::uint16_t port, std::vector<StreamHandler> handlers) {
    std::vector<Endpoint> out;
    for (StreamHandler& handler : handlers)
        out.push_back({{.port = out.empty() ? port : std::uint16_t{0}}, std::move(handler)});
    return out;
}

}  // namespace

StreamServer::StreamServer(std::uint16_t port, std::vector<StreamHandler> handlers, StreamOptions options)
    : StreamServer(endpoints_from(port, std::move(handlers)), std::move(options)) {}

StreamServer::StreamServer(std::vector<Endpoint> endpoints, StreamOptions options)
    : endpoints_(std::move(endpoints)), options_(std::move(options)) {
    // The first that has a fixed place: another try would find it as it is.
    const auto fixed = std::find_if(endpoints_.begin(), endpoints_.end(), [](const Endpoint& endpoint) {
        return endpoint.place.door == Door::unix_socket || endpoint.place.port != 0;
    });
    // A free port whose neighbours are free too: tried a few times.
    constexpr int attempts = 32;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (listen_on_all()) return;
        const int why = errno;
        const std::string place = name_of(endpoints_[listeners_.size() - 1].place, options_.address);
        listeners_.clear();
        if (fixed == endpoints_.end()) continue;
        remove_sockets();
        throw std::system_error(why, std::generic_category(), "listen on " + place);
    }
    throw std::system_error(EADDRINUSE, std::generic_category(), "listen on " + options_.address);
}

StreamServer::~StreamServer() { remove_sockets(); }

void StreamServer::remove_sockets() {
    for (const std::string& path : sockets_) ::unlink(path.c_str());
    sockets_.clear();
}

bool StreamServer::listen_on_all() {
    std::uint16_t next = 0;
    return std::all_of(endpoints_.begin(), endpoints_.end(),
                       [&](const Endpoint& endpoint) { return listen_on(endpoint.place, next); });
}

bool StreamServer::listen_on(const Place& place, std::uint16_t& next) {
    constexpr int backlog = 16;
    if (place.door == Door::none) {
        listeners_.emplace_back();
        return true;
    }
    if (place.door == Door::given) {
        listeners_.emplace_back(place.listener);
        const int flags = ::fcntl(place.listener, F_GETFL);
        return flags >= 0 && ::fcntl(place.listener, F_SETFL, flags | O_NONBLOCK) == 0;
    }
    const bool is_tcp = place.door == Door::tcp;
    const int listener =
        listeners_
            .emplace_back(::socket(is_tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
            .get();
    if (listener < 0) return false;
    if (!is_tcp) {
        const sockaddr_un address = address_of(place.path);
        struct stat there {};
        if (::stat(place.path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) ::unlink(place.path.c_str());
        if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
        sockets_.push_back(place.path);
        return (place.mode == 0 || ::chmod(place.path.c_str(), place.mode) == 0) &&
               ::listen(listener, backlog) == 0;
    }
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address = address_of(options_.address, place.port != 0 ? place.port : next);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, raw, sizeof address) != 0 || ::listen(listener, backlog) != 0) return false;
    socklen_t length = sizeof address;
    if (::getsockname(listener, raw, &length) != 0) return false;
    if (next == 0) port_ = ntohs(address.sin_port);
    next = static_cast<std::uint16_t>(ntohs(address.sin_port) + 1);
    return true;
}

void StreamServer::adopt(Descriptor socket, std::size_t endpoint) {
    hurry(socket.get());
    clients_.push_back({.socket = std::move(socket), .handler = endpoint});
}

bool StreamServer::answers_are_out() const {
    return std::all_of(clients_.begin(), clients_.end(),
                       [](const Client& client) { return client.unsent.empty(); });
}

bool StreamServer::owes(const Client& client) {
    return client.closing || !client.buffered.empty() || !client.unsent.empty();
}

void StreamServer::serve(const std::stop_token& stop) {
    const Descriptor woken{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    const std::stop_callback wake{stop, [&woken] {
                                      ::eventfd_write(woken.get(), 1);
                                  }};
    std::vector<pollfd> waited;
    while (!stop.stop_requested() && !(ended_ && answers_are_out())) {
        waited.clear();
        for (const Client& client : clients_)
            waited.push_back(
                {client.socket.get(), static_cast<short>(client.unsent.empty() ? POLLIN : POLLOUT), 0});
        if (clients_.size() < most_clients)
            for (const Descriptor& listener : listeners_)  // poll passes over -1
                waited.push_back({listener.get(), POLLIN, 0});
        waited.push_back({woken.get(), POLLIN, 0});
        const bool in_time = std::any_of(clients_.begin(), clients_.end(), owes);
        if (::poll(waited.data(), waited.size(), in_time || !woken ? poll_ms : -1) < 0) continue;
        waited.pop_back();
        const std::size_t known = clients_.size();
        for (std::size_t i = 0; i < known; ++i)
            if (!attend(clients_[i], waited[i].revents)) {
                ended_ = ended_ || endpoints_[clients_[i].handler].last_of_all;
                clients_[i].socket = Descriptor{};
            }
        std::erase_if(clients_, [](const Client& client) { return !client.socket; });
        std::move(adopted_.begin(), adopted_.end(), std::back_inserter(clients_));
        adopted_.clear();
        const bool has_door = std::any_of(listeners_.begin(), listeners_.end(),
                                          [](const Descriptor& listener) { return bool(listener); });
        ended_ = ended_ || (!has_door && clients_.empty());  // nobody can come any more
        for (std::size_t i = known; i < waited.size(); ++i)
            if (waited[i].revents != 0) accept_from(i - known);
    }
}

void StreamServer::accept_from(std::size_t listener) {
    Descriptor socket{::accept4(listeners_[listener].get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!socket) return;
    send_at_once(socket.get());
    clients_.push_back({.socket = std::move(socket), .handler = listener});
}

bool StreamServer::drop(std::string_view fault) const {
    if (options_.on_fault && !fault.empty()) options_.on_fault(fault);
    return false;
}

bool StreamServer::attend(Client& client, short events) {
    if (events == 0) {
        if (!owes(client) || Clock::now() - client.progress < options_.patience) return true;
        if (client.closing) return false;
        return drop(client.unsent.empty() ? "a client did not finish its request"
                                          : "a client did not take its answer");
    }
    if (!client.unsent.empty()) {
        client.progress = Clock::now();
        return flush(client) && work(client);
    }
    if (!client.closing) client.progress = Clock::now();
    return receive(client) && work(client);
}

ssize_t StreamServer::receive_with_socket(Client& client, std::span<std::uint8_t> out) {
    iovec bytes{out.data(), out.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> beside{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = beside.data();
    message.msg_controllen = beside.size();
    const ssize_t n = ::recvmsg(client.socket.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const cmsghdr* passed = n < 0 ? nullptr : CMSG_FIRSTHDR(&message);
    if (passed != nullptr && passed->cmsg_level == SOL_SOCKET && passed->cmsg_type == SCM_RIGHTS) {
        int descriptor = -1;
        std::memcpy(&descriptor, CMSG_DATA(passed), sizeof descriptor);
        client.passed = Descriptor{descriptor};
    }
    return n;
}

bool StreamServer::receive(Client& client) {
    std::array<std::uint8_t, 0x10000> part;  // filled by the kernel
    const ssize_t n = endpoints_[client.handler].place.door == Door::tcp
                          ? ::recv(client.socket.get(), part.data(), part.size(), MSG_DONTWAIT)
                          : receive_with_socket(client, part);
    if (n < 0) return try_again();
    const auto size = static_cast<std::size_t>(n);
    if (client.buffered.capacity() < client.buffered.size() + size) {
        Bytes larger;
        larger.reserve(client.buffered.size() + std::max(size, options_.largest_request));
        append(larger, client.buffered);
        drop_front(client.buffered, client.buffered.size());
        client.buffered = std::move(larger);
    }
    append(client.buffered, ByteView{part}.first(size));
    ::explicit_bzero(part.data(), size);
    return n > 0;
}

bool StreamServer::work(Client& client) {
    while (!client.closing && !client.buffered.empty() && client.unsent.empty()) {
        auto step = endpoints_[client.handler].handler(client.buffered);
        if (!step) break;
        ended_ = ended_ || step->end;
        client.closing = step->close || step->end;
        if (!step->fault.empty()) (void)drop(step->fault);
        drop_front(client.buffered, std::min(step->consumed, client.buffered.size()));
        if (step->adopts) {
            if (client.passed)
                adopted_.push_back(
                    {.socket = std::exchange(client.passed, Descriptor{}), .handler = *step->adopts});
            else
                step->reply = std::move(step->without_socket);
        }
        client.unsent = std::move(step->reply);
        if (!flush(client)) return false;
    }
    if (client.closing) drop_front(client.buffered, client.buffered.size());
    // The rest of a request may be on its way as a packet of its own, which waits for this acknowledgement.
    if (!client.buffered.empty()) hurry(client.socket.get());
    if (client.buffered.size() > options_.largest_request)
        return drop("a request of more than " + std::to_string(options_.largest_request) + " bytes");
    return true;
}

bool StreamServer::flush(Client& client) {
    if (!client.unsent.empty() && !send_some(client.socket.get(), client.unsent)) return false;
    // Closed at once, with bytes of the client unread, TCP would take the answer back.
    if (client.unsent.empty() && client.closing) ::shutdown(client.socket.get(), SHUT_WR);
    return true;
}

TcpClient::TcpClient(const std::string& address, std::uint16_t port, std::chrono::milliseconds patience)
    : patience_(patience), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const std::string place = address + ":" + std::to_string(port) + ": ";
    const sockaddr_in to = address_of(address, port);
    if (!socket_) throw std::runtime_error(place + std::strerror(errno));
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        if (errno != EINPROGRESS) throw std::runtime_error(place + std::strerror(errno));
        if (!ready(POLLOUT, std::chrono::steady_clock::now() + patience_))
            throw std::runtime_error(place + "no connection in " + std::to_string(patience_.count()) + " ms");
        int why = 0;
        socklen_t length = sizeof why;
        if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &why, &length) != 0 || why != 0)
            throw std::runtime_error(place + std::strerror(why));
    }
    hurry(socket_.get());
}

bool TcpClient::ready(short events, std::chrono::steady_clock::time_point until) const {
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd waited{socket_.get(), events, 0};
        const int n = ::poll(&waited, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
        if (n > 0) return true;
        if (n == 0 && left.count() <= 0) return false;
    }
}

Result<Nothing, TcpFault> TcpClient::send(ByteView bytes) {
    const auto until = std::chrono::steady_clock::now() + patience_;
    while (!bytes.empty()) {
        const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n >= 0)
            bytes = bytes.subspan(static_cast<std::size_t>(n));
        else if (!try_again())
            return errno == EPIPE || errno == ECONNRESET ? TcpFault::closed : TcpFault::broken;
        else if (!ready(POLLOUT, until))
            return TcpFault::late;
    }
    return Nothing{};
}

Result<Nothing, TcpFault> TcpClient::receive(std::span<std::uint8_t> out) {
    const auto until = std::chrono::steady_clock::now() + patience_;
    while (!out.empty()) {
        const ssize_t n = ::recv(socket_.get(), out.data(), out.size(), 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET)) return TcpFault::closed;
        if (n > 0) {
            out = out.subspan(static_cast<std::size_t>(n));
            hurry(socket_.get());
        } else if (!try_again()) {
            return TcpFault::broken;
        } else if (!ready(POLLIN, until)) {
            return TcpFault::late;
        }
    }
    return Nothing{};
}

}  // namespace assay
