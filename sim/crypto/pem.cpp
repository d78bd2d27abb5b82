// PEM: the textual form of DER (RFC 7468).
#include "sim/crypto/pem.hpp"

#include <algorithm>

namespace assay::crypto {

std::vector<PemBlock> pem_blocks(ByteView text) {
    constexpr std::string_view begin_mark = "-----BEGIN ", end_mark = "-----END ", dashes = "-----";
    std::vector<PemBlock> blocks;
    std::string_view rest = as_text(text);
    for (;;) {
        const std::size_t begin = rest.find(begin_mark);
        if (begin == std::string_view::npos) return blocks;
        rest.remove_prefix(begin + begin_mark.size());
        const std::size_t label_end = std::min(rest.find(dashes), rest.find('\n'));
        PemBlock block;
        if (label_end == std::string_view::npos || rest[label_end] == '\n') {
            block.label = rest.substr(0, label_end);
            blocks.push_back(std::move(block));
            continue;
        }
        block.label = rest.substr(0, label_end);
        rest.remove_prefix(label_end + dashes.size());
        const std::size_t end = rest.find('-');
        const std::string_view body = rest.substr(0, end);
        rest.remove_prefix(std::min(end, rest.size()));
        const std::string end_line = std::string{end_mark} + std::string{block.label} + std::string{dashes};
        if (rest.starts_with(end_line)) {
            rest.remove_prefix(end_line.size());
            if (auto bytes = from_base64(body, true)) {
                Secret der{bytes->size()};
                std::ranges::copy(*bytes, der.bytes().begin());
                ::explicit_bzero(bytes->data(), bytes->size());
                block.der = std::move(der);
            }
        }
        blocks.push_back(std::move(block));
    }
}

std::string to_pem(std::string_view label, ByteView der) {
    constexpr std::size_t width = 64;
    std::string out = "-----BEGIN " + std::string{label} + "-----\n";
    const std::string base64 = to_base64(der);
    for (std::size_t at = 0; at < base64.size(); at += width) out += base64.substr(at, width) + '\n';
    return out + "-----END " + std::string{label} + "-----\n";
}

}  // namespace assay::crypto
