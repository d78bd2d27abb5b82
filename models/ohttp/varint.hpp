// Integers of one, two, four or eight bytes (RFC 9000, 16): the two top bits tell which.
#pragma once
#include <optional>

#include "sim/base/bytes.hpp"

namespace assay::ohttp {

inline constexpr std::uint64_t max_varint = (std::uint64_t{1} << 62) - 1;

struct Varint {
    std::uint64_t value = 0;
    std::size_t size = 0;  // bytes it took
};

/// The integer at the start of `bytes`; nothing when they end within it. Longer forms than needed are legal.
constexpr std::optional<Varint> read_varint(ByteView bytes) {
    if (bytes.empty()) return {};
    const std::size_t size = std::size_t{1} << (bytes[0] >> 6);
    if (bytes.size() < size) return {};
    std::uint64_t value = bytes[0] & 0x3F;
    for (std::size_t i = 1; i < size; ++i) value = value << 8 | bytes[i];
    return Varint{value, size};
}

/// Bytes of the shortest form of `value`, which is at most max_varint.
constexpr std::size_t varint_size(std::uint64_t value) {
    return value < 1U << 6 ? 1 : value < 1U << 14 ? 2 : value < 1U << 30 ? 4 : 8;
}

/// The shortest form, at the start of `out`; how many bytes it took.
constexpr std::size_t write_varint(std::uint64_t value, std::span<std::uint8_t> out) {
    const std::size_t size = varint_size(value);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(value >> 8 * (size - 1 - i));
    out[0] = static_cast<std::uint8_t>(out[0] | (size == 1   ? 0x00
                                                 : size == 2 ? 0x40
                                                 : size == 4 ? 0x80
                                                             : 0xC0));
    return size;
}

}  // namespace assay::ohttp
