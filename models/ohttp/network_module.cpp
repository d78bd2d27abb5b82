#include "models/ohttp/network_module.hpp"

namespace assay::ohttp {

NetworkModule::NetworkModule(const sc_core::sc_module_name& name, std::string from, std::string to,
                             std::string_view figure, const kernel::TimingProfile& profile, EventSink& events)
    : sc_module(name),
      from_(std::move(from)),
      to_(std::move(to)),
      latency_(profile.time(std::string{figure} + ".latency")),
      byte_(profile.time(std::string{figure} + ".byte")),
      events_(events) {
    in.bind(*this);
}

void NetworkModule::tell(const std::string& actor, const std::string& peer, std::string name,
                         const Bytes& body, bool changed) {
    Event event{.kind = Event::Kind::message, .actor = actor, .peer = peer, .name = std::move(name)};
    event.bytes = body;
    if (changed) event.outcome = Event::Outcome::mutated;
    events_.on(std::move(event));
}

HttpResponse NetworkModule::serve(const HttpRequest& request) {
    for (unsigned copy = 1; copy < copies; ++copy) static_cast<void>(send(request));
    return send(request);
}

HttpResponse NetworkModule::send(const HttpRequest& request) {
    HttpRequest sent = request;
    if (on_request) on_request(sent);
    tell(from_, to_, sent.method + " " + sent.target, sent.body, sent != request);
    wait(latency_ + byte_ * static_cast<double>(sent.body.size()));
    const HttpResponse answer = out->serve(sent);
    HttpResponse got = answer;
    if (on_response) on_response(got);
    tell(to_, from_, std::to_string(got.status), got.body, got != answer);
    wait(latency_ + byte_ * static_cast<double>(got.body.size()));
    return got;
}

}  // namespace assay::ohttp
