// Non-volatile memory, and the memory that TPM2_Shutdown(STATE) saves, as bytes.
#include "models/tpm/state_format.hpp"

#include "models/tpm/saved_content.hpp"
#include "models/tpm/state_parts.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::tpm {
namespace {

struct SavedPersistent {
    Handle handle = 0;
    SavedObject object{};
    static constexpr auto wire() {
        return std::tuple{field("handle", &SavedPersistent::handle),
                          field("object", &SavedPersistent::object)};
    }
};
struct SavedIndex {
    TpmsNvPublic area{};
    Secret64 auth{};
    SecretTpm2b<TpmsNvPublic::max_data_size> data{};
    static constexpr auto wire() {
        using I = SavedIndex;
        return std::tuple{field("area", &I::area), field("auth", &I::auth), field("data", &I::data)};
    }
};
struct SavedSession {
    std::uint8_t is_saved = 0;
    Handle handle = 0;
    std::uint64_t sequence = 0;
    static constexpr auto wire() {
        using S = SavedSession;
        return std::tuple{field("isSaved", &S::is_saved), field("handle", &S::handle),
                          field("sequence", &S::sequence)};
    }
};

/// Everything. Numbers are u64 where their width does not matter.
struct SavedState {
    SavedHierarchy owner{}, endorsement{}, platform{}, lockout{}, null{};
    List<SavedPersistent, std::uint32_t, 4096> persistent{};
    List<SavedIndex, std::uint32_t, 65536> nv{};
    List<Cc, std::uint32_t, 256> audited{};
    List<std::uint32_t, std::uint8_t, bank_count> pcr_allocation{};
    List<std::uint64_t, std::uint8_t, 64> numbers{};  // as they are visited; then Clock and its safety
    Tpm2bDigest command_audit_digest{};
    Tpm2bDigest pcr_policy{};
    Secret64 pcr_auth{};
    List<SavedSession, std::uint16_t, 4096> sessions{};
    Blob<std::uint16_t, 8192> pcrs{};
    static constexpr auto wire() {
        using S = SavedState;
        return std::tuple{field("owner", &S::owner),
                          field("endorsement", &S::endorsement),
                          field("platform", &S::platform),
                          field("lockout", &S::lockout),
                          field("null", &S::null),
                          field("persistent", &S::persistent),
                          field("nv", &S::nv),
                          field("audited", &S::audited),
                          field("pcrAllocation", &S::pcr_allocation),
                          field("numbers", &S::numbers),
                          field("commandAuditDigest", &S::command_audit_digest),
                          field("pcrPolicy", &S::pcr_policy),
                          field("pcrAuth", &S::pcr_auth),
                          field("sessions", &S::sessions),
                          field("pcrs", &S::pcrs)};
    }
};

/// All numbers and flags, once, for both directions.
template <class TpmLike, class Visit>
void each_permanent_number(TpmLike& tpm, Visit visit) {
    auto& p = tpm.permanent;
    visit(p.highest_nv_counter);
    visit(p.da.failed_tries);
    visit(p.da.max_tries);
    visit(p.da.recovery_time);
    visit(p.da.lockout_recovery);
    visit(p.da.lockout_auth_enabled);
    visit(p.da.is_used);
    visit(p.pcr_policy.alg);
    visit(p.is_clear_disabled);
    visit(p.is_established);
    visit(p.audit.hash);
    visit(p.audit.counter);
    visit(p.reset_count);
    visit(p.total_reset_count);
    visit(p.time_epoch);
    visit(p.orderly);
}
/// As large as its type wants it.
bool is_index(const SavedIndex& one) {
    const std::size_t size = one.data.value.size();
    if (size != one.area.data_size) return false;
    switch (nt_of(one.area.attributes)) {
        case Nt::ordinary: return true;
        case Nt::extend: return size == digest_size(one.area.name_alg);
        default: return size == sizeof(std::uint64_t);
    }
}

/// What TPM2_EvictControl makes persistent, where it does.
bool is_persistent(const SavedPersistent& one) {
    const SavedObject& object = one.object;
    const bool is_platform = object.hierarchy == rh::platform;
    return is_sound(object) && kind_of(one.handle) == Ht::persistent &&
           (one.handle >= persistent_platform) == is_platform && object.hierarchy != rh::null &&
           object.external == 0 && object.st_clear == 0 && object.sensitive.value;
}

/// Whether a TPM of this Config can have it: looked at before anything is changed.
bool fits(const Tpm& tpm, const SavedState& state) {
    std::size_t permanent_numbers = 0, numbers = 2, index_bytes = 0, audit_hash = 0;
    each_permanent_number(tpm, [&](const auto& number) {
        if (static_cast<const void*>(&number) == &tpm.permanent.audit.hash) audit_hash = permanent_numbers;
        ++permanent_numbers;
    });
    each_kept_number(tpm, [&](const auto&) { ++numbers; });
    for (const SavedIndex& one : state.nv.items) index_bytes += Memory::index_size(one.data.value.size());
    if (state.numbers.items.size() != permanent_numbers + numbers) return false;
    const bool keeps = static_cast<Orderly>(state.numbers.items[permanent_numbers - 1]) == Orderly::state;
    return digest_size(static_cast<Alg>(state.numbers.items[audit_hash])) != 0 &&
           (!keeps || PcrBanks{}.set_content(state.pcrs.value)) &&
           state.pcr_allocation.items.size() == bank_count &&
           state.persistent.items.size() <= tpm.config.persistent_objects &&
           state.sessions.items.size() <= tpm.config.active_sessions &&
           index_bytes <= tpm.memory.nv.store().capacity() && std::ranges::all_of(state.nv.items, is_index) &&
           std::ranges::all_of(state.persistent.items, is_persistent);
}

/// Bytes that a state with all of this has at most.
std::size_t most_bytes(const Permanent& p) {
    std::size_t out = 64 << 10;
    out += p.persistent.size() * (SavedObject::most + sizeof(Handle));
    for (const auto& [handle, index] : p.nv) out += index.data.size() + 256;
    return out;
}

}  // namespace

