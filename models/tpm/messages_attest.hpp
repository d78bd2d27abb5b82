// Messages: attestation of time, NV content and audits (TPM 2.0 Library 1.59, Part 3, 18.5 to 18.7, 31.16).
#pragma once
#include "models/tpm/messages_key.hpp"

namespace assay::tpm {

namespace rule {
constexpr Rc endorsement(Handle h) { return unless(h == rh::endorsement, Rc::value); }
constexpr Rc hmac_session(Handle h) { return unless(kind_of(h) == Ht::hmac_session, Rc::value); }
}  // namespace rule

/// TPM2_GetTime (18.7), TPM2_GetCommandAuditDigest (18.6): the privacy administrator and a signer.
template <Cc code>
struct PrivateAttestIn {
    static constexpr Cc cc = code;
    using Out = AttestOut;
    Handle privacy_admin_handle = rh::endorsement;
    Handle sign_handle = rh::null;
    Tpm2bData qualifying_data{};
    TpmtScheme in_scheme{};
    static constexpr auto handles() {
        using I = PrivateAttestIn;
        return std::tuple{ruled<&I::privacy_admin_handle, rule::endorsement>("privacyAdminHandle"),
                          ruled<&I::sign_handle, rule::object_or_null>("signHandle")};
    }
    static constexpr auto wire() {
        using I = PrivateAttestIn;
        return std::tuple{field("qualifyingData", &I::qualifying_data),
                          ruled_early<&I::in_scheme, rule::sig_scheme>("inScheme")};
    }
};
using GetTimeIn = PrivateAttestIn<Cc::get_time>;
using GetCommandAuditDigestIn = PrivateAttestIn<Cc::get_command_audit_digest>;

/// TPM2_GetSessionAuditDigest (18.5).
struct GetSessionAuditDigestIn {
    static constexpr Cc cc = Cc::get_session_audit_digest;
    using Out = AttestOut;
    Handle privacy_admin_handle = rh::endorsement;
    Handle sign_handle = rh::null;
    Handle session_handle = 0;
    Tpm2bData qualifying_data{};
    TpmtScheme in_scheme{};
    static constexpr auto handles() {
        using I = GetSessionAuditDigestIn;
        return std::tuple{ruled<&I::privacy_admin_handle, rule::endorsement>("privacyAdminHandle"),
                          ruled<&I::sign_handle, rule::object_or_null>("signHandle"),
                          ruled<&I::session_handle, rule::hmac_session>("sessionHandle")};
    }
    static constexpr auto wire() {
        using I = GetSessionAuditDigestIn;
        return std::tuple{field("qualifyingData", &I::qualifying_data),
                          ruled_early<&I::in_scheme, rule::sig_scheme>("inScheme")};
    }
};

/// TPM2_NV_Certify (31.16). A size and an offset of 0 ask for the digest of the whole index.
struct NvCertifyIn {
    static constexpr Cc cc = Cc::nv_certify;
    using Out = AttestOut;
    Handle sign_handle = rh::null;
    Handle auth_handle = rh::owner;
    Handle nv_index = 0;
    Tpm2bData qualifying_data{};
    TpmtScheme in_scheme{};
    std::uint16_t size = 0;
    std::uint16_t offset = 0;
    static constexpr auto handles() {
        using I = NvCertifyIn;
        return std::tuple{ruled<&I::sign_handle, rule::object_or_null>("signHandle"),
                          ruled<&I::auth_handle, rule::nv_auth>("authHandle"),
                          ruled<&I::nv_index, rule::nv_index>("nvIndex")};
    }
    static constexpr auto wire() {
        using I = NvCertifyIn;
        return std::tuple{field("qualifyingData", &I::qualifying_data),
                          ruled_early<&I::in_scheme, rule::sig_scheme>("inScheme"), field("size", &I::size),
                          field("offset", &I::offset)};
    }
};

}  // namespace assay::tpm
