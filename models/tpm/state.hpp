// Everything that a TPM holds, by how long it holds it (TPM 2.0 Library 1.59, Part 1, 12.2.3 and 37.3).
#pragma once
#include <map>
#include <set>

#include "models/tpm/attest.hpp"
#include "models/tpm/memory.hpp"
#include "models/tpm/object.hpp"
#include "models/tpm/pcr.hpp"
#include "models/tpm/session.hpp"

namespace assay::tpm {

/// The secrets of a hierarchy: primary keys come from the seed; proofs key tickets and contexts.
struct HierarchySecrets {
    labels::Held seed{};
    labels::Held proof{};
};
/// What must be satisfied, where `alg` is not TPM_ALG_NULL.
struct AccessPolicy {
    Alg alg = Alg::null;
    Tpm2bDigest digest{};
};
/// Who may use it: an authValue, and a policy.
struct HierarchyAccess {
    labels::Held auth{};
    AccessPolicy policy{};
};

struct NvIndex {
    TpmsNvPublic area{};
    labels::Held auth{};  // Memory::nv_auth
    labels::Held data{};

    Estate estate() const { return estate_of(area); }
    static Estate estate_of(const TpmsNvPublic& area) {
        return area.has(nv_attribute::platform_create) ? Estate::firmware : Estate::owner;
    }
};

struct DictionaryAttack {
    std::uint32_t failed_tries = 0;
    std::uint32_t max_tries = 0;
    std::uint32_t recovery_time = 0;     // seconds
    std::uint32_t lockout_recovery = 0;  // seconds
    bool lockout_auth_enabled = true;
    bool is_used = false;  // a protected authValue since the last start
};

/// Which commands are audited (Part 1, 31.4).
struct CommandAudit {
    Alg hash = Alg::sha512;
    std::set<Cc> commands{Cc::set_command_code_audit_status};
    std::uint64_t counter = 0;  // of digests begun
};

/// How the TPM was last shut down. `none`: not at all, or it went on after that.
enum class Orderly : std::uint8_t { none, clear, state };

/// Non-volatile memory.
struct Permanent {
    HierarchySecrets owner{}, endorsement{}, platform{};
    HierarchyAccess owner_access{}, endorsement_access{}, lockout_access{};
    std::map<Handle, SharedObject> persistent{};
    std::map<Handle, NvIndex> nv{};
    std::uint64_t highest_nv_counter = 0;  // of counters that were deleted
    DictionaryAttack da{};
    PcrAllocation pcr_allocation = all_pcrs;
    AccessPolicy pcr_policy{};  // of the PCRs that have one
    bool is_clear_disabled = false;
    bool is_established = false;  // by a measured launch
    CommandAudit audit{};
    std::uint32_t reset_count = 0;
    std::uint64_t total_reset_count = 0;
    std::uint64_t time_epoch = 0;  // how often Time began again: what was dated by another Time has expired
    std::uint64_t clock = 0;       // milliseconds, as last saved
    bool is_clock_safe = true;
    Orderly orderly = Orderly::clear;
};

/// One of the sessions that TPM2_StartAuthSession made: loaded, or saved by TPM2_ContextSave.
struct SessionEntry {
    std::unique_ptr<Session> session{};  // null where it is saved
    bool is_saved = false;
    Handle handle = 0;  // of a saved one
    std::uint64_t saved_sequence = 0;
    bool is_free() const { return session == nullptr && !is_saved; }
};

/// Renewed at TPM Reset; kept over TPM Restart and TPM Resume (STATE_RESET_DATA).
struct ResetState {
    HierarchySecrets null{};
    std::uint32_t restart_count = 0;
    std::uint32_t pcr_update_counter = 0;
    std::uint32_t clear_count = 0;  // TPM Restarts: stClear contexts of before are dead
    std::uint64_t object_sequence = 0;
    std::uint64_t session_sequence = 0;
    Bytes command_audit_digest{};  // empty: not begun
    std::vector<SessionEntry> sessions{};
};

/// Renewed at TPM Reset and TPM Restart; kept over TPM Resume (STATE_CLEAR_DATA).
struct ClearState {
    bool owner_enabled = true, endorsement_enabled = true, platform_nv_enabled = true;
    HierarchyAccess platform_access{};
    labels::Held pcr_auth{};  // of the PCRs that have one
    unsigned startup_locality = 0;
    PcrBanks saved_pcrs{};
};

inline constexpr std::uint64_t clock_update = 4096;  // milliseconds between two savings of Clock

/// Parts of a real millisecond that make one of the TPM's: TPM2_ClockRateAdjust moves it by up to a sixth.
inline constexpr std::uint64_t nominal_tick = 30'000, largest_tick_change = 5'000;

/// Lost with the power.
struct Volatile {
    bool is_started = false;
    bool is_failed = false;
    bool platform_enabled = true;
    PcrBanks pcrs{};
    std::vector<Slot> slots{};
    std::size_t borrowed_slots = 0;  // by the persistent objects of the running command: the first free ones
    std::optional<Sequence> launch{};                      // of a measured launch that has begun
    std::optional<std::array<Bytes, bank_count>> hcrtm{};  // digests of one before TPM2_Startup, a bank each
    Handle exclusive_audit_session = 0;
    bool is_audit_renewed = false;  // by the running command, which is not audited
    // Time is `time_base` at `time_since`, and goes on from there at its rate (TPM2_ClockRateAdjust).
    std::chrono::milliseconds time_since{0};
    std::uint64_t time_base = 0;
    std::uint64_t tick = nominal_tick;
    std::uint64_t clock_at_power_on = 0;
    std::uint64_t heal_timer = 0;     // Time of the last change of failedTries
    std::uint64_t lockout_timer = 0;  // Time of the last wrong lockoutAuth
    unsigned locality = 0;
    bool physical_presence = false;
    bool was_orderly = true;
    bool pcrs_reconfigured = false;        // TPM2_PCR_Allocate since the start
    Bytes response{};                      // where the parameters of the next answer go; nothing is in it
    std::optional<Handle> flush_at_end{};  // a slot that goes when the command has been answered
};

}  // namespace assay::tpm
