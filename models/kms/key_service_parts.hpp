// The inside of the key management service: what all routes share. Internal to models/kms.
#pragma once
#include <functional>

#include "models/kms/release.hpp"

namespace assay::kms {

/// A request on its way to the handler of its route.
struct Exchange {
    const HttpRequest& request;
    std::vector<std::string_view> names{};  // what stands for {kid} in the path, in order
    std::string_view query{};
    const Caller* caller = nullptr;  // of routes that are not for anyone
    Instant now{};
};

struct KeyService::Parts {
    Parts(Deployment given, Store& kept, const crypto::Context& crypto, const Clock& time,
          const Secret& root_key);

    Deployment deployment;
    Store& store;
    const crypto::Context& context;
    const Clock& clock;
    Instant highest;
    Sealer sealer;
    Ledger ledger;
    KeyRing keys;
    RateLimiter per_caller, per_key;
    Releaser releaser;

    HttpResponse answer(const HttpRequest& request);

    /// The time now, never before an earlier one; what it brings is done and durable when this returns.
    Instant step();

    /// Durable when it returns.
    void record(AuditRecord record);
    /// A change of keys and its record, both or neither; a refusal is recorded, too.
    Result<StoredKey, Refused> change(std::string_view action, std::string_view caller, std::string_view kid,
                                      const std::function<Result<StoredKey, Refused>(Instant)>& make);

    // For anyone.
    HttpResponse list_keys(Exchange& exchange);
    HttpResponse list_configs(Exchange& exchange);
    HttpResponse get_receipt(Exchange& exchange);
    HttpResponse get_service(Exchange& exchange);
    HttpResponse get_import_key(Exchange& exchange);
    // For gateways.
    HttpResponse challenge(Exchange& exchange);
    HttpResponse release(Exchange& exchange);
    // For administrators.
    HttpResponse import_wrapped(Exchange& exchange);
    HttpResponse rotate_group(Exchange& exchange);
    HttpResponse revoke_key(Exchange& exchange);
    HttpResponse get_audit(Exchange& exchange);

    crypto::PrivateKey import_key_pair();
};

/// A problem document (RFC 9457): `{type, title, status, code}`, and `pointer` where a policy is at fault.
HttpResponse problem(const Reason* why, std::string_view pointer = {});
HttpResponse json_answer(unsigned status, const nlohmann::json& body);
HttpResponse text_answer(unsigned status, std::string_view media_type, std::string_view body);
/// 202: come again in three seconds.
HttpResponse later();

}  // namespace assay::kms
