#include "models/ohttp/http_endpoint.hpp"

#include <mutex>
#include <stdexcept>
#include <thread>

#include <httplib.h>

namespace assay::ohttp {
namespace {

/// What httplib adds to the fields of a request: facts of the connection, which are none of a handler's.
bool is_added(std::string_view name) {
    return name == "REMOTE_ADDR" || name == "REMOTE_PORT" || name == "LOCAL_ADDR" || name == "LOCAL_PORT";
}

HttpRequest converted(const httplib::Request& in, std::string body) {
    HttpRequest out{.method = in.method, .target = in.target};
    for (const auto& [name, value] : in.headers)
        if (!is_added(name)) out.fields.push_back({name, value});
    out.body.assign(body.begin(), body.end());
    return out;
}

void put(const HttpResponse& in, httplib::Response& out) {
    out.status = static_cast<int>(in.status);
    std::string type;
    for (const HttpField& field : in.fields) {
        if (same_field_name(field.name, "content-type"))
            type = field.value;
        else
            out.headers.emplace(field.name, field.value);
    }
    const std::string_view body = as_text(in.body);
    if (type.empty())
        out.body = body;
    else
        out.set_content(std::string{body}, type);
}

}  // namespace

struct HttpEndpoint::Server {
    Server(HttpHandler in, const HttpEndpointOptions& options) : handler(std::move(in)) {
        server.set_payload_max_length(options.max_body);
        server.set_read_timeout(options.read_timeout);
        server.set_write_timeout(options.read_timeout);
        server.set_keep_alive_timeout(options.read_timeout.count());
        server.set_tcp_nodelay(true);
        constexpr const char* any = ".*";
        server.Get(any, [this](const httplib::Request& request, httplib::Response& response) {
            answer(request, {}, response);
        });
        server.Options(any, [this](const httplib::Request& request, httplib::Response& response) {
            answer(request, {}, response);
        });
        const auto with_body = [this, limit = options.max_body](const httplib::Request& request,
                                                                httplib::Response& response,
                                                                const httplib::ContentReader& reader) {
            if (request.has_header("Content-Encoding")) return put({.status = 415}, response);
            if (request.is_multipart_form_data()) return put({.status = 415}, response);
            std::string body;
            const bool whole = reader([&](const char* data, std::size_t size) {
                if (size > limit - body.size()) return false;
                body.append(data, size);
                return true;
            });
            // httplib has set 413 or 400 where it gave up itself.
            if (!whole) return put({.status = response.status == 413 ? 413U : 400U}, response);
            answer(request, std::move(body), response);
        };
        server.Post(any, with_body);
        server.Put(any, with_body);
        server.Patch(any, with_body);
        server.Delete(any, with_body);
        // No text of an exception goes out.
        server.set_exception_handler([](const httplib::Request&, httplib::Response& response,
                                        std::exception_ptr) { put({.status = 500}, response); });
        if (options.port == 0) {
            port = server.bind_to_any_port(options.address);
        } else {
            port = server.bind_to_port(options.address, options.port) ? options.port : -1;
        }
        if (port <= 0)
            throw std::runtime_error("http endpoint: cannot listen on " + options.address + ":" +
                                     std::to_string(options.port));
        thread = std::thread{[this] {
            server.listen_after_bind();
        }};
        while (!server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    ~Server() {
        server.stop();
        thread.join();
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    void answer(const httplib::Request& request, std::string body, httplib::Response& response) {
        if (request.has_header("Range")) return put({.status = 400}, response);
        const std::lock_guard one{mutex};
        put(handler(converted(request, std::move(body))), response);
    }

    HttpHandler handler;
    std::mutex mutex;
    httplib::Server server;
    int port = 0;
    std::thread thread;
};

HttpEndpoint::HttpEndpoint(HttpHandler handler, const HttpEndpointOptions& options)
    : server_(std::make_unique<Server>(std::move(handler), options)) {}
HttpEndpoint::~HttpEndpoint() = default;
std::uint16_t HttpEndpoint::port() const { return static_cast<std::uint16_t>(server_->port); }

Result<HttpResponse, std::string> send_http(const std::string& address, std::uint16_t port,
                                            const HttpRequest& request, std::chrono::seconds timeout) {
    httplib::Client client{address, port};
    client.set_connection_timeout(timeout);
    client.set_read_timeout(timeout);
    client.set_write_timeout(timeout);
    client.set_decompress(false);
    client.set_keep_alive(false);
    httplib::Request out;
    out.method = request.method;
    out.path = request.target;
    for (const HttpField& field : request.fields) out.headers.emplace(field.name, field.value);
    out.body = as_text(request.body);
    const httplib::Result got = client.send(out);
    if (!got) return address + ":" + std::to_string(port) + ": " + httplib::to_string(got.error());
    HttpResponse in{.status = static_cast<unsigned>(got->status)};
    for (const auto& [name, value] : got->headers) in.fields.push_back({name, value});
    in.body.assign(got->body.begin(), got->body.end());
    return in;
}

}  // namespace assay::ohttp
