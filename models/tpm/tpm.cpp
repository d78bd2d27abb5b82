#include "models/tpm/tpm.hpp"

#include "sim/crypto/mac.hpp"

namespace assay::tpm {
namespace {

constexpr std::size_t secret_size = 64;
constexpr std::uint64_t clock_update = 4096;  // milliseconds between two savings of Clock

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
    : config(configuration), random(source), time_source(clock) {
    for (HierarchySecrets* one : {&permanent.owner, &permanent.endorsement, &permanent.platform}) {
        renew(one->seed);
        renew(one->proof);
    }
    permanent.da.max_tries = config.max_tries;
    permanent.da.recovery_time = config.recovery_time;
    permanent.da.lockout_recovery = config.lockout_recovery;
}

void Tpm::renew(Secret& secret) {
    secret = Secret{secret_size};
    random.fill(secret.bytes());
}

void Tpm::power_on() {
    if (is_powered) return;
    is_powered = true;
    ram.slots.resize(config.object_slots);
    ram.powered_at = time_source.now();
    ram.clock_at_power_on = permanent.clock;
}

void Tpm::power_off() {
    if (!is_powered) return;
    const bool orderly = permanent.orderly != Orderly::none;
    permanent.is_clock_safe = orderly ? is_clock_safe() : !ram.is_started && is_clock_safe();
    permanent.clock = orderly ? clock() : clock() / clock_update * clock_update;
    // ResetState and ClearState are in memory that keeps its content after TPM2_Shutdown(STATE) alone.
    if (permanent.orderly != Orderly::state) {
        reset = {};
        clear = {};
    }
    for (SessionEntry& entry : reset.sessions) entry.session.reset();
    std::erase_if(primaries, [](const PrimaryKeys& p) { return p.hierarchy == rh::null; });
    ram = {};
    is_powered = false;
}

std::uint64_t Tpm::time() const {
    return static_cast<std::uint64_t>((time_source.now() - ram.powered_at).count());
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

std::optional<Handle> Tpm::free_slot() const {
    const auto found = std::ranges::find_if(ram.slots, &Slot::is_free);
    if (found == ram.slots.end()) return {};
    return first_of(Ht::transient) + static_cast<Handle>(found - ram.slots.begin());
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
    return crypto::hmac(hash_of(config.context_hash), std::as_const(secrets(hierarchy).proof).bytes(), parts);
}

void Tpm::heal() {
    DictionaryAttack& da = permanent.da;
    const std::uint64_t now = time();
    const std::uint64_t step = std::uint64_t{1000} * da.recovery_time;
    if (da.recovery_time == 0) da.failed_tries = 0;
    while (da.failed_tries > 0 && now - ram.heal_timer >= step) {
        --da.failed_tries;
        ram.heal_timer += step;
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
