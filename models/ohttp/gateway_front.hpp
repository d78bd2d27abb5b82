// The gateway as an HTTP server sees it: two targets, and a resource behind them.
//
//     GatewayFront front{gateway, workspace};
//     HttpEndpoint endpoint{[&](const HttpRequest& request) { return front.handle(request, resource); }};
#pragma once
#include "models/ohttp/gateway.hpp"
#include "models/ohttp/hop.hpp"
#include "models/ohttp/resource.hpp"

namespace assay::ohttp {

/// In two steps, so that time can pass between them; handle() is both. One request at a time. What a step
/// needs of the one before is kept here: nothing secret stands on a stack meanwhile.
class GatewayFront {
public:
    /// `gateway` and the memory of `workspace` outlive it.
    GatewayFront(Gateway& gateway, const Workspace& workspace, HopPolicy policy = {})
        : gateway_(gateway), workspace_(workspace), policy_(std::move(policy)) {}

    /// The answer, where there is one already: of the key configurations, a refusal. Nothing when a request
    /// was opened and waits for finish().
    std::optional<HttpResponse> begin(const HttpRequest& request);
    /// The resource's answer, sealed; the workspace is zeros afterwards.
    HttpResponse finish(Resource& resource);

    HttpResponse handle(const HttpRequest& request, Resource& resource) {
        if (auto answer = begin(request)) return *std::move(answer);
        return finish(resource);
    }

    /// Why the last request was refused; empty when it was not.
    std::string_view last_code() const { return last_code_; }
    const std::string& last_where() const { return last_where_; }
    std::uint64_t served() const { return served_; }
    std::uint64_t refused() const { return refused_; }

private:
    HttpResponse refuse(Refused refused);

    Gateway& gateway_;
    Workspace workspace_;
    HopPolicy policy_;
    std::optional<Gateway::Opened> opened_;
    std::string_view last_code_;
    std::string last_where_;
    std::uint64_t served_ = 0, refused_ = 0;
};

}  // namespace assay::ohttp
