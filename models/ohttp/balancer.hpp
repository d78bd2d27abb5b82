// The load balancer in front of the gateways: it ends the transport of the relay, sees ciphertext only, and
// chooses a node without looking at the request.
#pragma once
#include "models/ohttp/hop.hpp"

namespace assay::ohttp {

class Balancer {
public:
    /// `nodes` are numbered from 0 and not ready at first. `random` outlives it.
    Balancer(Random& random, std::size_t nodes, HopPolicy policy = {})
        : random_(random), ids_(random), policy_(std::move(policy)), ready_(nodes, false) {}

    void set_ready(std::size_t node, bool ready) { ready_.at(node) = ready; }

    struct Routed {
        std::size_t node;
        HopId id;
        HttpRequest request;
    };
    /// A node that is ready, each with the same probability, whatever the request. 503 when there is none.
    Result<Routed, HttpResponse> route(const HttpRequest& from_relay);
    HttpResponse answer(const HopId& id, const HttpResponse& from_node);

    const HopIds& ids() const { return ids_; }

private:
    std::size_t choose(std::size_t count);

    Random& random_;
    HopIds ids_;
    HopPolicy policy_;
    std::vector<bool> ready_;
};

}  // namespace assay::ohttp
