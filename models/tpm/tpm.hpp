// The state of a TPM and what every command asks of it. The commands are in handlers.hpp, the order of checks
// around them in engine.hpp.
#pragma once
#include "models/tpm/state.hpp"
#include "models/tpm/state_store.hpp"
#include "sim/crypto/context.hpp"

namespace assay::tpm {

/// Random numbers of the TPM: the injected ones, and what TPM2_StirRandom has mixed in.
class TpmRandom final : public Random {
public:
    explicit TpmRandom(Random& source) : source_(source) {}
    void fill(std::span<std::uint8_t> out) override;
    void stir(ByteView data);

private:
    Random& source_;
    std::optional<crypto::Drbg> stirred_{};
};

/// A key pair that a primary seed has given, kept until the power goes so that the next TPM2_CreatePrimary is
/// quick.
struct PrimaryKeys {
    Handle hierarchy = rh::null;
    Bytes recipe{};  // digest over everything that decides the key
    std::shared_ptr<const Object> made{};
};

struct Tpm {
    Tpm(const Config& configuration, Random& source, const TimeSource& clock);

    Config config;
    TpmRandom random;
    const TimeSource& time_source;
    crypto::Context context{random};
    Memory memory;  // of the secrets in all that follows

    Permanent permanent{};
    ResetState reset{};
    ClearState clear{};
    Volatile ram{};
    std::vector<PrimaryKeys> primaries{};  // of no effect on any answer

    /// A TPM as it leaves the factory: seeds and proofs are new, and nothing is in non-volatile memory.
    void manufacture();

    // Power (Part 1, 12.2).
    void power_on();
    void power_off();
    bool is_powered = false;

    /// What a command has changed is in the state folder from here on.
    void save();
    /// For the next power-on, in the state folder, too; nothing: an ordinary one.
    void keep_volatile(std::optional<Secret> blob);
    std::unique_ptr<StateStore> state_store{};  // null: state ends with the process
    std::optional<Secret> kept_volatile{};      // a volatile blob (state_blob.hpp): the next power-on resumes

    // Time (Part 1, 36).
    std::uint64_t time() const;   // milliseconds since power-on
    std::uint64_t clock() const;  // milliseconds of powered life
    /// Clock and its safety as they would be if the power went now.
    std::pair<std::uint64_t, bool> clock_without_power() const;
    void adjust_rate(int step);  // -3 (much slower) to 3
    bool is_clock_safe() const;
    TpmsClockInfo clock_info() const;

    // The measured launch (Part 1, 34.2).
    void launch_start();
    void launch_data(ByteView data);
    void launch_end();

    // Hierarchies.
    bool is_enabled(Handle hierarchy) const;
    HierarchySecrets& secrets(Handle hierarchy);  // OWNER, ENDORSEMENT, PLATFORM, NULL
    HierarchyAccess* access(Handle hierarchy);    // null for NULL; also LOCKOUT
    labels::Held fresh_secret(Estate estate);
    void flush_hierarchy(Handle hierarchy);  // transient objects
    /// The secrets of these have ended. Where a byte of them is left: failure mode.
    void end(std::initializer_list<Estate> estates);

    // What a handle stands for.
    /// False for a transient handle beyond the last slot, and a session handle beyond the last session.
    bool is_in_range(Handle handle) const;
    /// Rc::success, or why the handle with this number (from 1) of a command cannot be used. A persistent
    /// object takes a slot for the time of the command. `sees_all`: also what is of a disabled endorsement
    /// hierarchy.
    Rc presence(Handle handle, std::size_t number, bool sees_all);
    SharedObject object(Handle handle) const;  // null: none, or a sequence
    Sequence* sequence(Handle handle);
    Session* session(Handle handle);  // loaded, of that kind
    NvIndex* nv(Handle handle);
    const NvIndex* nv(Handle handle) const;
    /// Before an index goes: a counter never comes back lower (Part 1, 37.2.4).
    void remember_counter(const NvIndex& index);
    Bytes name(Handle handle) const;
    ByteView auth_value(Handle handle) const;  // without trailing zeros
    AccessPolicy policy(Handle handle) const;
    Handle hierarchy_of(Handle handle) const;  // whose proof keys the tickets of an entity
    /// Whether a PCR asks for its policy.
    bool has_pcr_policy(Handle handle) const;
    bool is_da_exempt(Handle handle) const;
    /// A PIN index (Part 1, 37.2.8) that can still be tried; true for everything else.
    bool pin_allows(Handle handle) const;
    /// What the use of an authValue, right or wrong, does to a PIN index.
    void count_pin(Handle handle, bool right);

    // Objects, in the memory that is theirs.
    SharedObject loaded(NewObject made);
    SharedObject persisted(NewObject made);

    /// A free transient handle; nothing when all are taken.
    std::optional<Handle> free_slot() const;
    Slot& slot(Handle handle);
    void flush_session(Handle handle);
    std::size_t loaded_sessions() const;

    // Dictionary attack (Part 1, 19.8).
    void heal();
    /// Before a protected authValue is used: TPM_RC_LOCKOUT, TPM_RC_RETRY or success.
    Rc check_lockout(bool lockout_auth);
    void record_auth_failure(bool lockout_auth);

    /// HMAC under the proof of a hierarchy, with the context hash: of tickets and contexts.
    Bytes proof_hmac(Handle hierarchy, std::initializer_list<ByteView> parts);

    /// The digest of a ticket; empty for the NULL hierarchy, but of a creation, which its proof confirms.
    Bytes ticket_digest(Tag tag, Handle hierarchy, std::initializer_list<ByteView> parts);
    template <Tag tag>
    Ticket<tag> ticket(Handle hierarchy, std::initializer_list<ByteView> parts) {
        return {.hierarchy = hierarchy, .digest = {ticket_digest(tag, hierarchy, parts)}};
    }
};

Secret copy_of(ByteView bytes);
bool same_auth(ByteView a, ByteView b);

}  // namespace assay::tpm
