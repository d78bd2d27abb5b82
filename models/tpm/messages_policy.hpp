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
                          ruled<&I::symmetric, rule::sym_def>("symmetric"),
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

/// TPM2_PolicySecret (23.4).
struct PolicySecretOut {
    Tpm2bDigest timeout{};
    TpmtTkAuth policy_ticket{};
    static constexpr auto wire() {
        using O = PolicySecretOut;
        return std::tuple{field("timeout", &O::timeout), field("policyTicket", &O::policy_ticket)};
    }
};
struct PolicySecretIn {
    static constexpr Cc cc = Cc::policy_secret;
    using Out = PolicySecretOut;
    Handle auth_handle = 0;
    Handle policy_session = 0;
    Tpm2bDigest nonce_tpm{};
    Tpm2bDigest cp_hash_a{};
    Tpm2bDigest policy_ref{};
    std::uint32_t expiration = 0;  // INT32: seconds; negative asks for a ticket
    static constexpr auto handles() {
        using I = PolicySecretIn;
        return std::tuple{ruled<&I::auth_handle, rule::entity>("authHandle"),
                          ruled<&I::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() {
        using I = PolicySecretIn;
        return std::tuple{field("nonceTPM", &I::nonce_tpm), field("cpHashA", &I::cp_hash_a),
                          field("policyRef", &I::policy_ref), field("expiration", &I::expiration)};
    }
};

/// TPM2_PolicyOR (23.6).
struct PolicyOrIn {
    static constexpr Cc cc = Cc::policy_or;
    using Out = NoOut;
    Handle policy_session = 0;
    TpmlDigest p_hash_list{};
    static constexpr Rc two_or_more(const TpmlDigest& list) {
        return rule::unless(list.items.size() >= 2, Rc::size);
    }
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicyOrIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() {
        return std::tuple{ruled<&PolicyOrIn::p_hash_list, two_or_more>("pHashList")};
    }
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
