// Messages: objects (TPM 2.0 Library 1.59, Part 3, 12 and 24.1).
#pragma once
#include "models/tpm/message.hpp"

namespace assay::tpm {

/// TPM2_CreatePrimary (24.1).
struct CreatePrimaryOut {
    Handle object_handle = 0;
    Tpm2bPublic out_public{};
    Tpm2bCreationData creation_data{};
    Tpm2bDigest creation_hash{};
    TpmtTkCreation creation_ticket{};
    Tpm2bName name{};
    static constexpr auto handles() {
        return std::tuple{field("objectHandle", &CreatePrimaryOut::object_handle)};
    }
    static constexpr auto wire() {
        using O = CreatePrimaryOut;
        return std::tuple{field("outPublic", &O::out_public), field("creationData", &O::creation_data),
                          field("creationHash", &O::creation_hash),
                          field("creationTicket", &O::creation_ticket), field("name", &O::name)};
    }
};
struct CreatePrimaryIn {
    static constexpr Cc cc = Cc::create_primary;
    using Out = CreatePrimaryOut;
    Handle primary_handle = rh::null;
    Tpm2bSensitiveCreate in_sensitive{};
    Tpm2bPublic in_public{};
    Tpm2bData outside_info{};
    TpmlPcrSelection creation_pcr{};
    static constexpr auto handles() {
        return std::tuple{ruled<&CreatePrimaryIn::primary_handle, rule::hierarchy_or_null>("primaryHandle")};
    }
    static constexpr auto wire() {
        using I = CreatePrimaryIn;
        return std::tuple{field("inSensitive", &I::in_sensitive),
                          ruled_early<&I::in_public, rule::named>("inPublic"),
                          field("outsideInfo", &I::outside_info), field("creationPCR", &I::creation_pcr)};
    }
};

/// TPM2_Create (12.1).
struct CreateOut {
    Tpm2bPrivate out_private{};
    Tpm2bPublic out_public{};
    Tpm2bCreationData creation_data{};
    Tpm2bDigest creation_hash{};
    TpmtTkCreation creation_ticket{};
    static constexpr auto wire() {
        using O = CreateOut;
        return std::tuple{field("outPrivate", &O::out_private), field("outPublic", &O::out_public),
                          field("creationData", &O::creation_data), field("creationHash", &O::creation_hash),
                          field("creationTicket", &O::creation_ticket)};
    }
};
struct CreateIn {
    static constexpr Cc cc = Cc::create;
    using Out = CreateOut;
    Handle parent_handle = 0;
    Tpm2bSensitiveCreate in_sensitive{};
    Tpm2bPublic in_public{};
    Tpm2bData outside_info{};
    TpmlPcrSelection creation_pcr{};
    static constexpr auto handles() {
        return std::tuple{ruled<&CreateIn::parent_handle, rule::object>("parentHandle")};
    }
    static constexpr auto wire() {
        using I = CreateIn;
        return std::tuple{field("inSensitive", &I::in_sensitive),
                          ruled_early<&I::in_public, rule::named>("inPublic"),
                          field("outsideInfo", &I::outside_info), field("creationPCR", &I::creation_pcr)};
    }
};

/// TPM2_CreateLoaded (12.9). The template is parsed by the command itself.
struct CreateLoadedOut {
    Handle object_handle = 0;
    Tpm2bPrivate out_private{};
    Tpm2bPublic out_public{};
    Tpm2bName name{};
    static constexpr auto handles() {
        return std::tuple{field("objectHandle", &CreateLoadedOut::object_handle)};
    }
    static constexpr auto wire() {
        using O = CreateLoadedOut;
        return std::tuple{field("outPrivate", &O::out_private), field("outPublic", &O::out_public),
                          field("name", &O::name)};
    }
};
struct CreateLoadedIn {
    static constexpr Cc cc = Cc::create_loaded;
    using Out = CreateLoadedOut;
    Handle parent_handle = rh::null;
    Tpm2bSensitiveCreate in_sensitive{};
    Tpm2b<1024> in_public{};
    static constexpr auto handles() {
        return std::tuple{ruled<&CreateLoadedIn::parent_handle, rule::parent_or_null>("parentHandle")};
    }
    static constexpr auto wire() {
        using I = CreateLoadedIn;
        return std::tuple{field("inSensitive", &I::in_sensitive), field("inPublic", &I::in_public)};
    }
};

/// TPM2_Load (12.2), TPM2_LoadExternal (12.3).
struct LoadOut {
    Handle object_handle = 0;
    Tpm2bName name{};
    static constexpr auto handles() { return std::tuple{field("objectHandle", &LoadOut::object_handle)}; }
    static constexpr auto wire() { return std::tuple{field("name", &LoadOut::name)}; }
};
struct LoadIn {
    static constexpr Cc cc = Cc::load;
    using Out = LoadOut;
    Handle parent_handle = 0;
    Tpm2bPrivate in_private{};
    Tpm2bPublic in_public{};
    static constexpr auto handles() {
        return std::tuple{ruled<&LoadIn::parent_handle, rule::object>("parentHandle")};
    }
    static constexpr auto wire() {
        using I = LoadIn;
        return std::tuple{field("inPrivate", &I::in_private),
                          ruled_early<&I::in_public, rule::named>("inPublic")};
    }
};
struct LoadExternalIn {
    static constexpr Cc cc = Cc::load_external;
    using Out = LoadOut;
    Tpm2bSensitive in_private{};
    Tpm2bPublic in_public{};
    Handle hierarchy = rh::null;
    static constexpr auto wire() {
        using I = LoadExternalIn;
        return std::tuple{field("inPrivate", &I::in_private), field("inPublic", &I::in_public),
                          ruled<&I::hierarchy, rule::hierarchy_or_null>("hierarchy")};
    }
};

/// TPM2_ReadPublic (12.4).
struct ReadPublicOut {
    Tpm2bPublic out_public{};
    Tpm2bName name{};
    Tpm2bName qualified_name{};
    static constexpr auto wire() {
        using O = ReadPublicOut;
        return std::tuple{field("outPublic", &O::out_public), field("name", &O::name),
                          field("qualifiedName", &O::qualified_name)};
    }
};
struct ReadPublicIn {
    static constexpr Cc cc = Cc::read_public;
    using Out = ReadPublicOut;
    Handle object_handle = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&ReadPublicIn::object_handle, rule::object>("objectHandle")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};

/// TPM2_ActivateCredential (12.5), TPM2_MakeCredential (12.6).
struct ActivateCredentialOut {
    Tpm2bAuth cert_info{};
    static constexpr auto wire() { return std::tuple{field("certInfo", &ActivateCredentialOut::cert_info)}; }
};
struct ActivateCredentialIn {
    static constexpr Cc cc = Cc::activate_credential;
    using Out = ActivateCredentialOut;
    Handle activate_handle = 0;
    Handle key_handle = 0;
    Tpm2bIdObject credential_blob{};
    Tpm2bEncryptedSecret secret{};
    static constexpr auto handles() {
        using I = ActivateCredentialIn;
        return std::tuple{ruled<&I::activate_handle, rule::object>("activateHandle"),
                          ruled<&I::key_handle, rule::object>("keyHandle")};
    }
    static constexpr auto wire() {
        using I = ActivateCredentialIn;
        return std::tuple{field("credentialBlob", &I::credential_blob), field("secret", &I::secret)};
    }
};
struct MakeCredentialOut {
    Tpm2bIdObject credential_blob{};
    Tpm2bEncryptedSecret secret{};
    static constexpr auto wire() {
        using O = MakeCredentialOut;
        return std::tuple{field("credentialBlob", &O::credential_blob), field("secret", &O::secret)};
    }
};
struct MakeCredentialIn {
    static constexpr Cc cc = Cc::make_credential;
    using Out = MakeCredentialOut;
    Handle handle = 0;
    Tpm2bAuth credential{};
    Tpm2bName object_name{};
    static constexpr auto handles() {
        return std::tuple{ruled<&MakeCredentialIn::handle, rule::object>("handle")};
    }
    static constexpr auto wire() {
        using I = MakeCredentialIn;
        return std::tuple{field("credential", &I::credential), field("objectName", &I::object_name)};
    }
};

/// TPM2_Unseal (12.7).
struct UnsealOut {
    Tpm2bSensitiveData out_data{};
    static constexpr auto wire() { return std::tuple{field("outData", &UnsealOut::out_data)}; }
};
struct UnsealIn {
    static constexpr Cc cc = Cc::unseal;
    using Out = UnsealOut;
    Handle item_handle = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&UnsealIn::item_handle, rule::object>("itemHandle")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};

}  // namespace assay::tpm
