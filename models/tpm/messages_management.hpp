// Messages: start, tests, capabilities, random numbers, contexts, clock, dictionary attack, hierarchies
// (TPM 2.0 Library 1.59, Part 3, 9, 10, 16, 24, 25, 28 to 30).
#pragma once
#include "models/tpm/message.hpp"

namespace assay::tpm {

/// TPM2_Startup (9.3), TPM2_Shutdown (9.4).
struct StartupIn {
    static constexpr Cc cc = Cc::startup;
    using Out = NoOut;
    Su startup_type{};
    static constexpr auto wire() {
        return std::tuple{ruled<&StartupIn::startup_type, rule::su>("startupType")};
    }
};
struct ShutdownIn {
    static constexpr Cc cc = Cc::shutdown;
    using Out = NoOut;
    Su shutdown_type{};
    static constexpr auto wire() {
        return std::tuple{ruled<&ShutdownIn::shutdown_type, rule::su>("shutdownType")};
    }
};

/// TPM2_SelfTest (10.2).
struct SelfTestIn {
    static constexpr Cc cc = Cc::self_test;
    using Out = NoOut;
    std::uint8_t full_test = 1;
    static constexpr auto wire() {
        return std::tuple{ruled<&SelfTestIn::full_test, rule::yes_no>("fullTest")};
    }
};

/// TPM2_GetTestResult (10.4).
struct GetTestResultOut {
    Tpm2bMaxBuffer out_data{};
    std::uint32_t test_result = 0;
    static constexpr auto wire() {
        using O = GetTestResultOut;
        return std::tuple{field("outData", &O::out_data), field("testResult", &O::test_result)};
    }
};
struct GetTestResultIn {
    static constexpr Cc cc = Cc::get_test_result;
    using Out = GetTestResultOut;
    static constexpr auto wire() { return std::tuple{}; }
};

/// TPM2_GetCapability (30.2).
struct GetCapabilityOut {
    std::uint8_t more_data = 0;
    TpmsCapabilityData capability_data{};
    static constexpr auto wire() {
        using O = GetCapabilityOut;
        return std::tuple{ruled<&O::more_data, rule::yes_no>("moreData"),
                          field("capabilityData", &O::capability_data)};
    }
};
struct GetCapabilityIn {
    static constexpr Cc cc = Cc::get_capability;
    using Out = GetCapabilityOut;
    Cap capability{};
    std::uint32_t property = 0;
    std::uint32_t property_count = 0;
    static constexpr auto wire() {
        using I = GetCapabilityIn;
        return std::tuple{ruled<&I::capability, TpmsCapabilityData::known>("capability"),
                          field("property", &I::property), field("propertyCount", &I::property_count)};
    }
};

/// TPM2_GetRandom (16.1), TPM2_StirRandom (16.2).
struct GetRandomOut {
    Tpm2bDigest random_bytes{};
    static constexpr auto wire() { return std::tuple{field("randomBytes", &GetRandomOut::random_bytes)}; }
};
struct GetRandomIn {
    static constexpr Cc cc = Cc::get_random;
    using Out = GetRandomOut;
    std::uint16_t bytes_requested = 0;
    static constexpr auto wire() {
        return std::tuple{field("bytesRequested", &GetRandomIn::bytes_requested)};
    }
};
struct StirRandomIn {
    static constexpr Cc cc = Cc::stir_random;
    using Out = NoOut;
    Tpm2bSensitiveData in_data{};
    static constexpr auto wire() { return std::tuple{field("inData", &StirRandomIn::in_data)}; }
};

/// TPM2_ContextSave (28.2), TPM2_ContextLoad (28.3), TPM2_FlushContext (28.4).
struct ContextSaveOut {
    TpmsContext context{};
    static constexpr auto wire() { return std::tuple{field("context", &ContextSaveOut::context)}; }
};
struct ContextSaveIn {
    static constexpr Cc cc = Cc::context_save;
    using Out = ContextSaveOut;
    Handle save_handle = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&ContextSaveIn::save_handle, rule::context>("saveHandle")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};
struct ContextLoadOut {
    Handle loaded_handle = 0;
    static constexpr auto handles() {
        return std::tuple{field("loadedHandle", &ContextLoadOut::loaded_handle)};
    }
    static constexpr auto wire() { return std::tuple{}; }
};
struct ContextLoadIn {
    static constexpr Cc cc = Cc::context_load;
    using Out = ContextLoadOut;
    TpmsContext context{};
    static constexpr auto wire() { return std::tuple{field("context", &ContextLoadIn::context)}; }
};
struct FlushContextIn {
    static constexpr Cc cc = Cc::flush_context;
    using Out = NoOut;
    Handle flush_handle = 0;  // a parameter, not in the handle area
    static constexpr auto wire() {
        return std::tuple{ruled<&FlushContextIn::flush_handle, rule::context>("flushHandle")};
    }
};

/// TPM2_EvictControl (28.5).
struct EvictControlIn {
    static constexpr Cc cc = Cc::evict_control;
    using Out = NoOut;
    Handle auth = rh::owner;
    Handle object_handle = 0;
    Handle persistent_handle = 0;  // a parameter
    static constexpr auto handles() {
        using I = EvictControlIn;
        return std::tuple{ruled<&I::auth, rule::provision>("auth"),
                          ruled<&I::object_handle, rule::object>("objectHandle")};
    }
    static constexpr auto wire() {
        return std::tuple{ruled<&EvictControlIn::persistent_handle, rule::persistent>("persistentHandle")};
    }
};

/// TPM2_Clear (24.6), TPM2_HierarchyChangeAuth (24.8).
struct ClearIn {
    static constexpr Cc cc = Cc::clear;
    using Out = NoOut;
    Handle auth_handle = rh::lockout;
    static constexpr auto handles() {
        return std::tuple{ruled<&ClearIn::auth_handle, rule::clear_auth>("authHandle")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};
struct HierarchyChangeAuthIn {
    static constexpr Cc cc = Cc::hierarchy_change_auth;
    using Out = NoOut;
    Handle auth_handle = rh::owner;
    Tpm2bAuth new_auth{};
    static constexpr auto handles() {
        return std::tuple{ruled<&HierarchyChangeAuthIn::auth_handle, rule::hierarchy_auth>("authHandle")};
    }
    static constexpr auto wire() { return std::tuple{field("newAuth", &HierarchyChangeAuthIn::new_auth)}; }
};

/// TPM2_DictionaryAttackLockReset (25.2), TPM2_DictionaryAttackParameters (25.3).
struct DictionaryAttackLockResetIn {
    static constexpr Cc cc = Cc::dictionary_attack_lock_reset;
    using Out = NoOut;
    Handle lock_handle = rh::lockout;
    static constexpr auto handles() {
        return std::tuple{ruled<&DictionaryAttackLockResetIn::lock_handle, rule::lockout>("lockHandle")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};
struct DictionaryAttackParametersIn {
    static constexpr Cc cc = Cc::dictionary_attack_parameters;
    using Out = NoOut;
    Handle lock_handle = rh::lockout;
    std::uint32_t new_max_tries = 0;
    std::uint32_t new_recovery_time = 0;  // seconds
    std::uint32_t lockout_recovery = 0;   // seconds
    static constexpr auto handles() {
        return std::tuple{ruled<&DictionaryAttackParametersIn::lock_handle, rule::lockout>("lockHandle")};
    }
    static constexpr auto wire() {
        using I = DictionaryAttackParametersIn;
        return std::tuple{field("newMaxTries", &I::new_max_tries),
                          field("newRecoveryTime", &I::new_recovery_time),
                          field("lockoutRecovery", &I::lockout_recovery)};
    }
};

/// TPM2_ReadClock (29.1).
struct ReadClockOut {
    TpmsTimeInfo current_time{};
    static constexpr auto wire() { return std::tuple{field("currentTime", &ReadClockOut::current_time)}; }
};
struct ReadClockIn {
    static constexpr Cc cc = Cc::read_clock;
    using Out = ReadClockOut;
    static constexpr auto wire() { return std::tuple{}; }
};

}  // namespace assay::tpm
