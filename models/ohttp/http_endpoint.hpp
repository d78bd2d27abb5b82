// A handler of HTTP requests behind a socket (cpp-httplib), and the other end of such a socket.
//
//     HttpEndpoint endpoint{[&](const HttpRequest& request) { return relay_and_gateway(request); }};
//     auto answer = send_http("127.0.0.1", endpoint.port(), request);
#pragma once
#include <chrono>
#include <memory>

#include "sim/base/http.hpp"
#include "sim/base/result.hpp"

namespace assay::ohttp {

struct HttpEndpointOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    std::size_t max_body = 8 << 20;
    std::chrono::seconds read_timeout{5};  // of a slow sender
};

/// Serves until it is destroyed, in threads of its own; the handler is called by one at a time. A handler
/// that throws is a 500 without a word. Requests are passed on as they came, in the clear: TLS belongs in
/// front. Content-Encoding (415) and Range (400) are refused, bodies over the limit (413) too.
class HttpEndpoint {
public:
    /// std::runtime_error when it cannot listen there.
    explicit HttpEndpoint(HttpHandler handler, const HttpEndpointOptions& options = {});
    ~HttpEndpoint();
    HttpEndpoint(const HttpEndpoint&) = delete;
    HttpEndpoint& operator=(const HttpEndpoint&) = delete;

    std::uint16_t port() const;

private:
    struct Server;
    std::unique_ptr<Server> server_;
};

/// One request over a connection of its own; no redirects, no decompression. The error in words.
Result<HttpResponse, std::string> send_http(const std::string& address, std::uint16_t port,
                                            const HttpRequest& request,
                                            std::chrono::seconds timeout = std::chrono::seconds{10});

}  // namespace assay::ohttp
