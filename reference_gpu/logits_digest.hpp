// Logits as one short text, to compare devices and runs to the bit.
#pragma once
#include <bit>
#include <cstdint>
#include <string>

#include "reference_gpu/memory.hpp"
#include "sim/base/bytes.hpp"

namespace assay::reference_gpu {

/// FNV-1a, 64 bits, over the values as little-endian binary32, as 16 hexadecimal digits. No protection
/// against intent.
inline std::string logits_digest(FloatView logits) {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325;
    for (const float logit : logits)
        for (const std::uint8_t byte : store(std::bit_cast<std::uint32_t>(logit), std::endian::little))
            hash = (hash ^ byte) * 0x0000'0100'0000'01B3;
    return to_hex(store(hash, std::endian::big));
}

}  // namespace assay::reference_gpu
