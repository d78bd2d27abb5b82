// Keys and their lives: made, imported, rotated, revoked, erased.
//
// An HPKE key is `pending` until its receipt is there, `active` and published for `interval`, in `grace` and
// no longer published, but still released, for `grace`, then `expired`: its material is gone. A newer key of
// the group sends the active one into grace at once. Time never goes back: callers hand in the highest time
// seen.
#pragma once
#include "models/kms/codes.hpp"
#include "models/kms/ledger.hpp"

namespace assay::kms {

enum class KeyState : std::uint8_t { pending, active, grace, expired, revoked };
std::string_view name(KeyState state);
KeyState state_of(const StoredKey& key, Instant now);

struct KeyGroup {
    std::string name;
    KeyKind kind = KeyKind::hpke_x25519;
    ReleaseTerms terms;
    std::optional<RotationPolicy> rotation{};  // none: keys never expire
};

/// Why an administrator's request is refused; `pointer` leads into the policy where that is at fault.
struct Refused {
    const Reason* why = nullptr;
    std::string pointer{};
};

/// Callers put a Transaction around each change, and commit it only where it succeeded.
class KeyRing {
public:
    struct Rules {
        /// An OHTTP key id is used again no sooner than this after its earlier key was erased.
        std::chrono::seconds id_reuse_window{3600};
        /// Receipts come at once; else with Ledger::commit and settle().
        bool receipts_at_once = true;
    };
    /// All outlive it.
    KeyRing(Store& store, Ledger& ledger, const Sealer& sealer, const crypto::Context& context, Rules rules);

    /// The group and its first key. Names have 1 to 64 letters, digits, `.`, `_`, `-`.
    Result<StoredKey, Refused> create_group(const KeyGroup& group, Instant now);
    /// The next key of a group: kid `<group>-<id>`, OHTTP key id 10 + (n mod 90). Other terms, unless
    /// immutable, hold for the new key and leave the old one's as they are.
    Result<StoredKey, Refused> rotate(std::string_view group, Instant now,
                                      const std::optional<ReleaseTerms>& terms = {});
    /// 16 to 4096 bytes of key under a name; the next version where there is one already.
    Result<StoredKey, Refused> import_key(std::string_view name, const Secret& material,
                                          const ReleaseTerms& terms, Instant now);
    /// For good: all versions lose their material.
    Result<StoredKey, Refused> revoke(std::string_view kid, Instant now);

    /// What time brings: groups whose key has lapsed get the next one, expired keys lose their material.
    void maintain(Instant now);
    void hold_receipts(bool held) { rules_.receipts_at_once = !held; }
    /// Pending keys that have their receipt by now become active.
    void settle(Instant now);

    std::optional<StoredKey> find(std::string_view kid) { return store_->find_key(kid); }
    /// The one active key of each group, in order of kid.
    std::vector<StoredKey> published(Instant now);
    /// The material in the form in which it is released: the CBOR key map of a P-384 key, else raw bytes.
    /// Nothing once it is erased.
    std::optional<Secret> payload(const StoredKey& key) const;

private:
    Result<StoredKey, Refused> admit(StoredKey key, const Secret& material, Instant now);
    void activate(StoredKey& key, Instant now);
    bool may_use_id(std::string_view group, std::uint8_t id, Instant now);

    Store* store_;
    Ledger* ledger_;
    const Sealer* sealer_;
    const crypto::Context* context_;
    Rules rules_;
};

/// Bytes of the payload, known without opening it.
std::size_t payload_size(const StoredKey& key);

/// "cbor-key" or "raw".
std::string_view payload_format(KeyKind kind);

}  // namespace assay::kms
