// The key management service: attested platforms get keys, clients get key configurations with receipts.
//
//     kms::Store store;                                     // in memory; with a file: durable
//     kms::KeyService service{deployment, store, context, clock, root_key};
//     service.create_group({"prompt", kms::KeyKind::hpke_x25519, {policy}, rotation});
//     service.import_key("model", model_key, {policy});
//
//     service.handle({"GET", "/v1/keys"});                  // clients: [{kid, keyId, publicKey, receipt}]
//     service.handle({"POST", "/v1/challenge", bearer});    // gateway: {"nonce": base64url, "expires": time}
//     service.handle({"POST", "/v1/keys/prompt-10/release", bearer, {"token", "nonce", "enc"}});
//         // {"kid", "version", "format", "enc", "wrapped": base64url, "receipt"}, or a problem document
//
// The token must come from a trusted issuer and carry the nonce of the challenge in `eat_nonce`; the answer
// is wrapped to the vTPM key that the token names, and to no other.
#pragma once
#include "models/kms/key_ring.hpp"
#include "models/kms/rate_limit.hpp"
#include "models/kms/token.hpp"
#include "sim/base/http.hpp"

namespace assay::kms {

/// Who may ask: told by a bearer credential (RFC 6750), of which the digest alone is known here.
struct Caller {
    std::string id;
    Bytes credential_digest;  // SHA-256
    bool administrator = false;
    std::vector<std::string> keys{};  // names of keys, or beginnings of names followed by `*`
};

struct Deployment {
    std::vector<TrustedIssuer> issuers{};
    std::vector<Caller> callers{};
    RateLimit per_caller{}, per_key{};
    KeyRing::Rules keys{};
    std::chrono::seconds nonce_life{300};
    bool sha1_wrapping = false;  // CKM_RSA_AES_KEY_WRAP
};

/// One thread at a time. Everything handed in outlives it.
class KeyService {
public:
    /// `root_key` has 32 bytes and is not kept. Throws StoreError, and std::runtime_error when the store was
    /// sealed under another root key.
    KeyService(Deployment deployment, Store& store, const crypto::Context& context, const Clock& clock,
               const Secret& root_key);
    ~KeyService();
    KeyService(const KeyService&) = delete;
    KeyService& operator=(const KeyService&) = delete;

    /// Any request gets an answer; nothing throws. Refusals are problem documents (RFC 9457) that repeat
    /// nothing of the request. A store that fails is 500.
    HttpResponse handle(const HttpRequest& request);

    /// The highest time seen so far, also by an earlier run on the same store.
    Instant now();

    // For whoever runs the service; recorded like the requests of administrators.
    Result<StoredKey, Refused> create_group(const KeyGroup& group);
    Result<StoredKey, Refused> rotate(std::string_view group, const std::optional<ReleaseTerms>& terms = {});
    Result<StoredKey, Refused> import_key(std::string_view name, const Secret& material,
                                          const ReleaseTerms& terms);
    Result<StoredKey, Refused> revoke(std::string_view kid);
    /// While receipts are held, new keys wait for one; commit_receipts gives it to all that do.
    void hold_receipts(bool held);
    void commit_receipts();

    void trust(TrustedIssuer issuer);
    void admit(Caller caller);

    /// What clients pin.
    const crypto::Certificate& certificate() const;
    std::vector<AuditRecord> audit();
    /// How many decisions are recorded, and the last of them (std::logic_error when there is none).
    std::int64_t audit_size();
    AuditRecord last_decision();

    struct Parts;

private:
    std::unique_ptr<Parts> parts_;
};

/// The row of the route table, for documentation and tests: "POST /v1/keys/{kid}/release".
struct RouteInfo {
    std::string_view method, path, who, meaning;
};
std::span<const RouteInfo> routes();

/// One row of the release, in order: what is checked, and the answers that only this row gives.
struct ReleaseCheckInfo {
    unsigned row;
    std::string_view name;
};
std::span<const ReleaseCheckInfo> release_checks();

}  // namespace assay::kms
