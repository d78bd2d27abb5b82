// SystemC shell of the key management service: it answers HTTP, and takes its time.
#pragma once
#include "models/kms/key_service.hpp"
#include "models/ohttp/network_module.hpp"

namespace assay::kms {

/// One request at a time; others wait. A release takes `kms.release`, every other request `kms.request`. The
/// service stands across the network: a reset of the platform does not touch it.
class KmsModule : public sc_core::sc_module, private ohttp::HttpService {
public:
    sc_core::sc_export<ohttp::HttpService> in{"in"};

    /// `service` and `events` outlive it. Throws std::out_of_range when the profile lacks a figure.
    KmsModule(const sc_core::sc_module_name& name, KeyService& service, const kernel::TimingProfile& profile,
              EventSink& events);

private:
    HttpResponse serve(const HttpRequest& request) override;

    KeyService& service_;
    sc_core::sc_time request_, release_;
    EventSink& events_;
    sc_core::sc_mutex desk_{"desk"};
};

}  // namespace assay::kms
