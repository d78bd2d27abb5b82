#include "models/tpm/tpm.hpp"

#include "models/tpm/state_blob.hpp"
#include "models/tpm/state_format.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::tpm {
namespace {

constexpr std::size_t secret_size = 64;

}  // namespace

void TpmRandom::fill(std::span<std::uint8_t> out) {
    source_.fill(out);
    if (!stirred_) return;
    Secret more{out.size()};
    stirred_->fill(more.bytes());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(out[i] ^ more.bytes()[i]);
}

void TpmRandom::stir(ByteView data) {
    Secret seed{secret_size + data.size()};
    fill(seed.bytes().first(secret_size));
    std::ranges::copy(data, seed.bytes().begin() + secret_size);
    stirred_.emplace(std::as_const(seed).bytes(), "TPM2_StirRandom");
}

Secret copy_of(ByteView bytes) {
    Secret out{bytes.size()};
    std::ranges::copy(bytes, out.bytes().begin());
    return out;
}

bool same_auth(ByteView a, ByteView b) { return crypto::equal_in_constant_time(a, b); }

Tpm::Tpm(const Config& configuration, Random& source, const TimeSource& clock)
    : config(configuration), random(source), time_source(clock), memory(configuration) {
    manufacture();
    if (config.state_dir.empty()) return;
    state_store = std::make_unique<StateStore>(config.state_dir);
    if (const auto content = state_store->load()) {
        if (!restore_state(*this, content->bytes()))
            throw StateError(config.state_dir.string() + ": nv.state: no state of this version");
        random.stir(store(state_store->generation(), byte_order));  // an equal seed gives no equal nonces
        kept_volatile = state_store->volatile_part();
        if (kept_volatile && !is_resumable(*this, kept_volatile->bytes()))
            throw StateError(config.state_dir.string() + ": nv.volatile: no state of this version");
    }
    save();
}

void Tpm::manufacture() {
    memory.power_on();
    permanent = {};
    reset = {};
    clear = {};
    primaries.clear();
    end({Estate::owner, Estate::endorsement, Estate::endorsement_seed, Estate::platform, Estate::firmware,
         Estate::null});
    permanent.owner = {fresh_secret(Estate::owner), fresh_secret(Estate::owner)};
    permanent.endorsement = {fresh_secret(Estate::endorsement_seed), fresh_secret(Estate::endorsement)};
    permanent.platform = {fresh_secret(Estate::platform), fresh_secret(Estate::platform)};
    permanent.da.max_tries = config.max_tries;
    permanent.da.recovery_time = config.recovery_time;
    permanent.da.lockout_recovery = config.lockout_recovery;
}

labels::Held Tpm::fresh_secret(Estate estate) {
    Secret secret{secret_size};
    random.fill(secret.bytes());
    return memory.persist(estate, std::as_const(secret).bytes());
}

void Tpm::end(std::initializer_list<Estate> estates) {
    for (const Estate estate : estates)
        if (!memory.require_end(estate)) ram.is_failed = true;
    if (kept_volatile) keep_volatile({});  // they are in it, too
}

void Tpm::power_on() {
    if (is_powered) return;
    is_powered = true;
    memory.power_on();
    ram.is_failed = ram.is_failed || !memory.is_whole();
    ++permanent.time_epoch;
    ram.slots.resize(config.object_slots);
    ram.time_since = time_source.now();
    ram.clock_at_power_on = permanent.clock;
    if (!kept_volatile) return;
    if (!resume(*this, kept_volatile->bytes()) || !memory.is_whole()) ram.is_failed = true;
    keep_volatile({});
}

void Tpm::keep_volatile(std::optional<Secret> blob) {
    kept_volatile = std::move(blob);
    if (state_store)
        state_store->keep_volatile(kept_volatile ? std::as_const(*kept_volatile).bytes() : ByteView{});
}

