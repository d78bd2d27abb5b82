// SystemC shell of the verifier: it answers HTTP, and takes its time.
#pragma once
#include "models/ohttp/network_module.hpp"
#include "models/verifier/attestation_endpoint.hpp"

namespace assay::verifier {

/// An appraisal takes `verifier.appraise`, everything else `verifier.request`. It stands across the network:
/// a reset of the platform does not touch it.
class VerifierModule : public sc_core::sc_module, private ohttp::HttpService {
public:
    sc_core::sc_export<ohttp::HttpService> in{"in"};

    /// `endpoint` and `events` outlive it. Throws std::out_of_range when the profile lacks a figure.
    VerifierModule(const sc_core::sc_module_name& name, AttestationEndpoint& endpoint,
                   const kernel::TimingProfile& profile, EventSink& events)
        : sc_module(name),
          endpoint_(endpoint),
          request_(profile.time("verifier.request")),
          appraise_(profile.time("verifier.appraise")),
          events_(events) {
        in.bind(*this);
    }

private:
    HttpResponse serve(const HttpRequest& request) override {
        wait(request.target.find("nonce=") != std::string::npos ? appraise_ : request_);
        HttpResponse answer = endpoint_.handle(request);
        constexpr unsigned first_error = 400;
        Event event{.kind = Event::Kind::check, .actor = "verifier", .name = "appraisal"};
        if (answer.status >= first_error) {
            event.outcome = Event::Outcome::refused;
            event.detail = as_text(answer.body);
        }
        events_.on(std::move(event));
        return answer;
    }

    AttestationEndpoint& endpoint_;
    sc_core::sc_time request_, appraise_;
    EventSink& events_;
};

}  // namespace assay::verifier
