// The port of key management services: HTTP as gateways and clients speak it, and what a suite needs to set
// the stage: whose tokens count, who may ask, what time it is, which keys there are.
#pragma once
#include <memory>
#include <set>

#include "conformance/targets/message_port.hpp"
#include "sim/base/clock.hpp"
#include "sim/base/event.hpp"
#include "sim/base/http.hpp"

namespace assay::conformance {

/// A symmetric key under a name.
struct KmsKey {
    std::string name;
    Bytes material;
    std::string policy;              // text
    std::string profile = "strict";  // or "azure-legacy"
    bool immutable = false;
};

/// HPKE keys that follow one another; the first one is made with the group.
struct KmsGroup {
    std::string name;
    std::string kem;  // "x25519", "p384"
    std::string policy;
    std::chrono::seconds interval{}, grace{};
};

/// One record of the audit trail.
struct KmsDecision {
    std::string caller, kid, verdict, code;
    unsigned status = 0;
    std::string text;  // all of it, as it is kept
};

/// One service under test. A case owns its port: nothing of one case is seen by the next.
class KmsPort {
public:
    virtual ~KmsPort() = default;

    /// Tokens for what this target can do besides answering requests: "issuers" (trust_issuer), "callers"
    /// (admit_caller), "clock", "keys" (import_key), "groups" (create_group, rotate), "revocation",
    /// "receipts" (hold_receipts, commit_receipts), "certificate", "audit", "restart", "storage".
    virtual std::set<std::string> capabilities() const = 0;

    virtual Result<HttpResponse, PortError> send(const HttpRequest& request) = 0;

    /// Tokens signed with ES384 by this key (SubjectPublicKeyInfo) count under that `iss` and `kid`. Their
    /// `eat_nonce` must be the nonce of the release.
    virtual Result<Nothing, PortError> trust_issuer(std::string_view url, std::string_view kid,
                                                    ByteView spki) = 0;
    /// `keys` are names, or beginnings of names followed by `*`.
    virtual Result<Nothing, PortError> admit_caller(std::string_view id, std::string_view credential,
                                                    bool administrator,
                                                    const std::vector<std::string>& keys) = 0;
    virtual Result<Nothing, PortError> set_clock(Instant now) = 0;

    /// `refused` where the service does not take the key or its policy.
    virtual Result<Nothing, PortError> import_key(const KmsKey& key) = 0;
    virtual Result<Nothing, PortError> create_group(const KmsGroup& group) = 0;
    virtual Result<Nothing, PortError> rotate(std::string_view group) = 0;
    virtual Result<Nothing, PortError> revoke(std::string_view kid) = 0;
    /// Keys made while receipts are held wait for theirs until commit_receipts.
    virtual Result<Nothing, PortError> hold_receipts(bool held) = 0;
    virtual Result<Nothing, PortError> commit_receipts() = 0;

    /// The service certificate that clients pin, DER.
    virtual Result<Bytes, PortError> service_certificate() = 0;
    virtual Result<std::vector<KmsDecision>, PortError> audit() = 0;
    /// The service ends and begins again on the same storage. Issuers, callers and the clock stay as they are
    /// set.
    virtual Result<Nothing, PortError> restart() = 0;
    /// All that a thief of the storage would have.
    virtual Result<Bytes, PortError> storage() = 0;

    virtual std::vector<Event> take_events() { return {}; }
};

}  // namespace assay::conformance
