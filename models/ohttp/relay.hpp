// The relay (RFC 9458, 2): it knows clients and never sees a message in the clear.
//
//     auto out = relay.forward(from_client);
//     if (!out) return out.error();
//     return relay.answer(out->id, send_to_gateway(out->request));
#pragma once
#include "models/ohttp/hop.hpp"

namespace assay::ohttp {

/// One relay resource, which stands for one gateway. It keeps no address, no field and no id of a client, and
/// never repeats a request by itself.
class Relay {
public:
    /// `random` outlives it.
    explicit Relay(Random& random, HopPolicy policy = {}) : ids_(random), policy_(std::move(policy)) {}

    struct Outgoing {
        HopId id;
        HttpRequest request;
    };
    /// Or the answer to a request that does not go on.
    Result<Outgoing, HttpResponse> forward(const HttpRequest& from_client);
    HttpResponse answer(const HopId& id, const HttpResponse& from_gateway);

    const HopIds& ids() const { return ids_; }

private:
    HopIds ids_;
    HopPolicy policy_;
};

}  // namespace assay::ohttp
