// Messages: hierarchies, clock, tests of algorithms, audit of commands (TPM 2.0 Library 1.59, Part 3, 10.3,
// 21, 24, 29, 30.3).
#pragma once
#include "models/tpm/message.hpp"

namespace assay::tpm {

using TpmlCc = List<Cc, std::uint32_t, 256>;
using TpmlAlg = List<Alg, std::uint32_t, 64>;

/// TPM2_HierarchyControl (24.2).
struct HierarchyControlIn {
    static constexpr Cc cc = Cc::hierarchy_control;
    using Out = NoOut;
    Handle auth_handle = rh::platform;
    Handle enable = 0;
    std::uint8_t state = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&HierarchyControlIn::auth_handle, rule::base_hierarchy>("authHandle")};
    }
    static constexpr auto wire() {
        using I = HierarchyControlIn;
        return std::tuple{ruled<&I::enable, rule::enables>("enable"),
                          ruled<&I::state, rule::yes_no>("state")};
    }
};

/// TPM2_SetPrimaryPolicy (24.3).
struct SetPrimaryPolicyIn {
    static constexpr Cc cc = Cc::set_primary_policy;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    Tpm2bDigest auth_policy{};
    Alg hash_alg = Alg::null;
    static constexpr auto handles() {
        return std::tuple{ruled<&SetPrimaryPolicyIn::auth_handle, rule::hierarchy_auth>("authHandle")};
    }
    static constexpr auto wire() {
        using I = SetPrimaryPolicyIn;
        return std::tuple{field("authPolicy", &I::auth_policy),
                          ruled<&I::hash_alg, rule::hash_or_null>("hashAlg")};
    }
};

/// A command of the platform without parameters: TPM2_ChangePPS (24.4), TPM2_ChangeEPS (24.5).
template <Cc code>
struct PlatformIn {
    static constexpr Cc cc = code;
    using Out = NoOut;
    Handle auth_handle = rh::platform;
    static constexpr auto handles() {
        return std::tuple{ruled<&PlatformIn::auth_handle, rule::platform>("authHandle")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};
using ChangePpsIn = PlatformIn<Cc::change_pps>;
using ChangeEpsIn = PlatformIn<Cc::change_eps>;

/// TPM2_ClearControl (24.7).
struct ClearControlIn {
    static constexpr Cc cc = Cc::clear_control;
    using Out = NoOut;
    Handle auth = rh::lockout;
    std::uint8_t disable = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&ClearControlIn::auth, rule::clear_auth>("auth")};
    }
    static constexpr auto wire() {
        return std::tuple{ruled<&ClearControlIn::disable, rule::yes_no>("disable")};
    }
};

/// TPM2_ClockSet (29.2), TPM2_ClockRateAdjust (29.3).
struct ClockSetIn {
    static constexpr Cc cc = Cc::clock_set;
    using Out = NoOut;
    Handle auth = rh::owner;
    std::uint64_t new_time = 0;  // milliseconds
    static constexpr auto handles() { return std::tuple{ruled<&ClockSetIn::auth, rule::provision>("auth")}; }
    static constexpr auto wire() { return std::tuple{field("newTime", &ClockSetIn::new_time)}; }
};
struct ClockRateAdjustIn {
    static constexpr Cc cc = Cc::clock_rate_adjust;
    using Out = NoOut;
    Handle auth = rh::owner;
    std::uint8_t rate_adjust = 0;  // TPM_CLOCK_ADJUST, INT8: -3 (coarse slower) to 3 (coarse faster)
    static constexpr Rc known_rate(std::uint8_t rate) {
        return rule::unless(rate <= 3 || rate >= 0xFD, Rc::value);
    }
    static constexpr auto handles() {
        return std::tuple{ruled<&ClockRateAdjustIn::auth, rule::provision>("auth")};
    }
    static constexpr auto wire() {
        return std::tuple{ruled<&ClockRateAdjustIn::rate_adjust, known_rate>("rateAdjust")};
    }
};