void Tpm::power_off() {
    if (!is_powered) return;
    std::tie(permanent.clock, permanent.is_clock_safe) = clock_without_power();
    // ResetState and ClearState are in memory that keeps its content after TPM2_Shutdown(STATE) alone.
    if (permanent.orderly != Orderly::state) {
        reset = {};
        clear = {};
    }
    for (SessionEntry& entry : reset.sessions) entry.session.reset();
    primaries.clear();
    ram = {};
    is_powered = false;
    save();
}

std::pair<std::uint64_t, bool> Tpm::clock_without_power() const {
    if (!is_powered) return {permanent.clock, permanent.is_clock_safe};
    if (permanent.orderly != Orderly::none) return {clock(), is_clock_safe()};
    return {clock() / clock_update * clock_update, !ram.is_started && is_clock_safe()};
}

void Tpm::save() {
    if (!state_store) return;
    const Secret content = saved_state(*this);
    state_store->save(content.bytes());
}

std::uint64_t Tpm::time() const {
    const auto real = static_cast<std::uint64_t>((time_source.now() - ram.time_since).count());
    return ram.time_base + real * nominal_tick / ram.tick;
}
void Tpm::adjust_rate(int step) {
    ram.time_base = time();
    ram.time_since = time_source.now();
    constexpr std::array<std::uint64_t, 4> sizes{0, 1, 30, 300};  // fine, medium, coarse
    const std::uint64_t change = sizes.at(static_cast<std::size_t>(step < 0 ? -step : step));
    const std::uint64_t next = step < 0 ? ram.tick + change : ram.tick - change;
    ram.tick = std::clamp(next, nominal_tick - largest_tick_change, nominal_tick + largest_tick_change);
}
std::uint64_t Tpm::clock() const { return ram.clock_at_power_on + time(); }
bool Tpm::is_clock_safe() const {
    return permanent.is_clock_safe || clock() >= ram.clock_at_power_on + clock_update;
}
TpmsClockInfo Tpm::clock_info() const {
    return {.clock = clock(),
            .reset_count = permanent.reset_count,
            .restart_count = reset.restart_count,
            .safe = static_cast<std::uint8_t>(is_clock_safe() ? 1 : 0)};
}

void Tpm::launch_start() {
    if (!is_powered || ram.is_failed) return;
    ram.launch.emplace();
    for (const Alg bank : bank_algs) ram.launch->states.emplace_back(hash_of(bank));
}

void Tpm::launch_data(ByteView data) {
    if (ram.launch) ram.launch->update(data);
}

void Tpm::launch_end() {
    if (!ram.launch) return;
    std::array<Bytes, bank_count> digests;
    for (std::size_t i = 0; i < bank_count; ++i) digests.at(i) = ram.launch->states[i].finish();
    ram.launch.reset();
    permanent.is_established = true;
    if (!ram.is_started) {
        ram.hcrtm = std::move(digests);  // PCR 0 begins with it
    } else {
        for (std::size_t pcr = 17; pcr <= 22; ++pcr) ram.pcrs.reset(pcr);
        for (std::size_t i = 0; i < bank_count; ++i) ram.pcrs.extend(17, bank_algs.at(i), digests.at(i));
        ++reset.restart_count;
        ++reset.pcr_update_counter;
        permanent.orderly = Orderly::none;
    }
    save();
}

bool Tpm::is_enabled(Handle hierarchy) const {
    switch (hierarchy) {
        case rh::owner: return clear.owner_enabled;
        case rh::endorsement: return clear.endorsement_enabled;
        case rh::platform: return ram.platform_enabled;
        default: return true;
    }
}

HierarchySecrets& Tpm::secrets(Handle hierarchy) {
    switch (hierarchy) {
        case rh::owner: return permanent.owner;
        case rh::endorsement: return permanent.endorsement;
        case rh::platform: return permanent.platform;
        default: return reset.null;
    }
}

