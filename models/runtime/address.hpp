// IP addresses, networks and link addresses as text (RFC 4291, 2.2; RFC 4632).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::runtime {

/// An IPv4 address is held as its IPv4-mapped IPv6 address, so that `::ffff:127.0.0.1` and 127.0.0.1 are one.
struct Address {
    std::array<std::uint8_t, 16> bytes{};
    bool operator==(const Address&) const = default;
};
/// Strict: no leading zeros, no zone, no blanks. IPv4-compatible addresses (`::127.0.0.1`) count as IPv4 too.
std::optional<Address> parse_address(std::string_view text);

struct Network {
    Address address;
    unsigned prefix = 0;  // bits of the 128
    bool contains(const Address& other) const;
};
/// `127.0.0.0/8`, `::1/128`; bits beyond the prefix are zero.
std::optional<Network> parse_network(std::string_view text);

/// `66:74:9f:6a:96:01`, lower or upper case.
std::optional<std::array<std::uint8_t, 6>> parse_link_address(std::string_view text);

}  // namespace assay::runtime
