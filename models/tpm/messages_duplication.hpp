// Messages: objects under another parent or with another authValue (TPM 2.0 Library 1.59, Part 3, 12.8 and
// 13).
#pragma once
#include "models/tpm/message.hpp"

namespace assay::tpm {

/// TPM2_ObjectChangeAuth (12.8), TPM2_Import (13.3).
struct PrivateOut {
    Tpm2bPrivate out_private{};
    static constexpr auto wire() { return std::tuple{field("outPrivate", &PrivateOut::out_private)}; }
};
struct ObjectChangeAuthIn {
    static constexpr Cc cc = Cc::object_change_auth;
    using Out = PrivateOut;
    Handle object_handle = 0;
    Handle parent_handle = 0;
    Tpm2bAuth new_auth{};
    static constexpr auto handles() {
        using I = ObjectChangeAuthIn;
        return std::tuple{ruled<&I::object_handle, rule::object>("objectHandle"),
                          ruled<&I::parent_handle, rule::object>("parentHandle")};
    }
    static constexpr auto wire() { return std::tuple{field("newAuth", &ObjectChangeAuthIn::new_auth)}; }
};
struct ImportIn {
    static constexpr Cc cc = Cc::import;
    using Out = PrivateOut;
    Handle parent_handle = 0;
    SecretTpm2b<66> encryption_key{};  // of the inner wrap; empty: none
    Tpm2bPublic object_public{};
    Tpm2bPrivate duplicate{};
    Tpm2bEncryptedSecret in_sym_seed{};  // of the outer wrap; empty: none
    TpmtSymDef symmetric_alg{};
    static constexpr auto handles() {
        return std::tuple{ruled<&ImportIn::parent_handle, rule::object>("parentHandle")};
    }
    static constexpr auto wire() {
        using I = ImportIn;
        return std::tuple{field("encryptionKey", &I::encryption_key),
                          ruled_early<&I::object_public, rule::named>("objectPublic"),
                          field("duplicate", &I::duplicate), field("inSymSeed", &I::in_sym_seed),
                          ruled_early<&I::symmetric_alg, rule::sym_def_object>("symmetricAlg")};
    }
};

/// TPM2_Duplicate (13.1).
struct DuplicateOut {
    SecretTpm2b<66> encryption_key_out{};  // where it was made here
    Tpm2bPrivate duplicate{};
    Tpm2bEncryptedSecret out_sym_seed{};
    static constexpr auto wire() {
        using O = DuplicateOut;
        return std::tuple{field("encryptionKeyOut", &O::encryption_key_out),
                          field("duplicate", &O::duplicate), field("outSymSeed", &O::out_sym_seed)};
    }
};
struct DuplicateIn {
    static constexpr Cc cc = Cc::duplicate;
    using Out = DuplicateOut;
    Handle object_handle = 0;
    Handle new_parent_handle = rh::null;
    SecretTpm2b<66> encryption_key_in{};
    TpmtSymDef symmetric_alg{};
    static constexpr auto handles() {
        using I = DuplicateIn;
        return std::tuple{ruled<&I::object_handle, rule::object>("objectHandle"),
                          ruled<&I::new_parent_handle, rule::object_or_null>("newParentHandle")};
    }
    static constexpr auto wire() {
        using I = DuplicateIn;
        return std::tuple{field("encryptionKeyIn", &I::encryption_key_in),
                          ruled_early<&I::symmetric_alg, rule::sym_def_object>("symmetricAlg")};
    }
};

/// TPM2_Rewrap (13.2).
struct RewrapOut {
    Tpm2bPrivate out_duplicate{};
    Tpm2bEncryptedSecret out_sym_seed{};
    static constexpr auto wire() {
        using O = RewrapOut;
        return std::tuple{field("outDuplicate", &O::out_duplicate), field("outSymSeed", &O::out_sym_seed)};
    }
};
struct RewrapIn {
    static constexpr Cc cc = Cc::rewrap;
    using Out = RewrapOut;
    Handle old_parent = rh::null;
    Handle new_parent = rh::null;
    Tpm2bPrivate in_duplicate{};
    Tpm2bName name{};
    Tpm2bEncryptedSecret in_sym_seed{};
    static constexpr auto handles() {
        using I = RewrapIn;
        return std::tuple{ruled<&I::old_parent, rule::object_or_null>("oldParent"),
                          ruled<&I::new_parent, rule::object_or_null>("newParent")};
    }
    static constexpr auto wire() {
        using I = RewrapIn;
        return std::tuple{field("inDuplicate", &I::in_duplicate), field("name", &I::name),
                          field("inSymSeed", &I::in_sym_seed)};
    }
};

}  // namespace assay::tpm
