// What the commands that serve have in common.
#pragma once
#include <atomic>
#include <thread>

#include "cli/options.hpp"

namespace assay::cli {

/// Serves in a thread of its own until `stop` says so or a client ends the service.
template <class Server>
void serve_until(Server& server, bool (*stop)()) {
    std::atomic<bool> over = false;
    std::jthread worker{[&](const std::stop_token& token) {
        server.serve(token);
        over = true;
    }};
    while (!stop() && !over) std::this_thread::sleep_for(std::chrono::milliseconds{20});
}

/// `assay serve spdm`: a responder of that profile behind that transport.
int serve_spdm(const ServeArguments& arguments, Console& console, bool (*stop)());

}  // namespace assay::cli
