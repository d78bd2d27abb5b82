// Messages: sessions and policies (TPM 2.0 Library 1.59, Part 3, 11 and 23).
#pragma once
#include "models/tpm/message.hpp"

namespace assay::tpm {

/// TPM2_StartAuthSession (11.1).
struct StartAuthSessionOut {
    Handle session_handle = 0;
    Tpm2bDigest nonce_tpm{};
    static constexpr auto handles() {
        return std::tuple{field("sessionHandle", &StartAuthSessionOut::session_handle)};
    }
    static constexpr auto wire() { return std::tuple{field("nonceTPM", &StartAuthSessionOut::nonce_tpm)}; }
};
struct StartAuthSessionIn {
    static constexpr Cc cc = Cc::start_auth_session;
    using Out = StartAuthSessionOut;
    Handle tpm_key = rh::null;
    Handle bind = rh::null;
    Tpm2bDigest nonce_caller{};
    Tpm2bEncryptedSecret encrypted_salt{};
    Se session_type = Se::hmac;
    TpmtSymDef symmetric{};
    Alg auth_hash = Alg::sha256;
    static constexpr auto handles() {
        using I = StartAuthSessionIn;
        return std::tuple{ruled<&I::tpm_key, rule::object_or_null>("tpmKey"),
                          ruled<&I::bind, rule::entity_or_null>("bind")};
    }
    static constexpr auto wire() {
        using I = StartAuthSessionIn;
        return std::tuple{field("nonceCaller", &I::nonce_caller), field("encryptedSalt", &I::encrypted_salt),
                          ruled<&I::session_type, rule::se>("sessionType"),
                          ruled_early<&I::symmetric, rule::sym_def>("symmetric"),
                          ruled<&I::auth_hash, rule::hash>("authHash")};
    }
};

/// A command with a policy session as its only input.
template <Cc code>
struct PolicySessionIn {
    static constexpr Cc cc = code;
    using Out = NoOut;
    Handle policy_session = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicySessionIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};
/// TPM2_PolicyRestart (11.2), TPM2_PolicyAuthValue (23.17), TPM2_PolicyPassword (23.18).
using PolicyRestartIn = PolicySessionIn<Cc::policy_restart>;
using PolicyAuthValueIn = PolicySessionIn<Cc::policy_auth_value>;
using PolicyPasswordIn = PolicySessionIn<Cc::policy_password>;
/// TPM2_PolicyPhysicalPresence (23.15).
using PolicyPhysicalPresenceIn = PolicySessionIn<Cc::policy_physical_presence>;

/// TPM2_PolicyOR (23.6).
struct PolicyOrIn {
    static constexpr Cc cc = Cc::policy_or;
    using Out = NoOut;
    Handle policy_session = 0;
    using Digests = List<Tpm2bDigest, std::uint32_t, 8, 2>;  // TPML_DIGEST {2:}
    Digests p_hash_list{};
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicyOrIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() { return std::tuple{field("pHashList", &PolicyOrIn::p_hash_list)}; }
};

/// TPM2_PolicyPCR (23.7).
struct PolicyPcrIn {
    static constexpr Cc cc = Cc::policy_pcr;
    using Out = NoOut;
    Handle policy_session = 0;
    Tpm2bDigest pcr_digest{};
    TpmlPcrSelection pcrs{};
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicyPcrIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() {
        return std::tuple{field("pcrDigest", &PolicyPcrIn::pcr_digest), field("pcrs", &PolicyPcrIn::pcrs)};
    }
};

/// TPM2_PolicyCommandCode (23.11).
struct PolicyCommandCodeIn {
    static constexpr Cc cc = Cc::policy_command_code;
    using Out = NoOut;
    Handle policy_session = 0;
    Cc code{};
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicyCommandCodeIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() { return std::tuple{field("code", &PolicyCommandCodeIn::code)}; }
};

/// A digest that the command to come must have: TPM2_PolicyCpHash (23.13), TPM2_PolicyNameHash (23.14),
/// TPM2_PolicyTemplate (23.21).
template <Cc code>
struct PolicyHashIn {
    static constexpr Cc cc = code;
    using Out = NoOut;
    Handle policy_session = 0;
    Tpm2bDigest hash{};
    static constexpr std::string_view hash_name() {
        if (code == Cc::policy_cp_hash) return "cpHashA";
        return code == Cc::policy_name_hash ? "nameHash" : "templateHash";
    }
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicyHashIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() { return std::tuple{field(hash_name(), &PolicyHashIn::hash)}; }
};
using PolicyCpHashIn = PolicyHashIn<Cc::policy_cp_hash>;
using PolicyNameHashIn = PolicyHashIn<Cc::policy_name_hash>;
using PolicyTemplateIn = PolicyHashIn<Cc::policy_template>;

/// TPM2_PolicyLocality (23.8): TPMA_LOCALITY, a bit per locality 0 to 4, or one locality from 32 on.
struct PolicyLocalityIn {
    static constexpr Cc cc = Cc::policy_locality;
    using Out = NoOut;
    Handle policy_session = 0;
    std::uint8_t locality = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicyLocalityIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() { return std::tuple{field("locality", &PolicyLocalityIn::locality)}; }
};

/// TPM2_PolicyNvWritten (23.20).
struct PolicyNvWrittenIn {
    static constexpr Cc cc = Cc::policy_nv_written;
    using Out = NoOut;
    Handle policy_session = 0;
    std::uint8_t written_set = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicyNvWrittenIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() {
        return std::tuple{ruled<&PolicyNvWrittenIn::written_set, rule::yes_no>("writtenSet")};
    }
};

/// TPM2_PolicyCounterTimer (23.10): compares bytes of TPMS_TIME_INFO.
struct PolicyCounterTimerIn {
    static constexpr Cc cc = Cc::policy_counter_timer;
    using Out = NoOut;
    Handle policy_session = 0;
    Tpm2bDigest operand_b{};
    std::uint16_t offset = 0;
    Eo operation = Eo::eq;
    static constexpr auto handles() {
        using I = PolicyCounterTimerIn;
        return std::tuple{ruled<&I::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() {
        using I = PolicyCounterTimerIn;
        return std::tuple{field("operandB", &I::operand_b), field("offset", &I::offset),
                          ruled<&I::operation, rule::eo>("operation")};
    }
};

/// TPM2_PolicyDuplicationSelect (23.16).
struct PolicyDuplicationSelectIn {
    static constexpr Cc cc = Cc::policy_duplication_select;
    using Out = NoOut;
    Handle policy_session = 0;
    Tpm2bName object_name{};
    Tpm2bName new_parent_name{};
    std::uint8_t include_object = 0;
    static constexpr auto handles() {
        using I = PolicyDuplicationSelectIn;
        return std::tuple{ruled<&I::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() {
        using I = PolicyDuplicationSelectIn;
        return std::tuple{field("objectName", &I::object_name), field("newParentName", &I::new_parent_name),
                          ruled<&I::include_object, rule::yes_no>("includeObject")};
    }
};

/// TPM2_PolicyGetDigest (23.19).
struct PolicyGetDigestOut {
    Tpm2bDigest policy_digest{};
    static constexpr auto wire() {
        return std::tuple{field("policyDigest", &PolicyGetDigestOut::policy_digest)};
    }
};
struct PolicyGetDigestIn {
    static constexpr Cc cc = Cc::policy_get_digest;
    using Out = PolicyGetDigestOut;
    Handle policy_session = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicyGetDigestIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};

}  // namespace assay::tpm
