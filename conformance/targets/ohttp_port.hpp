// The port of an oblivious HTTP service: a relay, what stands behind it, and a resource that echoes.
#pragma once
#include <set>

#include "conformance/targets/message_port.hpp"
#include "sim/base/clock.hpp"
#include "sim/base/event.hpp"
#include "sim/base/http.hpp"

namespace assay::conformance {

/// What an inner request asks for. The resource answers 200 with a content of `METHOD PATH`, a line
/// `name: value` for each field that reached it, an empty line, and the content of the request.
struct OhttpResource {
    std::string authority, path;
};

/// A message on its way between two hops, as an observer of the wire sees it.
struct OhttpHop {
    std::string from, to;  // "relay", "balancer", "gateway-0"
    HttpRequest request;
    HttpResponse response;
};

class OhttpPort {
public:
    virtual ~OhttpPort() = default;

    /// Tokens for what this target can do: "gateway" (a gateway can be talked to without the relay),
    /// "second-gateway" (another one has the same key), "clock" (its time can be set forward), "rotation"
    /// (retire, revoke), "hops" (what crosses between the parts), "records" (what the parts write down).
    virtual std::set<std::string> capabilities() const = 0;

    /// As a client does: POST of an encapsulated request, GET of the key configurations.
    virtual Result<HttpResponse, PortError> to_relay(const HttpRequest& request) = 0;
    /// As whoever stands before a gateway does. `number` is 0, or 1 for "second-gateway".
    virtual Result<HttpResponse, PortError> to_gateway(const HttpRequest& request, unsigned number) = 0;

    /// Paths of the two targets at relay and gateways.
    virtual std::string request_target() const { return "/"; }
    virtual std::string keys_target() const { return "/ohttp-keys"; }
    virtual OhttpResource resource() const = 0;

    /// The gateways' time.
    virtual Instant now() const = 0;
    virtual Result<Nothing, PortError> advance(std::chrono::seconds time) = 0;
    /// New keys are published; the old ones open requests for as long as `grace`, or not at all.
    virtual Result<Nothing, PortError> rotate(std::chrono::seconds grace) = 0;

    /// What crossed since the last call.
    virtual Result<std::vector<OhttpHop>, PortError> hops() = 0;
    /// Everything that relay, balancer and gateways have written down so far: logs, counters.
    virtual Result<Bytes, PortError> records() = 0;

    virtual std::vector<Event> take_events() = 0;
};

}  // namespace assay::conformance
