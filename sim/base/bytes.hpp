// Byte strings, integers in them, and their forms as text (hexadecimal; RFC 4648 base64 and base64url).
#pragma once
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

void append(Bytes& out, ByteView more);

/// The parts, one after the other.
Bytes concat(std::initializer_list<ByteView> parts);

bool equal(ByteView a, ByteView b);

/// The same bytes seen as bytes, or as text; nothing is copied or checked.
ByteView as_bytes(std::string_view text);
std::string_view as_text(ByteView bytes);

/// The integer in the first sizeof(U) bytes of `raw`, which has at least as many.
template <std::unsigned_integral U>
constexpr U load(ByteView raw, std::endian order) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(U); ++i)
        value = value << 8 | raw[order == std::endian::big ? i : sizeof(U) - 1 - i];
    return static_cast<U>(value);
}
template <std::unsigned_integral U>
constexpr std::array<std::uint8_t, sizeof(U)> store(U value, std::endian order) {
    std::array<std::uint8_t, sizeof(U)> raw{};
    for (std::size_t i = 0; i < sizeof(U); ++i)
        raw[order == std::endian::little ? i : sizeof(U) - 1 - i] =
            static_cast<std::uint8_t>(std::uint64_t{value} >> 8 * i);
    return raw;
}

/// Hexadecimal, two digits per byte.
std::string to_hex(ByteView bytes);
std::string to_upper_hex(ByteView bytes);

/// The bytes that `hex` spells; spaces may stand between bytes. Nothing when a digit is missing or wrong.
std::optional<Bytes> from_hex(std::string_view hex);

/// Base64 with padding (RFC 4648, 4).
std::string to_base64(ByteView bytes);

/// Strict: whole quanta, padding where it belongs, no unused bits, no other character. ASCII white space is
/// skipped when `skip_space` (PEM and XML break lines).
std::optional<Bytes> from_base64(std::string_view text, bool skip_space = false);

/// Base64url without padding (RFC 4648, 5; RFC 7515).
std::string to_base64url(ByteView bytes);
std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace assay
