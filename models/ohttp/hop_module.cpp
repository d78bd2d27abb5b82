#include "models/ohttp/hop_module.hpp"

namespace assay::ohttp {
namespace {

void tell_refusal(EventSink& events, const char* actor, unsigned status) {
    Event event{.kind = Event::Kind::check, .actor = actor, .name = "request"};
    event.outcome = Event::Outcome::refused;
    event.detail = "status " + std::to_string(status);
    events.on(std::move(event));
}

}  // namespace

RelayModule::RelayModule(const sc_core::sc_module_name& name, Random& random, const HopPolicy& policy,
                         const kernel::TimingProfile& profile, EventSink& events)
    : sc_module(name), random_(random), policy_(policy), time_(profile.time("ohttp.relay")), events_(events) {
    in.bind(*this);
    reset();
}

HttpResponse RelayModule::serve(const HttpRequest& request) {
    wait(time_);
    const auto outgoing = core_->forward(request);
    if (!outgoing) {
        tell_refusal(events_, "relay", outgoing.error().status);
        return outgoing.error();
    }
    return core_->answer(outgoing->id, out->serve(outgoing->request));
}

BalancerModule::BalancerModule(const sc_core::sc_module_name& name, std::size_t node_count, Random& random,
                               const HopPolicy& policy, const kernel::TimingProfile& profile,
                               EventSink& events)
    : sc_module(name),
      node_count_(node_count),
      random_(random),
      policy_(policy),
      time_(profile.time("ohttp.balancer")),
      events_(events) {
    in.bind(*this);
    reset();
}

void BalancerModule::end_of_elaboration() {
    if (static_cast<std::size_t>(nodes.size()) != node_count_)
        SC_REPORT_FATAL(name(), "as many nodes must be bound as there are");
}

HttpResponse BalancerModule::serve(const HttpRequest& request) {
    wait(time_);
    const auto routed = core_->route(request);
    if (!routed) {
        tell_refusal(events_, "balancer", routed.error().status);
        return routed.error();
    }
    return core_->answer(routed->id, nodes[static_cast<int>(routed->node)]->serve(routed->request));
}

}  // namespace assay::ohttp
