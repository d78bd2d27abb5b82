// The release of a key: eleven checks in one order, each with its own answer. Internal to models/kms.
#pragma once
#include "models/kms/key_service.hpp"
#include "models/kms/wrapping.hpp"

namespace assay::kms {

/// One request on its way through the rows; what a row finds is there for the rows after it.
struct ReleaseAttempt {
    const HttpRequest& request;
    std::string kid;  // from the path
    Instant now;

    std::string token{};
    Bytes nonce{};
    Wrapping wrapping{};
    const Caller* caller = nullptr;
    std::string scope{};  // the entry of the caller's list that names the key
    std::optional<VerifiedToken> evidence{};
    std::optional<StoredKey> key{};
    std::string pointer{};
    std::optional<crypto::PublicKey> wrapping_key{};
    std::string receipt{};
    Bytes wrapped{};
};

class Releaser {
public:
    /// All outlive it. Rates are shared with whoever else counts requests.
    Releaser(const Deployment& deployment, Store& store, KeyRing& keys, Ledger& ledger,
             const crypto::Context& context, RateLimiter& per_caller, RateLimiter& per_key);

    /// Null when the key may go: then `wrapped` holds it. Rows are tried in order; the first that does not
    /// hold decides. Nothing is recorded here.
    const Reason* run(ReleaseAttempt& attempt);

    struct Row {
        unsigned row;
        std::string_view name;
        const Reason* (Releaser::*check)(ReleaseAttempt&);
    };
    static std::span<const Row> rows();

private:
    const Reason* form(ReleaseAttempt& attempt);
    const Reason* caller(ReleaseAttempt& attempt);
    const Reason* rate(ReleaseAttempt& attempt);
    const Reason* nonce(ReleaseAttempt& attempt);
    const Reason* evidence(ReleaseAttempt& attempt);
    const Reason* existence(ReleaseAttempt& attempt);
    const Reason* state(ReleaseAttempt& attempt);
    const Reason* policy(ReleaseAttempt& attempt);
    const Reason* wrapping_key(ReleaseAttempt& attempt);
    const Reason* receipt(ReleaseAttempt& attempt);
    const Reason* wrap_key(ReleaseAttempt& attempt);

    const Deployment* deployment_;
    Store* store_;
    KeyRing* keys_;
    Ledger* ledger_;
    const crypto::Context* context_;
    RateLimiter *per_caller_, *per_key_;
};

/// The caller whose credential the one Authorization field carries as a bearer token; null for all else.
const Caller* authenticate(const std::vector<Caller>& callers, const HttpFields& fields);

/// The entry of the caller's list under which it may ask for that key.
std::optional<std::string> scope_of(const Caller& caller, std::string_view kid);

}  // namespace assay::kms
