// Start, tests, random numbers, clock, hierarchies, dictionary attack (TPM 2.0 Library 1.59, Part 3, 9, 10,
// 16, 24, 25, 29).
#include "models/tpm/handlers.hpp"
#include "models/tpm/kdf.hpp"

namespace assay::tpm {
namespace {

namespace na = nv_attribute;
constexpr std::size_t max_auth = 64;

enum class Start : std::uint8_t { reset, restart, resume };

/// An un-orderly stop after a protected authValue was used counts as a failed try (Part 1, 19.8.2).
void start_dictionary_attack(Tpm& tpm) {
    DictionaryAttack& da = tpm.permanent.da;
    if (!tpm.ram.was_orderly && da.is_used && da.failed_tries < da.max_tries && da.recovery_time != 0)
        ++da.failed_tries;
    da.is_used = false;
    if (da.lockout_recovery == 0) da.lockout_auth_enabled = true;
}

void start_nv(Tpm& tpm, Start kind) {
    if (kind == Start::resume) return;
    for (auto& [handle, index] : tpm.permanent.nv) {
        std::uint32_t& bits = index.area.attributes;
        const bool locked_for_good = index.area.has(na::write_define | na::written);
        if (!locked_for_good) bits &= ~na::write_locked;
        bits &= ~na::read_locked;
        if (index.area.has(na::clear_st_clear)) bits &= ~na::written;
        if (!index.area.has(na::orderly) || tpm.ram.was_orderly) continue;
        if (nt_of(bits) != Nt::counter)
            bits &= ~na::written;
        else
            index.data.write(index.data.size() - 1, Bytes{0xFF});  // the part of a counter that was in RAM
    }
}

}  // namespace

Outcome<StartupIn> startup(Tpm& tpm, const StartupIn& in) {
    const unsigned locality = tpm.ram.locality;
    if (locality != 0 && locality != 3) return Rc::locality;
    const bool has_state = tpm.permanent.orderly == Orderly::state;
    if (in.startup_type == Su::state) {
        if (!has_state) return at_parameter(Rc::value, 1);
        if (tpm.clear.startup_locality != locality) return Rc::locality;
    }
    const Start kind = in.startup_type == Su::state ? Start::resume
                       : has_state                  ? Start::restart
                                                    : Start::reset;
    tpm.ram.was_orderly = tpm.permanent.orderly != Orderly::none;

    if (kind == Start::reset) {
        tpm.reset = {};
        tpm.end({Estate::null});
        tpm.reset.null = {tpm.fresh_secret(Estate::null), tpm.fresh_secret(Estate::null)};
        tpm.reset.sessions.resize(tpm.config.active_sessions);
        tpm.reset.session_sequence = tpm.config.loaded_sessions;
        ++tpm.permanent.reset_count;
        ++tpm.permanent.total_reset_count;
    } else {
        ++tpm.reset.restart_count;
    }
    if (kind == Start::restart) ++tpm.reset.clear_count;
    constexpr unsigned hcrtm_locality = 4;
    tpm.ram.pcrs.start(tpm.permanent.pcr_allocation, tpm.ram.hcrtm ? hcrtm_locality : locality);
    if (tpm.ram.hcrtm)
        for (std::size_t i = 0; i < bank_count; ++i)
            tpm.ram.pcrs.extend(0, bank_algs.at(i), tpm.ram.hcrtm->at(i));
    for (std::size_t pcr = 0; pcr < pcr_count; ++pcr) {  // each that begins anew has changed
        const PcrAttributes& attributes = pcr_attributes(pcr);
        const bool kept = kind == Start::resume && attributes.saved;
        if (attributes.counted && !kept) ++tpm.reset.pcr_update_counter;
    }
    if (kind == Start::resume)
        tpm.ram.pcrs.restore(tpm.clear.saved_pcrs);
    else
        tpm.clear = {};
    tpm.clear.startup_locality = locality;
    start_dictionary_attack(tpm);
    start_nv(tpm, kind);
    tpm.permanent.orderly = Orderly::none;
    tpm.ram.is_started = true;
    return NoOut{};
}

Outcome<ShutdownIn> shutdown(Tpm& tpm, const ShutdownIn& in) {
    if (in.shutdown_type == Su::state && tpm.ram.pcrs_reconfigured) return at_parameter(Rc::type, 1);
    if (in.shutdown_type == Su::state) tpm.clear.saved_pcrs = tpm.ram.pcrs;
    tpm.permanent.orderly = in.shutdown_type == Su::state ? Orderly::state : Orderly::clear;
    tpm.permanent.da.is_used = false;
    return NoOut{};
}

Outcome<SelfTestIn> self_test(Tpm&, const SelfTestIn&) { return NoOut{}; }

Outcome<GetTestResultIn> get_test_result(Tpm& tpm, const GetTestResultIn&) {
    if (!tpm.ram.is_failed) return GetTestResultOut{};
    constexpr std::size_t reason_size = 12;  // of a reason that is the vendor's to tell
    return GetTestResultOut{{Bytes(reason_size)}, static_cast<std::uint32_t>(Rc::failure)};
}

Outcome<GetRandomIn> get_random(Tpm& tpm, const GetRandomIn& in) {
    GetRandomOut out;
    out.random_bytes.value.resize(std::min<std::size_t>(in.bytes_requested, 64));
    tpm.random.fill(out.random_bytes.value);
    return out;
}

Outcome<StirRandomIn> stir_random(Tpm& tpm, const StirRandomIn& in) {
    tpm.random.stir(in.in_data.value);
    return NoOut{};
}

Outcome<ReadClockIn> read_clock(Tpm& tpm, const ReadClockIn&) {
    return ReadClockOut{.current_time = {.time = tpm.time(), .clock_info = tpm.clock_info()}};
}

Outcome<ClearIn> clear_tpm(Tpm& tpm, const ClearIn&) {
    if (tpm.permanent.is_clear_disabled) return Rc::disabled;
    tpm.permanent.owner = {};
    tpm.permanent.endorsement.proof = {};
    const auto is_user = [](const Object& object) {
        return object.hierarchy == rh::owner || object.hierarchy == rh::endorsement;
    };
    tpm.flush_hierarchy(rh::owner);
    tpm.flush_hierarchy(rh::endorsement);
    std::erase_if(tpm.permanent.persistent, [&](const auto& entry) { return is_user(*entry.second); });
    std::erase_if(tpm.permanent.nv, [&](const auto& entry) {
        if (entry.second.area.has(na::platform_create)) return false;
        tpm.remember_counter(entry.second);
        return true;
    });
    std::erase_if(tpm.primaries, [&](const PrimaryKeys& kept) {
        return kept.hierarchy != rh::platform && kept.hierarchy != rh::null;
    });
    for (HierarchyAccess* access :
         {&tpm.permanent.owner_access, &tpm.permanent.endorsement_access, &tpm.permanent.lockout_access})
        *access = {};
    tpm.clear.pcr_auth = {};
    tpm.end({Estate::owner, Estate::endorsement});
    tpm.permanent.owner = {tpm.fresh_secret(Estate::owner), tpm.fresh_secret(Estate::owner)};
    tpm.permanent.endorsement.proof = tpm.fresh_secret(Estate::endorsement);
    tpm.clear.owner_enabled = tpm.clear.endorsement_enabled = true;
    tpm.permanent.da = {.max_tries = tpm.config.max_tries,
                        .recovery_time = tpm.config.recovery_time,
                        .lockout_recovery = tpm.config.lockout_recovery,
                        .is_used = tpm.permanent.da.is_used};
    tpm.permanent.clock = 0;
    tpm.ram.clock_at_power_on = 0 - tpm.time();
    tpm.permanent.is_clock_safe = true;
    tpm.permanent.reset_count = 0;
    tpm.reset.restart_count = 0;
    ++tpm.reset.pcr_update_counter;
    tpm.permanent.audit.counter = 0;
    return NoOut{};
}

Outcome<HierarchyChangeAuthIn> hierarchy_change_auth(Tpm& tpm, const HierarchyChangeAuthIn& in) {
    const ByteView auth = without_trailing_zeros(in.new_auth.value);
    if (auth.size() > std::min(max_auth, digest_size(tpm.config.context_hash)))
        return at_parameter(Rc::size, 1);
    tpm.access(in.auth_handle)->auth = tpm.memory.persist(estate_of_auth(in.auth_handle), auth);
    return NoOut{};
}

Outcome<DictionaryAttackLockResetIn> dictionary_attack_lock_reset(Tpm& tpm,
                                                                  const DictionaryAttackLockResetIn&) {
    tpm.permanent.da.failed_tries = 0;
    return NoOut{};
}

Outcome<DictionaryAttackParametersIn> dictionary_attack_parameters(Tpm& tpm,
                                                                   const DictionaryAttackParametersIn& in) {
    DictionaryAttack& da = tpm.permanent.da;
    da.max_tries = in.new_max_tries;
    da.recovery_time = in.new_recovery_time;
    da.lockout_recovery = in.lockout_recovery;
    if (da.recovery_time == 0) da.failed_tries = 0;
    return NoOut{};
}

}  // namespace assay::tpm
