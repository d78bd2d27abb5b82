// A TPM on TCP ports of this machine, for real clients:
//
//     SwtpmServer server{engine, {.data = {.port = 2321}}};  // 127.0.0.1, ports 2321 and 2322
//     std::jthread thread{[&](std::stop_token stop) { server.serve(stop); }};
//     // tpm2_pcrread -T swtpm:host=127.0.0.1,port=2321
#pragma once
#include "models/tpm/dialects.hpp"

namespace assay::tpm {

struct ServerOptions {
    // Of the dialect of swtpm alone: places that are no TCP ports. Data without a door has the clients that
    // CMD_SET_DATAFD brings.
    Place data{}, control{};                    // control: or the platform port of the simulator
    int data_client = -1, control_client = -1;  // one that is connected already, where there is no door
    bool startup_clear = false;                 // TPM2_Startup(CLEAR) is sent before the first client
    // Of the dialect of swtpm alone:
    bool wait_for_init = false;      // without power until the control command INIT
    bool one_answer = false;         // a data connection ends with its first answer
    bool ends_with_data = false;     // the service ends when a data client goes
    bool ends_with_control = false;  // the service ends when a control client goes
    unsigned highest_locality = 4;   // of those a client may choose
};

/// The ports of a dialect, for a server that may have more; `options` without what concerns the engine. The
/// dialect outlives them.
std::vector<Endpoint> endpoints_of(SwtpmDialect& dialect, const ServerOptions& options);
std::vector<Endpoint> endpoints_of(MssimDialect& dialect, const ServerOptions& options);

/// For a server of these ports: what CMD_SET_STATEBLOB brings is longer than a command.
StreamOptions stream_options();

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
