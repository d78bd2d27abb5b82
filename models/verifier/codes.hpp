// Why evidence is refused: every reason has a name that never changes, and the number that NVIDIA's
// attestation SDK gives to the same failure.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace assay::verifier {

/// One row per reason. `number` is the NVAT result code (several reasons may share one; 12 is "overall result
/// false", 0 marks what is only ever a warning).
struct Reason {
    /// `input`: what was handed in is not well-formed. `refusal`: it is, and does not hold.
    enum class Kind : std::uint8_t { input, refusal };
    Kind kind{};
    std::string_view name;        // "E_SPDM_NONCE_MISMATCH"
    std::uint16_t number;         // 504
    std::uint16_t switch_number;  // where the SDK has another one for a switch: 603; else the same
    std::string_view meaning;     // one sentence: what it means
    std::string_view remedy;      // one sentence: what to do about it
};

/// In order of name, each name once.
std::span<const Reason> reasons();
/// Null when there is none of that name.
const Reason* find_reason(std::string_view name);

}  // namespace assay::verifier
