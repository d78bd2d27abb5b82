// A TPM on TCP ports of this machine, for real clients:
//
//     SwtpmServer server{engine, {.port = 2321}};       // 127.0.0.1, ports 2321 and 2322
//     std::jthread thread{[&](std::stop_token stop) { server.serve(stop); }};
//     // tpm2_pcrread -T swtpm:host=127.0.0.1,port=2321
#pragma once
#include <stop_token>

#include "models/tpm/dialects.hpp"

namespace assay::tpm {

/// One thread serves all connections, one request after the other; the engine is its own while it runs.
class StreamServer {
public:
    /// Listens on 127.0.0.1: the first handler on `port`, the next on the port after it, ...; 0 takes free
    /// ports. Throws std::system_error when they cannot be had.
    StreamServer(std::uint16_t port, std::vector<StreamHandler> handlers);
    StreamServer(const StreamServer&) = delete;
    StreamServer& operator=(const StreamServer&) = delete;
    ~StreamServer();

    std::uint16_t port() const { return port_; }
    /// Until `stop` is asked for (within a tenth of a second) or a client ends the service.
    void serve(const std::stop_token& stop);

private:
    struct Client {
        int socket;
        std::size_t handler;
        Bytes buffered{};
    };
    bool listen_on(std::uint16_t port);
    void close_all();
    void accept_from(std::size_t listener);
    /// False when the connection is over.
    bool receive(Client& client);

    std::vector<StreamHandler> handlers_;
    std::vector<int> listeners_{};
    std::vector<Client> clients_{};
    std::uint16_t port_ = 0;
    bool ended_ = false;
};

struct ServerOptions {
    std::uint16_t port = 0;
    bool startup_clear = false;  // TPM2_Startup(CLEAR) is sent before the first client
};

/// The dialect of swtpm. Powers the engine on.
class SwtpmServer {
public:
    SwtpmServer(Engine& engine, const ServerOptions& options);
    std::uint16_t port() const { return server_.port(); }
    void serve(const std::stop_token& stop) { server_.serve(stop); }

private:
    SwtpmDialect dialect_;
    StreamServer server_;
};

/// The dialect of the reference simulator. Its clients power the engine on.
class MssimServer {
public:
    MssimServer(Engine& engine, const ServerOptions& options);
    std::uint16_t port() const { return server_.port(); }
    void serve(const std::stop_token& stop) { server_.serve(stop); }

private:
    MssimDialect dialect_;
    StreamServer server_;
};

}  // namespace assay::tpm
