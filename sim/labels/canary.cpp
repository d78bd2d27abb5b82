#include "sim/labels/canary.hpp"

#include <algorithm>

#include "sim/crypto/hash.hpp"

namespace assay::labels {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
static_assert(alphabet.size() == 32);
constexpr std::size_t part_size = 16, token_run = 8;

Form form(std::string name, ByteView bytes, bool part = false) {
    Form out{std::move(name), Secret{bytes.size()}, part};
    std::ranges::copy(bytes, out.bytes.bytes().begin());
    return out;
}
Form form(std::string name, std::string_view text) { return form(std::move(name), as_bytes(text)); }

/// Each byte between `before` and the two digits of `hex`.
std::string escaped(ByteView bytes, std::string_view before, bool upper) {
    std::string out;
    for (const std::uint8_t byte : bytes) {
        out += before;
        out += upper ? to_upper_hex({&byte, 1}) : to_hex({&byte, 1});
    }
    return out;
}

void add_base64(std::vector<Form>& out, ByteView canary) {
    // What stands before the canary shifts it against the groups of three bytes. The characters that depend
    // on neighbours are left out: the first one or two, and the last where its bits are not all the canary's.
    for (std::size_t phase = 0; phase < 3; ++phase) {
        Bytes padded(phase, 0);
        append(padded, canary);
        const std::size_t skip = phase == 0 ? 0 : phase + 1;
        const std::size_t size = (8 * (phase + canary.size())) / 6 - skip;
        const std::string name = " phase " + std::to_string(phase);
        const std::string plain = to_base64(padded), url = to_base64url(padded);
        out.push_back(form("base64" + name, std::string_view{plain}.substr(skip, size)));
        if (plain.substr(skip, size) != url.substr(skip, size))
            out.push_back(form("base64url" + name, std::string_view{url}.substr(skip, size)));
    }
}

template <class U>
void add_tokens(std::vector<Form>& out, std::span<const std::uint32_t> tokens, std::string_view name) {
    for (std::size_t at = 0; at + token_run <= tokens.size(); ++at) {
        Bytes bytes;
        for (const std::uint32_t token : tokens.subspan(at, token_run))
            append(bytes, store(static_cast<U>(token), std::endian::little));
        out.push_back(form(std::string{name}, bytes, true));
    }
}

}  // namespace

Secret make_canary(Random& random) {
    Secret out{canary_size};
    random.fill(out.bytes());
    for (std::uint8_t& byte : out.bytes()) byte = static_cast<std::uint8_t>(alphabet[byte % 32]);
    return out;
}

std::vector<Form> hashes_of(ByteView text, std::string_view of) {
    std::vector<Form> out;
    for (const crypto::Hash hash : {crypto::Hash::sha256, crypto::Hash::sha1}) {
        const Bytes digest = crypto::digest(hash, {text});
        const std::string name = std::string{crypto::name(hash)} + " of the " + std::string{of};
        out.push_back(form(name, digest));
        out.push_back(form(name + ", hex", to_hex(digest)));
        out.push_back(form(name + ", upper hex", to_upper_hex(digest)));
        std::string base64 = to_base64(digest);
        std::erase(base64, '=');
        out.push_back(form(name + ", base64", base64));
        if (const std::string url = to_base64url(digest); url != base64)
            out.push_back(form(name + ", base64url", url));
    }
    return out;
}

std::vector<Form> forms_of_canary(ByteView canary) {
    std::vector<Form> out;
    out.push_back(form("plain", canary));
    for (std::size_t at = 0; at + part_size <= canary.size(); ++at)
        out.push_back(form("part", canary.subspan(at, part_size), true));
    const Bytes reversed{canary.rbegin(), canary.rend()};
    Bytes wide;  // what both byte orders have in common: all but the zero at one end
    for (const std::uint8_t byte : canary) append(wide, store(std::uint16_t{byte}, std::endian::little));
    wide.pop_back();
    out.push_back(form("utf-16", wide));
    add_base64(out, canary);
    out.push_back(form("hex", to_hex(canary)));
    out.push_back(form("upper hex", to_upper_hex(canary)));
    out.push_back(form("percent-encoded", escaped(canary, "%", false)));
    out.push_back(form("percent-encoded, upper", escaped(canary, "%", true)));
    out.push_back(form("json escape", escaped(canary, "\\u00", false)));
    out.push_back(form("json escape, upper", escaped(canary, "\\u00", true)));
    out.push_back(form("reversed", reversed));
    for (Form& hash : hashes_of(canary, "canary")) out.push_back(std::move(hash));
    return out;
}

std::vector<Form> forms_of_tokens(std::span<const std::uint32_t> tokens) {
    std::vector<Form> out;
    const bool narrow = std::ranges::all_of(tokens, [](std::uint32_t token) { return token <= 0xFFFF; });
    if (narrow) add_tokens<std::uint16_t>(out, tokens, "token ids, 16 bits");
    add_tokens<std::uint32_t>(out, tokens, "token ids, 32 bits");
    add_tokens<std::uint64_t>(out, tokens, "token ids, 64 bits");
    return out;
}

std::vector<Form> forms_of_rows(ByteView rows, std::size_t element) {
    std::vector<Form> out;
    for (std::size_t at = 0; at + part_size <= rows.size(); at += element) {
        const ByteView window = rows.subspan(at, part_size);
        if (std::ranges::all_of(window, [&](std::uint8_t byte) { return byte == window[0]; })) continue;
        out.push_back(form("row", window, true));
    }
    return out;
}

}  // namespace assay::labels
