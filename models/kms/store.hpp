// What the key management service keeps: keys (sealed), groups, nonces, the ledger, the audit trail.
#pragma once
#include <map>

#include "models/kms/database.hpp"
#include "models/kms/release_policy.hpp"
#include "sim/base/clock.hpp"

namespace assay::kms {

/// `oct` is any symmetric key (a model's, a disk's); the others are HPKE keys of an OHTTP key configuration.
enum class KeyKind : std::uint8_t { oct, hpke_x25519, hpke_p384 };

/// What must hold before a key leaves.
struct ReleaseTerms {
    std::string policy;  // text, as given: its digest is over these bytes
    PolicyProfile profile = PolicyProfile::strict;
    bool immutable = false;  // no version of this name ever has another policy
};

struct RotationPolicy {
    std::chrono::seconds interval{};  // how long a key is published
    std::chrono::seconds grace{};     // how long it is released after that
};

struct StoredKey {
    std::string kid;
    std::int64_t version = 1;
    std::string group;  // empty: an imported key
    KeyKind kind{};
    std::optional<std::uint8_t> key_id;  // of the OHTTP key configuration
    Bytes sealed;                        // empty once erased
    Bytes published;                     // the key configuration; of an `oct` key its statement
    ReleaseTerms terms;
    Bytes policy_digest;
    Instant created{};
    std::optional<Instant> active_until{}, erase_at{};
    bool revoked = false;
    std::int64_t leaf = 0;  // in the ledger
    bool receipted = false;
};

struct StoredGroup {
    std::string name;
    KeyKind kind{};
    ReleaseTerms terms;
    std::optional<RotationPolicy> rotation;
    std::int64_t made = 0;  // keys so far
};

/// A decision, as it was written before it was answered. No key, no token, no value of a claim.
struct AuditRecord {
    std::int64_t sequence = 0;
    Instant at{};
    std::string action;  // "release", "import", "rotate", "revoke", ...
    std::string caller;  // id; empty: nobody that is known
    std::string kid;
    std::int64_t version = 0;
    Bytes policy_digest, evidence_digest;
    std::string verdict;  // "released", "refused", "pending", "done"
    unsigned status = 0;
    std::string code, reason;  // of the problem document, of codes.hpp
    std::string pointer;       // into the policy: the first condition that failed
    std::string receipt;       // its id
    Bytes chain;  // SHA-256(the chain before || this record): a record that is taken out or changed shows
};

struct Leaf {
    std::int64_t sequence = 0;
    Bytes write_set_digest;
    std::string commit_evidence;
    Bytes claims_digest;
};

/// Tables as they are: what may be written when is the business of the callers, who also put a Transaction
/// around what belongs together. Throws StoreError when SQLite fails.
class Store {
public:
    /// See Database. Throws StoreError for a file of another layout.
    explicit Store(const std::optional<std::filesystem::path>& file = {});
    Database& database() { return database_; }

    void put_key(const StoredKey& key);  // new, or the same kid and version again
    /// The highest version.
    std::optional<StoredKey> find_key(std::string_view kid);
    std::vector<StoredKey> keys();
    std::vector<StoredKey> keys_of(std::string_view group);

    void put_group(const StoredGroup& group);
    std::optional<StoredGroup> find_group(std::string_view name);
    std::vector<StoredGroup> groups();

    enum class Nonce : std::uint8_t { burnt_now, unknown, consumed, expired };
    void add_nonce(ByteView nonce, std::string_view caller, Instant expires);
    /// Marks it as used if it was not; what is `unknown` to this caller stays as it is.
    Nonce burn_nonce(ByteView nonce, std::string_view caller, Instant now);
    std::int64_t open_nonces(std::string_view caller, Instant now);
    void forget_nonces(Instant expired_before);

    /// Fills sequence and chain.
    void append(AuditRecord& record);
    /// From that sequence number on.
    std::vector<AuditRecord> audit(std::int64_t from = 1);
    std::int64_t audit_size();

    std::int64_t append(const Leaf& leaf);
    std::vector<Leaf> leaves();
    void put_receipt(std::int64_t leaf, std::string_view json);
    std::optional<std::string> receipt(std::int64_t leaf);

    /// Small things by name: sealed keys of the service, its certificates, the highest time seen.
    std::optional<Bytes> find(std::string_view name);
    void put(std::string_view name, ByteView value);

private:
    Database database_;
};

/// The digest that `record.chain` must have after `before`.
Bytes audit_chain(ByteView before, const AuditRecord& record);

}  // namespace assay::kms
