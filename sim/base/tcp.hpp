// Streams: a server that one thread runs for all its clients, on TCP ports and UNIX sockets, and a TCP client
// that waits no longer than it was told.
//
//     StreamServer server{2323, {[&](ByteView bytes) { return dialect.step(bytes); }}, {}};
//     std::jthread thread{[&](std::stop_token stop) { server.serve(stop); }};
//     TcpClient client{"127.0.0.1", server.port(), std::chrono::seconds{5}};
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include <sys/types.h>

#include "sim/base/bytes.hpp"
#include "sim/base/descriptor.hpp"
#include "sim/base/result.hpp"

namespace assay {

/// What one complete request at the front of a stream leads to.
struct StreamStep {
    std::size_t consumed = 0;
    Bytes reply{};
    bool close = false;   // this connection, after the reply
    bool end = false;     // the whole service, after the reply
    std::string fault{};  // why the connection is closed, where the client did something wrong
    /// The socket that came along with the request is served at this endpoint from now on; where none came,
    /// `without_socket` is the reply.
    std::optional<std::size_t> adopts{};
    Bytes without_socket{};
};
/// Nothing while the request is not complete.
using StreamHandler = std::function<std::optional<StreamStep>(ByteView buffered)>;

/// Where clients come to.
enum class Door : std::uint8_t {
    tcp,
    unix_socket,  // SOCK_STREAM; its clients may send sockets along (SCM_RIGHTS)
    given,        // a socket that listens already
    none,         // its clients are adopted
};

struct Place {
    std::uint16_t port = 0;  // 0: of the first one any free port, of the others the one after that before it
    Door door = Door::tcp;
    std::string path{};  // of a UNIX socket: a socket that lies there is replaced; it goes with the server
    unsigned mode = 0;   // its permissions; 0: as the process makes files
    int listener = -1;   // of Door::given: the server closes it
};

/// A place and what answers there.
struct Endpoint {
    Place place{};
    StreamHandler handler{};
    bool last_of_all = false;  // the service ends when a client of this place goes
};

struct StreamOptions {
    std::string address = "127.0.0.1";     // IPv4, numbers
    std::size_t largest_request = 0x4000;  // bytes that a request may have before it is complete
    /// How long a client may leave a request unfinished, or an answer unread.
    std::chrono::milliseconds patience{10'000};
    /// Hears why a client's connection was closed.
    std::function<void(std::string_view)> on_fault{};
};

/// One thread serves all connections, one request after the other: what the handlers work on is theirs alone
/// while it runs. An answer is one write. A client that is slow or dead keeps nobody waiting.
class StreamServer {
public:
    /// The first handler listens on `port`, the next on the port after it, ...; 0 takes free ports. Throws
    /// std::system_error when they cannot be had.
    StreamServer(std::uint16_t port, std::vector<StreamHandler> handlers, StreamOptions options = {});
    /// The same for ports of which each may be another.
    explicit StreamServer(std::vector<Endpoint> endpoints, StreamOptions options = {});
    StreamServer(const StreamServer&) = delete;
    StreamServer& operator=(const StreamServer&) = delete;
    ~StreamServer();

    std::uint16_t port() const { return port_; }
    /// A connected socket is a client of this endpoint. Before serve().
    void adopt(Descriptor socket, std::size_t endpoint);
    /// Until `stop` is asked for or a client ends the service.
    void serve(const std::stop_token& stop);
    /// A client has ended the service.
    bool ended() const { return ended_; }

private:
    using Clock = std::chrono::steady_clock;
    struct Client {
        Descriptor socket;
        std::size_t handler = 0;
        Bytes buffered{}, unsent{};
        Descriptor passed{};  // came along, and was not asked for yet
        bool closing = false;
        Clock::time_point progress = Clock::now();
    };
    bool listen_on_all();
    bool listen_on(const Place& place, std::uint16_t& next);
    void remove_sockets();
    void accept_from(std::size_t listener);
    bool answers_are_out() const;
    /// An end, the rest of a request, or that it takes its answer: it has options_.patience for that.
    static bool owes(const Client& client);
    // Each is false when the connection is over.
    bool attend(Client& client, short events);
    bool receive(Client& client);
    static ssize_t receive_with_socket(Client& client, std::span<std::uint8_t> out);
    bool work(Client& client);
    bool flush(Client& client);
    bool drop(std::string_view fault) const;

    std::vector<Endpoint> endpoints_;
    StreamOptions options_;
    std::vector<Descriptor> listeners_{};  // none for Door::none
    std::vector<Client> clients_{}, adopted_{};
    std::vector<std::string> sockets_{};  // paths that are ours
    std::uint16_t port_ = 0;
    bool ended_ = false;
};

/// Why bytes did not go over a connection.
enum class TcpFault : std::uint8_t { closed, late, broken };

class TcpClient {
public:
    /// Connects. Throws std::runtime_error that names the place. `patience` is for each connect, send and
    /// receive as a whole.
    TcpClient(const std::string& address, std::uint16_t port, std::chrono::milliseconds patience);

    /// All of `bytes`.
    Result<Nothing, TcpFault> send(ByteView bytes);
    /// Fills `out`. `closed` where the peer has ended the connection.
    Result<Nothing, TcpFault> receive(std::span<std::uint8_t> out);

private:
    bool ready(short events, std::chrono::steady_clock::time_point until) const;

    std::chrono::milliseconds patience_;
    Descriptor socket_;
};

}  // namespace assay
