#include "models/runtime/address.hpp"

#include <algorithm>
#include <string>

#include <arpa/inet.h>

namespace assay::runtime {
namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

Address from_v4(const std::uint8_t* bytes) {
    Address out;
    std::ranges::copy(mapped, out.bytes.begin());
    std::copy_n(bytes, 4, out.bytes.begin() + 12);
    return out;
}

bool parse_v4(const std::string& text, Address& out) {
    std::array<std::uint8_t, 4> bytes{};
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) != 1) return false;
    out = from_v4(bytes.data());
    return true;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
    const std::string copy{text};
    if (copy.size() > 45 || copy.find('\0') != std::string::npos) return std::nullopt;
    Address out;
    if (parse_v4(copy, out)) return out;
    if (::inet_pton(AF_INET6, copy.c_str(), out.bytes.data()) != 1) return std::nullopt;
    // ::a.b.c.d of old (RFC 4291, 2.5.5.1), but not :: and ::1
    const bool high_zero =
        std::all_of(out.bytes.begin(), out.bytes.begin() + 12, [](auto b) { return b == 0; });
    if (high_zero && (out.bytes[12] != 0 || out.bytes[13] != 0)) return from_v4(&out.bytes[12]);
    return out;
}

bool Network::contains(const Address& other) const {
    for (unsigned bit = 0; bit < prefix; ++bit)
        if (((address.bytes[bit / 8] ^ other.bytes[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
    return true;
}

std::optional<Network> parse_network(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string head{text.substr(0, slash)};
    const std::string_view tail = text.substr(slash + 1);
    if (tail.empty() || tail.size() > 3 || tail.find_first_not_of("0123456789") != std::string_view::npos ||
        (tail.size() > 1 && tail[0] == '0'))
        return std::nullopt;
    const auto prefix = static_cast<unsigned>(std::stoul(std::string{tail}));
    Network out;
    if (parse_v4(head, out.address)) {
        if (prefix > 32) return std::nullopt;
        out.prefix = 96 + prefix;
    } else {
        if (prefix > 128 || ::inet_pton(AF_INET6, head.c_str(), out.address.bytes.data()) != 1)
            return std::nullopt;
        out.prefix = prefix;
    }
    for (unsigned bit = out.prefix; bit < 128; ++bit)
        if ((out.address.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
    return out;
}

std::optional<std::array<std::uint8_t, 6>> parse_link_address(std::string_view text) {
    if (text.size() != 17) return std::nullopt;
    std::array<std::uint8_t, 6> out{};
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (i % 3 == 2) {
            if (c != ':') return std::nullopt;
            continue;
        }
        unsigned digit = 0;
        if (c >= '0' && c <= '9')
            digit = static_cast<unsigned>(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = static_cast<unsigned>((c | 0x20) - 'a') + 10;
        else
            return std::nullopt;
        out[i / 3] = static_cast<std::uint8_t>(out[i / 3] << 4 | digit);
    }
    return out;
}

}  // namespace assay::runtime
