// HTTP between modules: the interface that is called, and the link that takes time.
#pragma once
#include <functional>
#include <systemc>

#include "sim/base/event.hpp"
#include "sim/base/http.hpp"
#include "sim/kernel/timing_profile.hpp"

namespace assay::ohttp {

/// Answers requests in a simulation. It may wait: only threads call it.
class HttpService : public virtual sc_core::sc_interface {
public:
    virtual HttpResponse serve(const HttpRequest& request) = 0;
};

/// A connection between two actors, which everyone on the way can read and change. A message takes
/// `<figure>.latency` and `<figure>.byte` for each byte of its body.
class NetworkModule : public sc_core::sc_module, private HttpService {
public:
    sc_core::sc_export<HttpService> in{"in"};
    sc_core::sc_port<HttpService> out{"out"};

    /// `from` and `to` are the actors of the events. `events` outlives it.
    NetworkModule(const sc_core::sc_module_name& name, std::string from, std::string to,
                  std::string_view figure, const kernel::TimingProfile& profile, EventSink& events);

    /// An attacker on the wire; each is asked once per message.
    std::function<void(HttpRequest&)> on_request;
    std::function<void(HttpResponse&)> on_response;
    /// How often it sends a request on; the answer to the last copy comes back.
    unsigned copies = 1;

private:
    HttpResponse serve(const HttpRequest& request) override;
    HttpResponse send(const HttpRequest& request);
    void tell(const std::string& actor, const std::string& peer, std::string name, const Bytes& body,
              bool changed);

    std::string from_, to_;
    sc_core::sc_time latency_, byte_;
    EventSink& events_;
};

}  // namespace assay::ohttp
