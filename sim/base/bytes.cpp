#include "sim/base/bytes.hpp"

#include <algorithm>
#include <charconv>

namespace assay {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string hex(ByteView bytes, std::string_view digits) {
    std::string out;
    out.reserve(2 * bytes.size());
    for (const std::uint8_t b : bytes) out += {digits[b >> 4], digits[b & 15]};
    return out;
}

/// Groups of four digits without padding: 3 bytes make 4 digits, 2 make 3, 1 makes 2.
std::string encode_quanta(ByteView bytes, std::string_view digits) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t size = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < size ? bytes[i + k] : 0U);
        for (std::size_t k = 0; k <= size; ++k) out += digits[group >> (18 - 6 * k) & 63];
    }
    return out;
}

std::optional<Bytes> decode_quanta(std::string_view text, std::string_view digits) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::array<std::uint8_t, 256> value;
    value.fill(64);
    for (std::size_t i = 0; i < digits.size(); ++i)
        value[static_cast<std::uint8_t>(digits[i])] = static_cast<std::uint8_t>(i);
    Bytes out;
    out.reserve(text.size() / 4 * 3 + 2);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const std::size_t size = std::min<std::size_t>(4, text.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const std::uint8_t v = k < size ? value[static_cast<std::uint8_t>(text[i + k])] : 0;
            if (v == 64) return std::nullopt;
            group = group << 6 | v;
        }
        for (std::size_t k = 0; k + 1 < size; ++k)
            out.push_back(static_cast<std::uint8_t>(group >> (16 - 8 * k)));
        if ((group & 0xFF'FFFFU >> 8 * (size - 1)) != 0) return std::nullopt;  // bits that no byte took
    }
    return out;
}

}  // namespace

void append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

Bytes concat(std::initializer_list<ByteView> parts) {
    Bytes out;
    for (const ByteView part : parts) append(out, part);
    return out;
}

bool equal(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(ByteView bytes) { return hex(bytes, "0123456789abcdef"); }
std::string to_upper_hex(ByteView bytes) { return hex(bytes, "0123456789ABCDEF"); }

std::optional<Bytes> from_hex(std::string_view hex) {
    Bytes out;
    out.reserve(hex.size() / 2);
    for (std::size_t i = 0; i < hex.size();) {
        if (hex[i] == ' ') {
            ++i;
            continue;
        }
        const std::string_view pair = hex.substr(i, 2);
        std::uint8_t value = 0;
        const auto [end, error] = std::from_chars(pair.data(), pair.data() + pair.size(), value, 16);
        if (error != std::errc{} || end != pair.data() + 2) return std::nullopt;
        out.push_back(value);
        i += 2;
    }
    return out;
}

std::string to_base64(ByteView bytes) {
    std::string out = encode_quanta(bytes, base64_digits);
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

std::optional<Bytes> from_base64(std::string_view text, bool skip_space) {
    std::string compact;
    if (skip_space) {
        compact = text;
        std::erase_if(compact, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
        text = compact;
    }
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    return decode_quanta(text, base64_digits);
}

std::string to_base64url(ByteView bytes) { return encode_quanta(bytes, base64url_digits); }
std::optional<Bytes> from_base64url(std::string_view text) { return decode_quanta(text, base64url_digits); }

}  // namespace assay
