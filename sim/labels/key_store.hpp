// Key slots: where keys lie in a modelled chip or guest, and how they end.
#pragma once
#include "sim/labels/slots.hpp"
#include "sim/labels/store.hpp"

namespace assay::labels {

class KeyStore;

/// A key in a slot. It opens nothing any more once the slot was zeroised or used again.
struct KeyRef {
    KeyStore* store = nullptr;
    std::size_t slot = 0;
    std::uint64_t id = 0;  // of the key, the same in every copy
    std::uint32_t generation = 0;
};

/// A registered store of equal slots; a key has the label of its owner's secrets.
class KeyStore {
public:
    KeyStore(Registry& registry, std::string name, std::size_t slots, std::size_t slot_size = 64);
    KeyStore(const KeyStore&) = delete;
    KeyStore& operator=(const KeyStore&) = delete;
    ~KeyStore();

    /// E_QUOTA without a free slot, E_LIMIT when the key is longer than one, E_ID_REUSE when the id is live
    /// here already. Ids are the platform's to give: equal ids are copies of one key.
    Result<KeyRef, Refusal> put(std::uint64_t id, KeyKind kind, const Subject& owner, ByteView key);
    /// E_KEY_UNKNOWN for a stale reference.
    Result<KeyRef, Refusal> copy(const KeyRef& key);
    /// Zeros, read back: E_SCRUB_VERIFY as LabelledStore::scrub. Without effect on a stale reference.
    Result<Nothing, Refusal> zeroise(const KeyRef& key);

    bool live(const KeyRef& key) const;
    /// Empty for a stale reference.
    ByteView bytes(const KeyRef& key) const;
    KeyKind kind(const KeyRef& key) const { return slots_.at(key.slot).kind; }
    Label label(const KeyRef& key) const { return slots_.at(key.slot).label; }
    /// Slots that hold this key.
    std::vector<KeyRef> copies(std::uint64_t id);
    std::size_t live_count() const;
    /// Every slot is empty, without a record: what power-on finds.
    void power_cycle();

    LabelledStore& store() { return store_; }
    const LabelledStore& store() const { return store_; }

private:
    struct KeySlot {
        bool live = false;
        std::uint64_t id = 0;
        std::uint32_t generation = 0;
        KeyKind kind{};
        Label label;
        std::size_t size = 0;
    };
    Range range(std::size_t slot) const { return {slot * slot_size_, slot_size_}; }

    LabelledStore store_;
    std::size_t slot_size_;
    std::vector<KeySlot> slots_;
};

}  // namespace assay::labels