/// TPM2_IncrementalSelfTest (10.3).
struct IncrementalSelfTestOut {
    TpmlAlg to_do_list{};
    static constexpr auto wire() {
        return std::tuple{field("toDoList", &IncrementalSelfTestOut::to_do_list)};
    }
};
struct IncrementalSelfTestIn {
    static constexpr Cc cc = Cc::incremental_self_test;
    using Out = IncrementalSelfTestOut;
    TpmlAlg to_test{};
    static constexpr auto wire() { return std::tuple{field("toTest", &IncrementalSelfTestIn::to_test)}; }
};

/// TPMT_PUBLIC_PARMS (Part 2, 12.2.3.8).
struct TpmtPublicParms {
    Alg type = Alg::null;
    TpmtSymDef symmetric{};
    TpmtScheme scheme{};
    std::uint16_t key_bits = 0;
    std::uint32_t exponent = 0;
    Curve curve{};
    TpmtScheme kdf{};

    template <Alg... types>
    static constexpr bool is(const TpmtPublicParms& p) {
        return ((p.type == types) || ...);
    }
    static constexpr Rc scheme_of_type(const TpmtPublicParms& p) {
        return is<Alg::rsa>(p)   ? rule::rsa_scheme(p.scheme)
               : is<Alg::ecc>(p) ? rule::ecc_scheme(p.scheme)
                                 : rule::keyedhash_scheme(p.scheme);
    }
    static constexpr Rc symmetric_of_type(const TpmtPublicParms& p) {
        return is<Alg::symcipher>(p) ? rule::cipher(p.symmetric) : rule::sym_def_object(p.symmetric);
    }
    static constexpr auto wire() {
        using P = TpmtPublicParms;
        return std::tuple{
            ruled<&P::type, TpmtPublic::known_type>("type"),
            field("symmetric", &P::symmetric)
                .when(is<Alg::rsa, Alg::ecc, Alg::symcipher>)
                .early([](const P& p) { return static_cast<std::uint32_t>(symmetric_of_type(p)); }),
            field("scheme", &P::scheme).when(is<Alg::rsa, Alg::ecc, Alg::keyedhash>).early([](const P& p) {
                return static_cast<std::uint32_t>(scheme_of_type(p));
            }),
            ruled<&P::key_bits, TpmtPublic::rsa_bits>("keyBits").when(is<Alg::rsa>),
            field("exponent", &P::exponent).when(is<Alg::rsa>),
            ruled<&P::curve, rule::curve>("curveID").when(is<Alg::ecc>),
            ruled_early<&P::kdf, rule::kdf_scheme>("kdf").when(is<Alg::ecc>)};
    }
};
/// TPM2_TestParms (30.3).
struct TestParmsIn {
    static constexpr Cc cc = Cc::test_parms;
    using Out = NoOut;
    TpmtPublicParms parameters{};
    static constexpr auto wire() { return std::tuple{field("parameters", &TestParmsIn::parameters)}; }
};

/// TPM2_SetCommandCodeAuditStatus (21.2).
struct SetCommandCodeAuditStatusIn {
    static constexpr Cc cc = Cc::set_command_code_audit_status;
    using Out = NoOut;
    Handle auth = rh::owner;
    Alg audit_alg = Alg::null;  // TPM_ALG_NULL: stays
    TpmlCc set_list{};
    TpmlCc clear_list{};
    static constexpr auto handles() {
        return std::tuple{ruled<&SetCommandCodeAuditStatusIn::auth, rule::provision>("auth")};
    }
    static constexpr auto wire() {
        using I = SetCommandCodeAuditStatusIn;
        return std::tuple{ruled<&I::audit_alg, rule::hash_or_null>("auditAlg"),
                          field("setList", &I::set_list), field("clearList", &I::clear_list)};
    }
};

}  // namespace assay::tpm
