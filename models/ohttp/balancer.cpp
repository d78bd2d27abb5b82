#include "models/ohttp/balancer.hpp"

#include <algorithm>

namespace assay::ohttp {

/// A number below `count`, each with the same probability.
std::size_t Balancer::choose(std::size_t count) {
    const std::uint64_t limit = ~std::uint64_t{0} - ~std::uint64_t{0} % count;
    for (;;) {
        std::array<std::uint8_t, sizeof(std::uint64_t)> raw{};
        random_.fill(raw);
        const auto value = load<std::uint64_t>(raw, std::endian::big);
        if (value < limit) return static_cast<std::size_t>(value % count);
    }
}

Result<Balancer::Routed, HttpResponse> Balancer::route(const HttpRequest& from_relay) {
    std::vector<std::size_t> ready;
    for (std::size_t node = 0; node < ready_.size(); ++node)
        if (ready_[node]) ready.push_back(node);
    const auto id = ready.empty() ? std::nullopt : ids_.open();
    if (!id) return HttpResponse{.status = 503};
    auto request = filtered(from_relay, policy_, *id);
    if (!request) {
        ids_.close(*id);
        return request.error();
    }
    return Routed{ready[choose(ready.size())], *id, *std::move(request)};
}

HttpResponse Balancer::answer(const HopId& id, const HttpResponse& from_node) {
    ids_.close(id);
    return filtered(from_node);
}

}  // namespace assay::ohttp
