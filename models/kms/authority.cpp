#include "models/kms/authority.hpp"

#include <algorithm>
#include <charconv>

namespace assay::kms {
namespace {

constexpr char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || (lowered(c) >= 'a' && lowered(c) <= 'z'); }

std::string lowered(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) { return lowered(c); });
    return out;
}

bool is_host(std::string_view host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        return std::ranges::all_of(host.substr(1, host.size() - 2),
                                   [](char c) { return is_alphanumeric(c) || c == ':' || c == '.'; });
    return !host.empty() && std::ranges::all_of(host, [](char c) {
        return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
    });
}

/// RFC 3986: pchar, `/`, and `%` of an escape.
bool is_path_char(char c) {
    return is_alphanumeric(c) || std::string_view{"/-._~!$&'()*+,;=:@%"}.find(c) != std::string_view::npos;
}

bool is_port(std::string_view port) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    return error == std::errc{} && end == port.data() + port.size() && port.front() != '0' && number <= 65535;
}

}  // namespace

std::optional<std::string> normal_authority(std::string_view url) {
    constexpr std::string_view scheme = "https://";
    constexpr std::size_t max_url = 2048;
    if (url.size() > max_url || url.size() < scheme.size() || lowered(url.substr(0, scheme.size())) != scheme)
        return {};
    url.remove_prefix(scheme.size());
    std::string_view host = url.substr(0, url.find('/'));
    std::string_view path = url.substr(host.size());
    if (!std::ranges::all_of(path, is_path_char)) return {};

    std::string port;
    const std::size_t bracket = host.rfind(']');
    const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        port = host.substr(colon);
        host = host.substr(0, colon);
        if (port.size() < 2 || !is_port(std::string_view{port}.substr(1))) return {};
        if (port == ":443") port.clear();
    }
    if (!is_host(host)) return {};
    if (path.ends_with('/')) path.remove_suffix(1);
    return std::string{scheme} + lowered(host) + port + std::string{path};
}

}  // namespace assay::kms
