// An HTTP service of a simulation that is a function: for whoever stands behind a link and is no shell yet.
#pragma once
#include "models/ohttp/network_module.hpp"

namespace assay::ohttp {

class ServiceModule : public sc_core::sc_module, private HttpService {
public:
    sc_core::sc_export<HttpService> in{"in"};

    /// `handler` runs in the caller's thread, and may wait.
    ServiceModule(const sc_core::sc_module_name& name, HttpHandler handler)
        : sc_module(name), handler_(std::move(handler)) {
        in.bind(*this);
    }

private:
    HttpResponse serve(const HttpRequest& request) override { return handler_(request); }

    HttpHandler handler_;
};

}  // namespace assay::ohttp
