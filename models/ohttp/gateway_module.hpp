// SystemC shell of the gateway in the confidential VM.
#pragma once
#include "models/ohttp/gateway_front.hpp"
#include "models/ohttp/network_module.hpp"

namespace assay::ohttp {

/// One request at a time; others wait. Opening takes `ohttp.open` whatever comes of it, sealing `ohttp.seal`.
class GatewayModule : public sc_core::sc_module, private HttpService {
public:
    sc_core::sc_export<HttpService> in{"in"};

    /// What a gateway is made of; all of it outlives the module. The workspace is modelled memory.
    struct Parts {
        const crypto::Context& context;
        const Clock& clock;
        ReplayWindow& window;
        Resource& resource;  // it may wait
        Workspace workspace;
    };
    GatewayModule(const sc_core::sc_module_name& name, const Parts& parts, GatewayPolicy policy,
                  const kernel::TimingProfile& profile, EventSink& events);

    /// As power-on leaves it: without keys.
    void reset();
    /// For keys: the KMS releases them to the guest, and the guest hands them on.
    Gateway& core() { return *core_; }
    const GatewayFront& front() const { return *front_; }

private:
    HttpResponse serve(const HttpRequest& request) override;
    void tell(std::string name);

    Parts parts_;
    GatewayPolicy policy_;
    sc_core::sc_time open_, seal_;
    EventSink& events_;
    std::optional<Gateway> core_;
    std::optional<GatewayFront> front_;
    sc_core::sc_mutex worker_{"worker"};
};

}  // namespace assay::ohttp