HierarchyAccess* Tpm::access(Handle hierarchy) {
    switch (hierarchy) {
        case rh::owner: return &permanent.owner_access;
        case rh::endorsement: return &permanent.endorsement_access;
        case rh::lockout: return &permanent.lockout_access;
        case rh::platform: return &clear.platform_access;
        default: return nullptr;
    }
}

void Tpm::flush_hierarchy(Handle hierarchy) {
    for (Slot& one : ram.slots)
        if (one.object && one.object->hierarchy == hierarchy) one = {};
}

SharedObject Tpm::loaded(NewObject made) {
    const Estate estate = estate_of(made.content.hierarchy);
    return std::make_shared<const Object>(std::move(made), memory.ram, memory.secret_of(estate));
}
SharedObject Tpm::persisted(NewObject made) {
    const Estate estate = estate_of(made.content.hierarchy);
    return std::make_shared<const Object>(std::move(made), memory.persistent, memory.secret_of(estate));
}

std::optional<Handle> Tpm::free_slot() const {
    std::size_t skipped = 0;
    for (std::size_t i = 0; i < ram.slots.size(); ++i)
        if (ram.slots[i].is_free() && skipped++ == ram.borrowed_slots)
            return first_of(Ht::transient) + static_cast<Handle>(i);
    return {};
}
Slot& Tpm::slot(Handle handle) { return ram.slots.at(handle - first_of(Ht::transient)); }

void Tpm::flush_session(Handle handle) {
    const std::size_t index = handle & 0x00FF'FFFF;
    if (index < reset.sessions.size()) reset.sessions[index] = {};
    if (ram.exclusive_audit_session == handle) ram.exclusive_audit_session = 0;
}

std::size_t Tpm::loaded_sessions() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(reset.sessions, [](const SessionEntry& e) { return e.session != nullptr; }));
}

Bytes Tpm::proof_hmac(Handle hierarchy, std::initializer_list<ByteView> parts) {
    return crypto::hmac(hash_of(config.context_hash), secrets(hierarchy).proof.bytes(), parts);
}

Bytes Tpm::ticket_digest(Tag tag, Handle hierarchy, std::initializer_list<ByteView> parts) {
    if (hierarchy == rh::null && tag != Tag::creation) return {};
    Bytes text;
    append(text, store(static_cast<std::uint16_t>(tag), byte_order));
    for (const ByteView part : parts) append(text, part);
    return proof_hmac(hierarchy, {text});
}

void Tpm::heal() {
    DictionaryAttack& da = permanent.da;
    const std::uint64_t now = time();
    const std::uint64_t step = std::uint64_t{1000} * da.recovery_time;
    if (da.recovery_time == 0) da.failed_tries = 0;
    if (da.failed_tries > 0) {
        const std::uint64_t healed = std::min<std::uint64_t>(da.failed_tries, (now - ram.heal_timer) / step);
        da.failed_tries -= static_cast<std::uint32_t>(healed);
        ram.heal_timer += healed * step;
    }
    if (!da.lockout_auth_enabled && da.lockout_recovery > 0 &&
        now - ram.lockout_timer >= std::uint64_t{1000} * da.lockout_recovery)
        da.lockout_auth_enabled = true;
}

Rc Tpm::check_lockout(bool lockout_auth) {
    DictionaryAttack& da = permanent.da;
    if (lockout_auth) return rule::unless(da.lockout_auth_enabled, Rc::lockout);
    if (da.failed_tries >= da.max_tries) return Rc::lockout;
    if (!da.is_used) {
        da.is_used = true;
        if (config.retry_on_first_da_use) return Rc::retry;
    }
    return Rc::success;
}

void Tpm::record_auth_failure(bool lockout_auth) {
    DictionaryAttack& da = permanent.da;
    if (lockout_auth) {
        da.lockout_auth_enabled = false;
        ram.lockout_timer = time();
    } else if (da.recovery_time != 0) {
        ++da.failed_tries;
        ram.heal_timer = time();
    }
}

}  // namespace assay::tpm
