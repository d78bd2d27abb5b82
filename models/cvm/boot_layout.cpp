#include "models/cvm/boot_layout.hpp"

#include <algorithm>

namespace assay::cvm {
namespace {

constexpr std::size_t root_digits = 64;

}  // namespace

Bytes secure_boot_variable(bool on) {
    constexpr std::string_view variable = "SecureBoot";
    // 8BE4DF61-93CA-11D2-AA0D-00E098032B8C
    Bytes out = *from_hex("61dfe48bca93d211aa0d00e098032b8c");
    append(out, store(std::uint64_t{variable.size()}, std::endian::little));
    append(out, store(std::uint64_t{1}, std::endian::little));
    for (const char c : variable) append(out, Bytes{static_cast<std::uint8_t>(c), 0});
    out.push_back(on ? 1 : 0);
    return out;
}

std::optional<std::string> verity_root_of(std::string_view line) {
    std::optional<std::string> out;
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t end = std::min(line.find(' ', at), line.size());
        const std::string_view word = line.substr(at, end - at);
        at = end + 1;
        if (!word.starts_with(verity_parameter)) continue;
        const std::string_view value = word.substr(verity_parameter.size());
        const bool hex = value.size() == root_digits && std::ranges::all_of(value, [](char c) {
                             return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                         });
        if (!hex || out) return {};
        out = value;
    }
    return out;
}

std::string command_line_form(std::string_view line) {
    const auto root = verity_root_of(line);
    std::string out{line};
    if (!root) return out;
    const std::string argument = std::string{verity_parameter} + *root;
    out.replace(out.find(argument), argument.size(), std::string{verity_parameter} + "{verity-root}");
    return out;
}

Bytes images_hash(const std::vector<Bytes>& digests) {
    crypto::Hasher hasher{crypto::Hash::sha256};
    for (const Bytes& digest : digests) hasher.update(digest);
    return hasher.finish();
}

}  // namespace assay::cvm