Secret saved_state(const Tpm& tpm) {
    const Permanent& p = tpm.permanent;
    const bool keeps = p.orderly == Orderly::state;
    SavedState out;
    out.owner = saved_hierarchy(&p.owner, &p.owner_access);
    out.endorsement = saved_hierarchy(&p.endorsement, &p.endorsement_access);
    out.platform = saved_hierarchy(&p.platform, keeps ? &tpm.clear.platform_access : nullptr);
    out.lockout = saved_hierarchy(nullptr, &p.lockout_access);
    if (keeps) out.null = saved_hierarchy(&tpm.reset.null, nullptr);
    for (const auto& [handle, object] : p.persistent)
        out.persistent.items.push_back({handle, saved_object(*object)});
    for (const auto& [handle, index] : p.nv)
        out.nv.items.push_back({index.area, {taken(index.auth.bytes())}, {taken(index.data.bytes())}});
    out.audited.items.assign(p.audit.commands.begin(), p.audit.commands.end());
    out.pcr_allocation.items.assign(p.pcr_allocation.begin(), p.pcr_allocation.end());
    each_permanent_number(
        tpm, [&](const auto& number) { out.numbers.items.push_back(static_cast<std::uint64_t>(number)); });
    each_kept_number(tpm, [&](const auto& number) {
        out.numbers.items.push_back(keeps ? static_cast<std::uint64_t>(number) : 0);
    });
    const auto [clock, is_safe] = tpm.clock_without_power();
    out.numbers.items.push_back(clock);
    out.numbers.items.push_back(is_safe ? 1 : 0);
    out.pcr_policy = p.pcr_policy.digest;
    if (keeps) {
        out.command_audit_digest.value = tpm.reset.command_audit_digest;
        out.pcr_auth = {taken(tpm.clear.pcr_auth.bytes())};
        for (const SessionEntry& entry : tpm.reset.sessions)
            out.sessions.items.push_back({entry.is_saved, entry.handle, entry.saved_sequence});
        out.pcrs.value = tpm.clear.saved_pcrs.content();
    }

    return encode_secret(out, byte_order, most_bytes(p));
}

bool restore_state(Tpm& tpm, ByteView content) {
    Reader in{content, byte_order};
    SavedState from;
    if (!in.get(from) || !in.finish() || !fits(tpm, from)) return false;
    Permanent& p = tpm.permanent;
    std::size_t at = 0;
    const auto take = [&]<class T>(T& number) {
        number = static_cast<T>(from.numbers.items[at++]);
    };
    each_permanent_number(tpm, take);
    each_kept_number(tpm, take);
    if (p.orderly == Orderly::state && !tpm.clear.saved_pcrs.set_content(from.pcrs.value)) return false;
    p.clock = from.numbers.items[at++];
    p.is_clock_safe = from.numbers.items[at] != 0;
    restore_secrets(tpm, from.owner, rh::owner, Estate::owner, Estate::owner);
    restore_secrets(tpm, from.endorsement, rh::endorsement, Estate::endorsement_seed, Estate::endorsement);
    restore_secrets(tpm, from.platform, rh::platform, Estate::platform, Estate::platform);
    restore_secrets(tpm, from.null, rh::null, Estate::null, Estate::null);
    restore_access(tpm, from.owner, rh::owner);
    restore_access(tpm, from.endorsement, rh::endorsement);
    restore_access(tpm, from.platform, rh::platform);
    restore_access(tpm, from.lockout, rh::lockout);
    p.persistent.clear();
    for (SavedPersistent& one : from.persistent.items)
        p.persistent.emplace(one.handle, tpm.persisted({std::move(one.object)}));
    p.nv.clear();
    for (const SavedIndex& one : from.nv.items) {
        const Estate estate = NvIndex::estate_of(one.area);
        p.nv.emplace(one.area.nv_index, NvIndex{one.area, tpm.memory.nv_auth(estate, one.auth.value),
                                                tpm.memory.nv_data(estate, one.data.value)});
    }
    p.audit.commands = {from.audited.items.begin(), from.audited.items.end()};
    std::ranges::copy(from.pcr_allocation.items, p.pcr_allocation.begin());
    tpm.reset.command_audit_digest = from.command_audit_digest.value;
    p.pcr_policy.digest = from.pcr_policy;
    tpm.clear.pcr_auth = tpm.memory.persist(Estate::firmware, from.pcr_auth.value);
    tpm.reset.sessions.clear();
    for (const SavedSession& one : from.sessions.items)
        tpm.reset.sessions.push_back({nullptr, one.is_saved != 0, one.handle, one.sequence});
    return true;
}

}  // namespace assay::tpm
