// Where a TPM keeps its secrets: three stores that register themselves, and whose bytes say what ends them.
#pragma once
#include "models/tpm/config.hpp"
#include "sim/crypto/context.hpp"
#include "sim/labels/registry.hpp"
#include "sim/labels/vault.hpp"

namespace assay::tpm {

/// Secrets that end together (TPM 2.0 Library 1.59, Part 3, 9.3, 24.4 to 24.6). Each is a subject of the
/// registry: when it ends, no byte of the memory may be its own.
enum class Estate : std::uint8_t {
    owner,             // TPM2_Clear: SPS, shProof, objects, NV indices, ownerAuth, lockoutAuth
    endorsement,       // TPM2_Clear and TPM2_ChangeEPS: ehProof, objects, endorsementAuth
    endorsement_seed,  // TPM2_ChangeEPS: EPS
    platform,          // TPM2_ChangePPS: PPS, phProof, objects
    firmware,          // manufacture: NV indices of the platform, platformAuth, the authValue of PCRs
    null,              // TPM Reset: nullSeed, nullProof, objects, sequences, sessions
};
inline constexpr std::size_t estate_count = 6;

/// Of the objects in a hierarchy.
Estate estate_of(Handle hierarchy);
/// Of the authValue of a hierarchy, or of LOCKOUT.
Estate estate_of_auth(Handle hierarchy);

/// Three stores, named after Config::store_name: `.persistent` (hierarchies, persistent objects) and `.nv`
/// (NV indices) keep their bytes without power, `.ram` (transient objects, sequences, sessions) does not.
/// What OpenSSL makes of keys and of running hashes lies in its own memory, which it wipes: an exemption of
/// the registry.
class Memory {
public:
    /// In Config::registry, where there is one, else in a registry of its own. std::length_error when that
    /// takes no more subjects.
    explicit Memory(const Config& config);
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    /// Everything that was held is gone by then.
    ~Memory();

    // Each has at most SavedObject::most bytes, and there is room for as many as Config allows.
    labels::Held persist(Estate estate, ByteView secret) {
        return persistent.hold(secret, secret_of(estate));
    }
    labels::Held load(Estate estate, ByteView secret) { return ram.hold(secret, secret_of(estate)); }

    /// Whether another index has room, however many there are.
    bool has_room_for_index(std::size_t data_size) const { return nv.has_room(index_size(data_size)); }
    /// Of its authValue and its data in the .nv.
    static std::size_t index_size(std::size_t data_size);
    /// 64 bytes, filled up with zeros: what replaces it has the same place.
    labels::Held nv_auth(Estate estate, ByteView auth);
    /// Of the TPM's owner, whoever has written it: no data of a request.
    labels::Held nv_data(Estate estate, ByteView content) { return nv.hold(content, secret_of(estate)); }

    labels::Label secret_of(Estate estate) {
        return registry_.label(subjects_.at(static_cast<std::size_t>(estate)), labels::DataClass::key);
    }

    /// E_RESIDUE, and a finding for each range, while a store of the registry holds a byte of it. What is
    /// UNKNOWN there is somebody else's.
    Result<Nothing, labels::Refusal> require_end(Estate estate);
    /// Whether everything that went could be scrubbed.
    bool is_whole() const { return persistent.lost() + nv.lost() + ram.lost() == 0; }
    /// After a power cycle of the registry: says again whose the bytes are.
    void power_on();

private:
    struct OwnRegistry {
        crypto::Drbg names{as_bytes("subjects of a TPM"), "names"};  // told to nobody
        labels::Registry registry{names};
    };
    labels::Subject admitted();
    bool is_known() const { return power_cycles_ == registry_.power_cycles(); }

    std::unique_ptr<OwnRegistry> own_;
    labels::Registry& registry_;
    std::uint64_t power_cycles_;
    std::array<labels::Subject, estate_count> subjects_{};

public:
    labels::Vault persistent, nv, ram;
};

}  // namespace assay::tpm
