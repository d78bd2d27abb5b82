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

}  // namespace assay::tpm
