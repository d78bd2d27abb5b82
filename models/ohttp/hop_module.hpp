// SystemC shells of relay and load balancer.
#pragma once
#include <optional>

#include "models/ohttp/balancer.hpp"
#include "models/ohttp/network_module.hpp"
#include "models/ohttp/relay.hpp"

namespace assay::ohttp {

/// Each request takes `ohttp.relay`.
class RelayModule : public sc_core::sc_module, private HttpService {
public:
    sc_core::sc_export<HttpService> in{"in"};
    sc_core::sc_port<HttpService> out{"out"};

    /// All outlive it. Throws std::out_of_range when the profile lacks the figure.
    RelayModule(const sc_core::sc_module_name& name, Random& random, const HopPolicy& policy,
                const kernel::TimingProfile& profile, EventSink& events);

    /// As power-on leaves it: nothing is pending.
    void reset() { core_.emplace(random_, policy_); }
    const Relay& core() const { return *core_; }

private:
    HttpResponse serve(const HttpRequest& request) override;

    Random& random_;
    HopPolicy policy_;
    sc_core::sc_time time_;
    EventSink& events_;
    std::optional<Relay> core_;
};

/// Each request takes `ohttp.balancer`. Nodes are numbered in the order in which they are bound; none is
/// ready after a reset.
class BalancerModule : public sc_core::sc_module, private HttpService {
public:
    sc_core::sc_export<HttpService> in{"in"};
    sc_core::sc_port<HttpService, 0> nodes{"nodes"};

    BalancerModule(const sc_core::sc_module_name& name, std::size_t node_count, Random& random,
                   const HopPolicy& policy, const kernel::TimingProfile& profile, EventSink& events);

    void reset() { core_.emplace(random_, node_count_, policy_); }
    void set_ready(std::size_t node, bool ready) { core_->set_ready(node, ready); }
    const Balancer& core() const { return *core_; }

private:
    HttpResponse serve(const HttpRequest& request) override;
    void end_of_elaboration() override;

    std::size_t node_count_;
    Random& random_;
    HopPolicy policy_;
    sc_core::sc_time time_;
    EventSink& events_;
    std::optional<Balancer> core_;
};

}  // namespace assay::ohttp
