// Messages: keys at work and attestation (TPM 2.0 Library 1.59, Part 3, 14, 18, 20).
#pragma once
#include "models/tpm/message.hpp"

namespace assay::tpm {

/// The answer to every attestation.
struct AttestOut {
    Tpm2bAttest attest{};  // TPMS_ATTEST
    TpmtSignature signature{};
    static constexpr auto wire() {
        return std::tuple{field("attest", &AttestOut::attest), field("signature", &AttestOut::signature)};
    }
};

/// TPM2_Quote (18.4).
struct QuoteIn {
    static constexpr Cc cc = Cc::quote;
    using Out = AttestOut;
    Handle sign_handle = 0;
    Tpm2bData qualifying_data{};
    TpmtScheme in_scheme{};
    TpmlPcrSelection pcr_select{};
    static constexpr auto handles() {
        return std::tuple{ruled<&QuoteIn::sign_handle, rule::object_or_null>("signHandle")};
    }
    static constexpr auto wire() {
        using I = QuoteIn;
        return std::tuple{field("qualifyingData", &I::qualifying_data),
                          ruled_early<&I::in_scheme, rule::sig_scheme>("inScheme"),
                          field("PCRselect", &I::pcr_select)};
    }
};

/// TPM2_Certify (18.2), TPM2_CertifyCreation (18.3).
struct CertifyIn {
    static constexpr Cc cc = Cc::certify;
    using Out = AttestOut;
    Handle object_handle = 0;
    Handle sign_handle = 0;
    Tpm2bData qualifying_data{};
    TpmtScheme in_scheme{};
    static constexpr auto handles() {
        using I = CertifyIn;
        return std::tuple{ruled<&I::object_handle, rule::object>("objectHandle"),
                          ruled<&I::sign_handle, rule::object_or_null>("signHandle")};
    }
    static constexpr auto wire() {
        using I = CertifyIn;
        return std::tuple{field("qualifyingData", &I::qualifying_data),
                          ruled_early<&I::in_scheme, rule::sig_scheme>("inScheme")};
    }
};
struct CertifyCreationIn {
    static constexpr Cc cc = Cc::certify_creation;
    using Out = AttestOut;
    Handle sign_handle = 0;
    Handle object_handle = 0;
    Tpm2bData qualifying_data{};
    Tpm2bDigest creation_hash{};
    TpmtScheme in_scheme{};
    TpmtTkCreation creation_ticket{};
    static constexpr auto handles() {
        using I = CertifyCreationIn;
        return std::tuple{ruled<&I::sign_handle, rule::object_or_null>("signHandle"),
                          ruled<&I::object_handle, rule::object>("objectHandle")};
    }
    static constexpr auto wire() {
        using I = CertifyCreationIn;
        return std::tuple{field("qualifyingData", &I::qualifying_data),
                          field("creationHash", &I::creation_hash),
                          ruled_early<&I::in_scheme, rule::sig_scheme>("inScheme"),
                          field("creationTicket", &I::creation_ticket)};
    }
};

/// TPM2_Sign (20.2), TPM2_VerifySignature (20.1).
struct SignOut {
    TpmtSignature signature{};
    static constexpr auto wire() { return std::tuple{field("signature", &SignOut::signature)}; }
};
struct SignIn {
    static constexpr Cc cc = Cc::sign;
    using Out = SignOut;
    Handle key_handle = 0;
    Tpm2bDigest digest{};
    TpmtScheme in_scheme{};
    TpmtTkHashcheck validation{};
    static constexpr auto handles() {
        return std::tuple{ruled<&SignIn::key_handle, rule::object>("keyHandle")};
    }
    static constexpr auto wire() {
        using I = SignIn;
        return std::tuple{field("digest", &I::digest),
                          ruled_early<&I::in_scheme, rule::sig_scheme>("inScheme"),
                          field("validation", &I::validation)};
    }
};
struct VerifySignatureOut {
    TpmtTkVerified validation{};
    static constexpr auto wire() { return std::tuple{field("validation", &VerifySignatureOut::validation)}; }
};
struct VerifySignatureIn {
    static constexpr Cc cc = Cc::verify_signature;
    using Out = VerifySignatureOut;
    Handle key_handle = 0;
    Tpm2bDigest digest{};
    TpmtSignature signature{};
    static constexpr auto handles() {
        return std::tuple{ruled<&VerifySignatureIn::key_handle, rule::object>("keyHandle")};
    }
    static constexpr auto wire() {
        using I = VerifySignatureIn;
        return std::tuple{field("digest", &I::digest),
                          ruled_early<&I::signature, rule::signature>("signature")};
    }
};

/// TPM2_RSA_Encrypt (14.2), TPM2_RSA_Decrypt (14.3). A label ends with a zero byte.
struct RsaEncryptOut {
    Tpm2bPublicKeyRsa out_data{};
    static constexpr auto wire() { return std::tuple{field("outData", &RsaEncryptOut::out_data)}; }
};
struct RsaEncryptIn {
    static constexpr Cc cc = Cc::rsa_encrypt;
    using Out = RsaEncryptOut;
    Handle key_handle = 0;
    SecretTpm2b<512> message{};
    TpmtScheme in_scheme{};
    Tpm2bData label{};
    static constexpr auto handles() {
        return std::tuple{ruled<&RsaEncryptIn::key_handle, rule::object>("keyHandle")};
    }
    static constexpr auto wire() {
        using I = RsaEncryptIn;
        return std::tuple{field("message", &I::message),
                          ruled_early<&I::in_scheme, rule::rsa_decrypt>("inScheme"),
                          field("label", &I::label)};
    }
};
struct RsaDecryptOut {
    SecretTpm2b<512> message{};
    static constexpr auto wire() { return std::tuple{field("message", &RsaDecryptOut::message)}; }
};
struct RsaDecryptIn {
    static constexpr Cc cc = Cc::rsa_decrypt;
    using Out = RsaDecryptOut;
    Handle key_handle = 0;
    Tpm2bPublicKeyRsa cipher_text{};
    TpmtScheme in_scheme{};
    Tpm2bData label{};
    static constexpr auto handles() {
        return std::tuple{ruled<&RsaDecryptIn::key_handle, rule::object>("keyHandle")};
    }
    static constexpr auto wire() {
        using I = RsaDecryptIn;
        return std::tuple{field("cipherText", &I::cipher_text),
                          ruled_early<&I::in_scheme, rule::rsa_decrypt>("inScheme"),
                          field("label", &I::label)};
    }
};

/// TPM2_ECDH_KeyGen (14.4), TPM2_ECDH_ZGen (14.5).
struct EcdhKeyGenOut {
    Tpm2bEccPoint z_point{};
    Tpm2bEccPoint pub_point{};
    static constexpr auto wire() {
        using O = EcdhKeyGenOut;
        return std::tuple{field("zPoint", &O::z_point), field("pubPoint", &O::pub_point)};
    }
};
struct EcdhKeyGenIn {
    static constexpr Cc cc = Cc::ecdh_key_gen;
    using Out = EcdhKeyGenOut;
    Handle key_handle = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&EcdhKeyGenIn::key_handle, rule::object>("keyHandle")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};
struct EcdhZgenOut {
    Tpm2bEccPoint out_point{};
    static constexpr auto wire() { return std::tuple{field("outPoint", &EcdhZgenOut::out_point)}; }
};
struct EcdhZgenIn {
    static constexpr Cc cc = Cc::ecdh_zgen;
    using Out = EcdhZgenOut;
    Handle key_handle = 0;
    Tpm2bEccPoint in_point{};
    static constexpr auto handles() {
        return std::tuple{ruled<&EcdhZgenIn::key_handle, rule::object>("keyHandle")};
    }
    static constexpr auto wire() { return std::tuple{field("inPoint", &EcdhZgenIn::in_point)}; }
};

}  // namespace assay::tpm
