// Sessions inside the TPM (TPM 2.0 Library 1.59, Part 1, 19): what one remembers between commands.
#pragma once
#include "models/tpm/structures.hpp"
#include "sim/labels/vault.hpp"

namespace assay::tpm {

/// What the one digest that a policy can demand of a command is compared with (Part 3, 23.13, 23.14, 23.21).
enum class Demand : std::uint8_t { none, cp_hash, name_hash, template_hash };

/// A wire struct, since a saved context is its bytes; and after them its key.
struct Session {
    Handle handle = 0;
    Se type = Se::hmac;
    Alg auth_hash = Alg::sha256;
    TpmtSymDef symmetric{};
    labels::Held session_key{};  // not of the wire struct
    Tpm2bDigest nonce_tpm{};
    std::uint64_t start_time = 0;  // Time, milliseconds
    std::uint64_t time_epoch = 0;  // in which Time that is

    // Binding (Part 1, 19.6.12): digest over the Name and authValue that the entity had.
    Tpm2bDigest bound_entity{};  // empty: not bound
    std::uint8_t is_da_bound = 0;
    std::uint8_t is_lockout_bound = 0;

    // Audit (Part 1, 31).
    std::uint8_t is_audit = 0;
    Tpm2bDigest audit_digest{};

    // Policy (Part 1, 19.7): what the assertions so far have left to be checked.
    Tpm2bDigest policy_digest{};
    std::uint8_t is_pcr_checked = 0;
    std::uint32_t pcr_update_counter = 0;
    std::uint64_t timeout = 0;  // Time, milliseconds; 0: none
    Cc command_code{};          // 0: any
    std::uint8_t needs_auth_value = 0;
    std::uint8_t needs_password = 0;
    std::uint8_t needs_presence = 0;
    std::uint8_t localities = 0;  // TPMA_LOCALITY; 0: any
    std::uint8_t is_nv_checked = 0, nv_written = 0;
    Demand demand{};
    Tpm2bDigest demanded{};

    bool is_policy() const { return type != Se::hmac; }
    bool is_bound() const { return !bound_entity.value.empty(); }

    /// As at the start, or after TPM2_PolicyRestart.
    void restart_policy(std::uint64_t now, std::uint64_t epoch) {
        policy_digest.value.assign(digest_size(auth_hash), 0);
        start_time = now;
        time_epoch = epoch;
        is_pcr_checked = needs_auth_value = needs_password = needs_presence = 0;
        localities = is_nv_checked = nv_written = 0;
        pcr_update_counter = 0;
        timeout = 0;
        command_code = {};
        demand = Demand::none;
        demanded.value.clear();
    }

    static constexpr auto wire() {
        using S = Session;
        return std::tuple{field("handle", &S::handle),
                          field("type", &S::type),
                          field("authHash", &S::auth_hash),
                          field("symmetric", &S::symmetric),
                          field("nonceTPM", &S::nonce_tpm),
                          field("startTime", &S::start_time),
                          field("timeEpoch", &S::time_epoch),
                          field("boundEntity", &S::bound_entity),
                          field("isDaBound", &S::is_da_bound),
                          field("isLockoutBound", &S::is_lockout_bound),
                          field("isAudit", &S::is_audit),
                          field("auditDigest", &S::audit_digest),
                          field("policyDigest", &S::policy_digest),
                          field("isPcrChecked", &S::is_pcr_checked),
                          field("pcrUpdateCounter", &S::pcr_update_counter),
                          field("timeout", &S::timeout),
                          field("commandCode", &S::command_code),
                          field("needsAuthValue", &S::needs_auth_value),
                          field("needsPassword", &S::needs_password),
                          field("needsPresence", &S::needs_presence),
                          field("localities", &S::localities),
                          field("isNvChecked", &S::is_nv_checked),
                          field("nvWritten", &S::nv_written),
                          field("demand", &S::demand),
                          field("demanded", &S::demanded)};
    }
};

}  // namespace assay::tpm
