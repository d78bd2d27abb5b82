#include "models/ohttp/relay.hpp"

namespace assay::ohttp {

Result<Relay::Outgoing, HttpResponse> Relay::forward(const HttpRequest& from_client) {
    const auto id = ids_.open();
    if (!id) return HttpResponse{.status = 503};
    auto request = filtered(from_client, policy_, *id);
    if (!request) {
        ids_.close(*id);
        return request.error();
    }
    return Outgoing{*id, *std::move(request)};
}

HttpResponse Relay::answer(const HopId& id, const HttpResponse& from_gateway) {
    ids_.close(id);
    return filtered(from_gateway);
}

}  // namespace assay::ohttp
