// What a handle stands for: its Name, authValue and policy (TPM 2.0 Library 1.59, Part 1, 15 and 16).
#include "models/tpm/kdf.hpp"
#include "models/tpm/tpm.hpp"

namespace assay::tpm {
namespace {

bool is_visible(const Tpm& tpm, const NvIndex& index) {
    return index.area.has(nv_attribute::platform_create) ? tpm.clear.platform_nv_enabled
                                                         : tpm.clear.owner_enabled;
}

Rc handle_reference(std::size_t number) {
    return Rc{static_cast<std::uint32_t>(Rc::reference_h0) + static_cast<std::uint32_t>(number) - 1};
}

}  // namespace

bool Tpm::is_in_range(Handle handle) const {
    if (kind_of(handle) == Ht::transient) return handle - first_of(Ht::transient) < ram.slots.size();
    return !rule::is_session(handle) || (handle & 0x00FF'FFFF) < reset.sessions.size();
}

Rc Tpm::presence(Handle handle, std::size_t number, bool sees_all) {
    switch (kind_of(handle)) {
        case Ht::transient:
            return ram.slots[handle - first_of(Ht::transient)].is_free() ? handle_reference(number)
                                                                         : Rc::success;
        case Ht::persistent: {
            // Those of the platform are in the upper half (Part 2, 7.5).
            const bool is_owned = handle < persistent_platform;
            if (!(is_owned ? clear.owner_enabled : ram.platform_enabled))
                return at_handle(Rc::handle, number);
            if (!free_slot()) return Rc::object_memory;
            const auto found = permanent.persistent.find(handle);
            if (found == permanent.persistent.end()) return at_handle(Rc::handle, number);
            if (found->second->hierarchy == rh::endorsement && !clear.endorsement_enabled && !sees_all)
                return at_handle(Rc::handle, number);
            ++ram.borrowed_slots;  // it is used from there
            return Rc::success;
        }
        case Ht::nv_index: {
            const NvIndex* index = nv(handle);
            return index == nullptr || !is_visible(*this, *index) ? at_handle(Rc::handle, number)
                                                                  : Rc::success;
        }
        case Ht::hmac_session:
        case Ht::policy_session: {
            const std::size_t index = handle & 0x00FF'FFFF;
            if (reset.sessions[index].session == nullptr) return handle_reference(number);
            return reset.sessions[index].session->handle == handle ? Rc::success
                                                                   : at_handle(Rc::handle, number);
        }
        default: return is_enabled(handle) ? Rc::success : at_handle(Rc::hierarchy, number);
    }
}

SharedObject Tpm::object(Handle handle) const {
    if (kind_of(handle) == Ht::transient) {
        const std::size_t index = handle - first_of(Ht::transient);
        return index < ram.slots.size() ? ram.slots[index].object : nullptr;
    }
    const auto found = permanent.persistent.find(handle);
    return found == permanent.persistent.end() ? nullptr : found->second;
}

Sequence* Tpm::sequence(Handle handle) {
    if (kind_of(handle) != Ht::transient) return nullptr;
    const std::size_t index = handle - first_of(Ht::transient);
    return index < ram.slots.size() ? ram.slots[index].sequence.get() : nullptr;
}

Session* Tpm::session(Handle handle) {
    const std::size_t index = handle & 0x00FF'FFFF;
    if (!rule::is_session(handle) || index >= reset.sessions.size()) return nullptr;
    Session* found = reset.sessions[index].session.get();
    return found != nullptr && found->handle == handle ? found : nullptr;
}

NvIndex* Tpm::nv(Handle handle) {
    const auto found = permanent.nv.find(handle);
    return found == permanent.nv.end() ? nullptr : &found->second;
}
const NvIndex* Tpm::nv(Handle handle) const {
    const auto found = permanent.nv.find(handle);
    return found == permanent.nv.end() ? nullptr : &found->second;
}

void Tpm::remember_counter(const NvIndex& index) {
    if (nt_of(index.area.attributes) != Nt::counter || !index.area.has(nv_attribute::written)) return;
    const auto value = load<std::uint64_t>(index.data.bytes(), byte_order);
    permanent.highest_nv_counter = std::max(permanent.highest_nv_counter, value);
}

Bytes Tpm::name(Handle handle) const {
    if (rule::is_object(handle)) {
        const SharedObject found = object(handle);
        return found ? found->name : Bytes{};  // a sequence object has none
    }
    if (const NvIndex* index = nv(handle)) return name_of(index->area);
    return name_of(handle);
}

ByteView Tpm::auth_value(Handle handle) const {
    ByteView auth;
    if (const Sequence* running = const_cast<Tpm*>(this)->sequence(handle))
        auth = running->auth.bytes();
    else if (const SharedObject found_object = rule::is_object(handle) ? object(handle) : nullptr)
        return without_trailing_zeros(found_object->auth_value());  // the slot shares it: it stays
    else if (const NvIndex* index = nv(handle))
        auth = index->auth.bytes();
    else if (kind_of(handle) == Ht::pcr && is_in_pcr_group(handle))
        auth = clear.pcr_auth.bytes();
    else if (const HierarchyAccess* found = const_cast<Tpm*>(this)->access(handle))
        auth = found->auth.bytes();
    return without_trailing_zeros(auth);
}

AccessPolicy Tpm::policy(Handle handle) const {
    if (rule::is_object(handle)) {
        const SharedObject found = object(handle);
        return found && found->has_private() ? AccessPolicy{found->area.name_alg, found->area.auth_policy}
                                             : AccessPolicy{};
    }
    if (const NvIndex* index = nv(handle)) return {index->area.name_alg, index->area.auth_policy};
    if (has_pcr_policy(handle)) return permanent.pcr_policy;
    const HierarchyAccess* found = const_cast<Tpm*>(this)->access(handle);
    return found != nullptr ? found->policy : AccessPolicy{};
}

Handle Tpm::hierarchy_of(Handle handle) const {
    if (rule::is_object(handle)) {
        const SharedObject found = object(handle);
        return found ? found->hierarchy : Handle{rh::null};
    }
    if (const NvIndex* index = nv(handle))
        return index->area.has(nv_attribute::platform_create) ? rh::platform : rh::owner;
    return handle == rh::platform || handle == rh::endorsement ? handle : Handle{rh::owner};
}

bool Tpm::has_pcr_policy(Handle handle) const {
    return kind_of(handle) == Ht::pcr && is_in_pcr_group(handle) && permanent.pcr_policy.alg != Alg::null;
}

bool Tpm::is_da_exempt(Handle handle) const {
    if (rule::is_object(handle)) {
        const SharedObject found = object(handle);
        return !found || found->area.has(object_attribute::no_da);
    }
    if (const NvIndex* index = nv(handle)) return index->area.has(nv_attribute::no_da);
    return handle != rh::lockout;
}

bool Tpm::pin_allows(Handle handle) const {
    const NvIndex* index = nv(handle);
    if (index == nullptr || nt_of(index->area.attributes) < Nt::pin_fail) return true;
    if (!index->area.has(nv_attribute::written)) return false;
    const ByteView data = index->data.bytes();
    return load<std::uint32_t>(data, byte_order) < load<std::uint32_t>(data.subspan(4), byte_order);
}

void Tpm::count_pin(Handle handle, bool right) {
    NvIndex* index = nv(handle);
    if (index == nullptr || nt_of(index->area.attributes) < Nt::pin_fail) return;
    if (!index->area.has(nv_attribute::written)) return;
    const bool counts_failures = nt_of(index->area.attributes) == Nt::pin_fail;
    const auto count = load<std::uint32_t>(index->data.bytes(), byte_order);
    const std::uint32_t next = counts_failures ? (right ? 0 : count + 1) : (right ? count + 1 : count);
    index->data.write(0, store(next, byte_order));
}

}  // namespace assay::tpm
