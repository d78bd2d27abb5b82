// Messages: PCRs and hashes (TPM 2.0 Library 1.59, Part 3, 15.4, 17, 22).
#pragma once
#include "models/tpm/message.hpp"

namespace assay::tpm {

/// TPM2_PCR_Extend (22.2).
struct PcrExtendIn {
    static constexpr Cc cc = Cc::pcr_extend;
    using Out = NoOut;
    Handle pcr_handle = 0;
    TpmlDigestValues digests{};
    static constexpr Rc no_null(const TpmlDigestValues& list) {
        for (const TpmtHa& ha : list.items)
            if (ha.hash_alg == Alg::null) return Rc::hash;
        return Rc::success;
    }
    static constexpr auto handles() {
        return std::tuple{ruled<&PcrExtendIn::pcr_handle, rule::pcr_or_null>("pcrHandle")};
    }
    static constexpr auto wire() { return std::tuple{ruled<&PcrExtendIn::digests, no_null>("digests")}; }
};

/// TPM2_PCR_Event (22.3).
struct DigestValuesOut {
    TpmlDigestValues digests{};
    static constexpr auto wire() { return std::tuple{field("digests", &DigestValuesOut::digests)}; }
};
struct PcrEventIn {
    static constexpr Cc cc = Cc::pcr_event;
    using Out = DigestValuesOut;
    Handle pcr_handle = 0;
    Tpm2bEvent event_data{};
    static constexpr auto handles() {
        return std::tuple{ruled<&PcrEventIn::pcr_handle, rule::pcr_or_null>("pcrHandle")};
    }
    static constexpr auto wire() { return std::tuple{field("eventData", &PcrEventIn::event_data)}; }
};

/// TPM2_PCR_Read (22.4).
struct PcrReadOut {
    std::uint32_t pcr_update_counter = 0;
    TpmlPcrSelection pcr_selection_out{};
    TpmlDigest pcr_values{};
    static constexpr auto wire() {
        using O = PcrReadOut;
        return std::tuple{field("pcrUpdateCounter", &O::pcr_update_counter),
                          field("pcrSelectionOut", &O::pcr_selection_out),
                          field("pcrValues", &O::pcr_values)};
    }
};
struct PcrReadIn {
    static constexpr Cc cc = Cc::pcr_read;
    using Out = PcrReadOut;
    TpmlPcrSelection pcr_selection_in{};
    static constexpr auto wire() { return std::tuple{field("pcrSelectionIn", &PcrReadIn::pcr_selection_in)}; }
};

/// TPM2_PCR_Reset (22.8).
struct PcrResetIn {
    static constexpr Cc cc = Cc::pcr_reset;
    using Out = NoOut;
    Handle pcr_handle = 0;
    static constexpr auto handles() {
        return std::tuple{ruled<&PcrResetIn::pcr_handle, rule::pcr>("pcrHandle")};
    }
    static constexpr auto wire() { return std::tuple{}; }
};

/// TPM2_PCR_Allocate (22.5), TPM2_PCR_SetAuthPolicy (22.6), TPM2_PCR_SetAuthValue (22.7).
struct PcrAllocateOut {
    std::uint8_t allocation_success = 0;
    std::uint32_t max_pcr = 0;
    std::uint32_t size_needed = 0;     // bytes
    std::uint32_t size_available = 0;  // bytes
    static constexpr auto wire() {
        using O = PcrAllocateOut;
        return std::tuple{ruled<&O::allocation_success, rule::yes_no>("allocationSuccess"),
                          field("maxPCR", &O::max_pcr), field("sizeNeeded", &O::size_needed),
                          field("sizeAvailable", &O::size_available)};
    }
};
struct PcrAllocateIn {
    static constexpr Cc cc = Cc::pcr_allocate;
    using Out = PcrAllocateOut;
    Handle auth_handle = rh::platform;
    TpmlPcrSelection pcr_allocation{};
    static constexpr auto handles() {
        return std::tuple{ruled<&PcrAllocateIn::auth_handle, rule::platform>("authHandle")};
    }
    static constexpr auto wire() {
        return std::tuple{field("pcrAllocation", &PcrAllocateIn::pcr_allocation)};
    }
};
struct PcrSetAuthPolicyIn {
    static constexpr Cc cc = Cc::pcr_set_auth_policy;
    using Out = NoOut;
    Handle auth_handle = rh::platform;
    Tpm2bDigest auth_policy{};
    Alg hash_alg = Alg::null;
    Handle pcr_num = 0;  // a parameter
    static constexpr auto handles() {
        return std::tuple{ruled<&PcrSetAuthPolicyIn::auth_handle, rule::platform>("authHandle")};
    }
    static constexpr auto wire() {
        using I = PcrSetAuthPolicyIn;
        return std::tuple{field("authPolicy", &I::auth_policy),
                          ruled<&I::hash_alg, rule::hash_or_null>("hashAlg"),
                          ruled<&I::pcr_num, rule::pcr>("pcrNum")};
    }
};
struct PcrSetAuthValueIn {
    static constexpr Cc cc = Cc::pcr_set_auth_value;
    using Out = NoOut;
    Handle pcr_handle = 0;
    Tpm2bAuth auth{};
    static constexpr auto handles() {
        return std::tuple{ruled<&PcrSetAuthValueIn::pcr_handle, rule::pcr>("pcrHandle")};
    }
    static constexpr auto wire() { return std::tuple{field("auth", &PcrSetAuthValueIn::auth)}; }
};

/// TPM2_Hash (15.4).
struct HashOut {
    Tpm2bDigest out_hash{};
    TpmtTkHashcheck validation{};
    static constexpr auto wire() {
        return std::tuple{field("outHash", &HashOut::out_hash), field("validation", &HashOut::validation)};
    }
};
struct HashIn {
    static constexpr Cc cc = Cc::hash;
    using Out = HashOut;
    Tpm2bMaxBuffer data{};
    Alg hash_alg{};
    Handle hierarchy = rh::null;
    static constexpr auto wire() {
        using I = HashIn;
        return std::tuple{field("data", &I::data), ruled<&I::hash_alg, rule::hash>("hashAlg"),
                          ruled<&I::hierarchy, rule::hierarchy_or_null>("hierarchy")};
    }
};

/// TPM2_HashSequenceStart (17.4): TPM_ALG_NULL starts an event sequence.
struct HashSequenceStartOut {
    Handle sequence_handle = 0;
    static constexpr auto handles() {
        return std::tuple{field("sequenceHandle", &HashSequenceStartOut::sequence_handle)};
    }
    static constexpr auto wire() { return std::tuple{}; }
};
struct HashSequenceStartIn {
    static constexpr Cc cc = Cc::hash_sequence_start;
    using Out = HashSequenceStartOut;
    Tpm2bAuth auth{};
    Alg hash_alg = Alg::null;
    static constexpr auto wire() {
        using I = HashSequenceStartIn;
        return std::tuple{field("auth", &I::auth), ruled<&I::hash_alg, rule::hash_or_null>("hashAlg")};
    }
};

/// TPM2_SequenceUpdate (17.5), TPM2_SequenceComplete (17.6), TPM2_EventSequenceComplete (17.7).
struct SequenceUpdateIn {
    static constexpr Cc cc = Cc::sequence_update;
    using Out = NoOut;
    Handle sequence_handle = 0;
    Tpm2bMaxBuffer buffer{};
    static constexpr auto handles() {
        return std::tuple{ruled<&SequenceUpdateIn::sequence_handle, rule::object>("sequenceHandle")};
    }
    static constexpr auto wire() { return std::tuple{field("buffer", &SequenceUpdateIn::buffer)}; }
};
struct SequenceCompleteOut {
    Tpm2bDigest result{};
    TpmtTkHashcheck validation{};
    static constexpr auto wire() {
        using O = SequenceCompleteOut;
        return std::tuple{field("result", &O::result), field("validation", &O::validation)};
    }
};
struct SequenceCompleteIn {
    static constexpr Cc cc = Cc::sequence_complete;
    using Out = SequenceCompleteOut;
    Handle sequence_handle = 0;
    Tpm2bMaxBuffer buffer{};
    Handle hierarchy = rh::null;
    static constexpr auto handles() {
        return std::tuple{ruled<&SequenceCompleteIn::sequence_handle, rule::object>("sequenceHandle")};
    }
    static constexpr auto wire() {
        using I = SequenceCompleteIn;
        return std::tuple{field("buffer", &I::buffer),
                          ruled<&I::hierarchy, rule::hierarchy_or_null>("hierarchy")};
    }
};
struct EventSequenceCompleteIn {
    static constexpr Cc cc = Cc::event_sequence_complete;
    using Out = DigestValuesOut;
    Handle pcr_handle = 0;
    Handle sequence_handle = 0;
    Tpm2bMaxBuffer buffer{};
    static constexpr auto handles() {
        using I = EventSequenceCompleteIn;
        return std::tuple{ruled<&I::pcr_handle, rule::pcr_or_null>("pcrHandle"),
                          ruled<&I::sequence_handle, rule::object>("sequenceHandle")};
    }
    static constexpr auto wire() { return std::tuple{field("buffer", &EventSequenceCompleteIn::buffer)}; }
};

}  // namespace assay::tpm
