// Messages: non-volatile storage (TPM 2.0 Library 1.59, Part 3, 31).
#pragma once
#include "models/tpm/message.hpp"

namespace assay::tpm {

/// TPM2_NV_DefineSpace (31.3), TPM2_NV_UndefineSpace (31.4).
struct NvDefineSpaceIn {
    static constexpr Cc cc = Cc::nv_define_space;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    Tpm2bAuth auth{};
    Tpm2bNvPublic public_info{};
    static constexpr auto handles() {
        return std::tuple{ruled<&NvDefineSpaceIn::auth_handle, rule::provision>("authHandle")};
    }
    static constexpr auto wire() {
        using I = NvDefineSpaceIn;
        return std::tuple{field("auth", &I::auth), field("publicInfo", &I::public_info)};
    }
};
struct NvUndefineSpaceIn {
    static constexpr Cc cc = Cc::nv_undefine_space;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    Handle nv_index = 0;
    static constexpr auto handles() {
        using I = NvUndefineSpaceIn;
        return std::tuple{ruled<&I::auth_handle, rule::provision>("authHandle"),
                          ruled<&I::nv_index, rule::nv_index>("nvIndex")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};

/// TPM2_NV_ReadPublic (31.6).
struct NvReadPublicOut {
    Tpm2bNvPublic nv_public{};
    Tpm2bName nv_name{};
    static constexpr auto wire() {
        using O = NvReadPublicOut;
        return std::tuple{field("nvPublic", &O::nv_public), field("nvName", &O::nv_name)};
    }
};
struct NvReadPublicIn {
    static constexpr Cc cc = Cc::nv_read_public;
    using Out = NvReadPublicOut;
    Handle nv_index = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&NvReadPublicIn::nv_index, rule::nv_index>("nvIndex")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};

/// TPM2_NV_Write (31.7), TPM2_NV_Read (31.13).
struct NvWriteIn {
    static constexpr Cc cc = Cc::nv_write;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    Handle nv_index = 0;
    Tpm2bMaxNvBuffer data{};
    std::uint16_t offset = 0;
    static constexpr auto handles() {
        using I = NvWriteIn;
        return std::tuple{ruled<&I::auth_handle, rule::nv_auth>("authHandle"),
                          ruled<&I::nv_index, rule::nv_index>("nvIndex")};
    }
    static constexpr auto wire() {
        return std::tuple{field("data", &NvWriteIn::data), field("offset", &NvWriteIn::offset)};
    }
};
struct NvReadOut {
    Tpm2bMaxNvBuffer data{};
    static constexpr auto wire() { return std::tuple{field("data", &NvReadOut::data)}; }
};
struct NvReadIn {
    static constexpr Cc cc = Cc::nv_read;
    using Out = NvReadOut;
    Handle auth_handle = rh::owner;
    Handle nv_index = 0;
    std::uint16_t size = 0;
    std::uint16_t offset = 0;
    static constexpr auto handles() {
        using I = NvReadIn;
        return std::tuple{ruled<&I::auth_handle, rule::nv_auth>("authHandle"),
                          ruled<&I::nv_index, rule::nv_index>("nvIndex")};
    }
    static constexpr auto wire() {
        return std::tuple{field("size", &NvReadIn::size), field("offset", &NvReadIn::offset)};
    }
};

/// A command with an NV index and who may use it as its only input: TPM2_NV_Increment (31.8),
/// TPM2_NV_WriteLock (31.11), TPM2_NV_ReadLock (31.14).
template <Cc code>
struct NvIndexIn {
    static constexpr Cc cc = code;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    Handle nv_index = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&NvIndexIn::auth_handle, rule::nv_auth>("authHandle"),
                          ruled<&NvIndexIn::nv_index, rule::nv_index>("nvIndex")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};
using NvIncrementIn = NvIndexIn<Cc::nv_increment>;
using NvWriteLockIn = NvIndexIn<Cc::nv_write_lock>;
using NvReadLockIn = NvIndexIn<Cc::nv_read_lock>;

/// TPM2_NV_Extend (31.9), TPM2_NV_SetBits (31.10).
struct NvExtendIn {
    static constexpr Cc cc = Cc::nv_extend;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    Handle nv_index = 0;
    Tpm2bMaxNvBuffer data{};
    static constexpr auto handles() {
        using I = NvExtendIn;
        return std::tuple{ruled<&I::auth_handle, rule::nv_auth>("authHandle"),
                          ruled<&I::nv_index, rule::nv_index>("nvIndex")};
    }
    static constexpr auto wire() { return std::tuple{field("data", &NvExtendIn::data)}; }
};
struct NvSetBitsIn {
    static constexpr Cc cc = Cc::nv_set_bits;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    Handle nv_index = 0;
    std::uint64_t bits = 0;
    static constexpr auto handles() {
        using I = NvSetBitsIn;
        return std::tuple{ruled<&I::auth_handle, rule::nv_auth>("authHandle"),
                          ruled<&I::nv_index, rule::nv_index>("nvIndex")};
    }
    static constexpr auto wire() { return std::tuple{field("bits", &NvSetBitsIn::bits)}; }
};

/// TPM2_NV_GlobalWriteLock (31.12).
struct NvGlobalWriteLockIn {
    static constexpr Cc cc = Cc::nv_global_write_lock;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    static constexpr auto handles() {
        return std::tuple{ruled<&NvGlobalWriteLockIn::auth_handle, rule::provision>("authHandle")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};

/// TPM2_NV_UndefineSpaceSpecial (31.5), TPM2_NV_ChangeAuth (31.15).
struct NvUndefineSpaceSpecialIn {
    static constexpr Cc cc = Cc::nv_undefine_space_special;
    using Out = NoOut;
    Handle nv_index = 0;
    Handle platform = rh::platform;
    static constexpr auto handles() {
        using I = NvUndefineSpaceSpecialIn;
        return std::tuple{ruled<&I::nv_index, rule::nv_index>("nvIndex"),
                          ruled<&I::platform, rule::platform>("platform")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};
struct NvChangeAuthIn {
    static constexpr Cc cc = Cc::nv_change_auth;
    using Out = NoOut;
    Handle nv_index = 0;
    Tpm2bAuth new_auth{};
    static constexpr auto handles() {
        return std::tuple{ruled<&NvChangeAuthIn::nv_index, rule::nv_index>("nvIndex")};
    }
    static constexpr auto wire() { return std::tuple{field("newAuth", &NvChangeAuthIn::new_auth)}; }
};

}  // namespace assay::tpm
