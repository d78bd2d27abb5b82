// Messages: policies that somebody or something else has to confirm (TPM 2.0 Library 1.59, Part 3, 23): a
// secret, a signature, a ticket, the content of an NV index.
#pragma once
#include "models/tpm/message.hpp"

namespace assay::tpm {

/// TPM2_PolicySigned (23.3), TPM2_PolicySecret (23.4): what they answer.
struct PolicySecretOut {
    Tpm2bDigest timeout{};
    TpmtTkAuth policy_ticket{};
    static constexpr auto wire() {
        using O = PolicySecretOut;
        return std::tuple{field("timeout", &O::timeout), field("policyTicket", &O::policy_ticket)};
    }
};
using PolicySignedOut = PolicySecretOut;

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
struct PolicySignedIn {
    static constexpr Cc cc = Cc::policy_signed;
    using Out = PolicySignedOut;
    Handle auth_object = 0;
    Handle policy_session = 0;
    Tpm2bDigest nonce_tpm{};
    Tpm2bDigest cp_hash_a{};
    Tpm2bDigest policy_ref{};
    std::uint32_t expiration = 0;  // as of TPM2_PolicySecret
    TpmtSignature auth{};
    static constexpr auto handles() {
        using I = PolicySignedIn;
        return std::tuple{ruled<&I::auth_object, rule::object>("authObject"),
                          ruled<&I::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() {
        using I = PolicySignedIn;
        return std::tuple{field("nonceTPM", &I::nonce_tpm), field("cpHashA", &I::cp_hash_a),
                          field("policyRef", &I::policy_ref), field("expiration", &I::expiration),
                          field("auth", &I::auth)};
    }
};

/// TPM2_PolicyTicket (23.5).
struct PolicyTicketIn {
    static constexpr Cc cc = Cc::policy_ticket;
    using Out = NoOut;
    Handle policy_session = 0;
    Tpm2bDigest timeout{};
    Tpm2bDigest cp_hash_a{};
    Tpm2bDigest policy_ref{};
    Tpm2bName auth_name{};
    TpmtTkAuth ticket{};
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicyTicketIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() {
        using I = PolicyTicketIn;
        return std::tuple{field("timeout", &I::timeout), field("cpHashA", &I::cp_hash_a),
                          field("policyRef", &I::policy_ref), field("authName", &I::auth_name),
                          field("ticket", &I::ticket)};
    }
};

/// TPM2_PolicyAuthorize (23.16).
struct PolicyAuthorizeIn {
    static constexpr Cc cc = Cc::policy_authorize;
    using Out = NoOut;
    Handle policy_session = 0;
    Tpm2bDigest approved_policy{};
    Tpm2bDigest policy_ref{};
    Tpm2bName key_sign{};
    TpmtTkVerified check_ticket{};
    static constexpr auto handles() {
        return std::tuple{ruled<&PolicyAuthorizeIn::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() {
        using I = PolicyAuthorizeIn;
        return std::tuple{field("approvedPolicy", &I::approved_policy), field("policyRef", &I::policy_ref),
                          field("keySign", &I::key_sign), field("checkTicket", &I::check_ticket)};
    }
};

/// TPM2_PolicyNV (23.9).
struct PolicyNvIn {
    static constexpr Cc cc = Cc::policy_nv;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    Handle nv_index = 0;
    Handle policy_session = 0;
    Tpm2bDigest operand_b{};
    std::uint16_t offset = 0;
    Eo operation = Eo::eq;
    static constexpr auto handles() {
        using I = PolicyNvIn;
        return std::tuple{ruled<&I::auth_handle, rule::nv_auth>("authHandle"),
                          ruled<&I::nv_index, rule::nv_index>("nvIndex"),
                          ruled<&I::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() {
        using I = PolicyNvIn;
        return std::tuple{field("operandB", &I::operand_b), field("offset", &I::offset),
                          ruled<&I::operation, rule::eo>("operation")};
    }
};

/// TPM2_PolicyAuthorizeNV (23.22): the index holds a TPMT_HA.
struct PolicyAuthorizeNvIn {
    static constexpr Cc cc = Cc::policy_authorize_nv;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    Handle nv_index = 0;
    Handle policy_session = 0;
    static constexpr auto handles() {
        using I = PolicyAuthorizeNvIn;
        return std::tuple{ruled<&I::auth_handle, rule::nv_auth>("authHandle"),
                          ruled<&I::nv_index, rule::nv_index>("nvIndex"),
                          ruled<&I::policy_session, rule::policy_session>("policySession")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};

}  // namespace assay::tpm
