#include "sim/labels/key_store.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/labels/registry.hpp"

namespace assay::labels {

KeyStore::KeyStore(Registry& registry, std::string name, std::size_t slots, std::size_t slot_size)
    : store_(registry, {std::move(name), StoreKind::key_slots, slots * slot_size, true, {}}),
      slot_size_(slot_size),
      slots_(slots) {
    registry.key_stores_.push_back(this);
}

KeyStore::~KeyStore() { std::erase(store_.registry().key_stores_, this); }

Result<KeyRef, Refusal> KeyStore::put(std::uint64_t id, KeyKind kind, const Subject& owner, ByteView key) {
    if (key.empty() || key.size() > slot_size_)
        return Refusal{"E_LIMIT", "a key of " + std::to_string(key.size()) + " bytes", store_.name(),
                       "1 to " + std::to_string(slot_size_)};
    const auto taken = [&](const KeySlot& slot) {
        return slot.live && slot.id == id;
    };
    if (std::ranges::any_of(slots_, taken))
        return Refusal{"E_ID_REUSE", "the key id is live already", store_.name(), "one slot for each key"};
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        KeySlot& slot = slots_[i];
        if (slot.live || !store_.usable(range(i))) continue;
        const Label label = store_.registry().label(owner, DataClass::key);
        store_.write(range(i).at, key, label);
        slot = {true, id, slot.generation + 1, kind, label, key.size()};
        return KeyRef{this, i, id, slot.generation};
    }
    return Refusal{"E_QUOTA", "no free key slot", store_.name(), std::to_string(slots_.size()) + " slots"};
}

Result<KeyRef, Refusal> KeyStore::copy(const KeyRef& key) {
    const ByteView value = key.store == nullptr ? ByteView{} : key.store->bytes(key);
    if (value.empty()) return Refusal{"E_KEY_UNKNOWN", "the key is not live", store_.name(), "a live key"};
    const auto owner = store_.registry().slots().owner(key.store->label(key).byte);
    if (!owner) return Refusal{"E_KEY_UNKNOWN", "the owner is not live", store_.name(), "a live subject"};
    return put(key.id, key.store->kind(key), *owner, value);
}

Result<Nothing, Refusal> KeyStore::zeroise(const KeyRef& key) {
    if (!live(key)) return Nothing{};
    slots_[key.slot].live = false;
    auto gone = store_.scrub(range(key.slot), ScrubMethod::overwrite_zero);
    if (gone) store_.registry().add(KeyEnd{store_.registry().now_ps(), key.id, store_.name()});
    return gone;
}

bool KeyStore::live(const KeyRef& key) const {
    return key.store == this && key.slot < slots_.size() && slots_[key.slot].live &&
           slots_[key.slot].generation == key.generation && slots_[key.slot].id == key.id;
}

ByteView KeyStore::bytes(const KeyRef& key) const {
    if (!live(key)) return {};
    return store_.bytes({range(key.slot).at, slots_[key.slot].size});
}

std::vector<KeyRef> KeyStore::copies(std::uint64_t id) {
    std::vector<KeyRef> out;
    for (std::size_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].live && slots_[i].id == id) out.push_back({this, i, id, slots_[i].generation});
    return out;
}

std::size_t KeyStore::live_count() const {
    return static_cast<std::size_t>(std::ranges::count_if(slots_, &KeySlot::live));
}

void KeyStore::power_cycle() {
    for (KeySlot& slot : slots_) slot.live = false;
    store_.power_cycle();
}

}  // namespace assay::labels
