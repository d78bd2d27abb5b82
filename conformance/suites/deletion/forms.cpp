#include "conformance/suites/deletion/forms.hpp"

#include <algorithm>
#include <functional>

#include "sim/crypto/hash.hpp"

namespace assay::conformance::deletion {
namespace form_parts {

std::string in_hex(ByteView bytes, const char* digits) {
    std::string out;
    for (const std::uint8_t byte : bytes) {
        out.push_back(digits[byte / 16]);
        out.push_back(digits[byte % 16]);
    }
    return out;
}
constexpr const char* lower = "0123456789abcdef";
constexpr const char* upper = "0123456789ABCDEF";

/// Base64 bit by bit, without padding: RFC 4648, 4.
std::string in_base64(ByteView bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned held = 0, bits = 0;
    for (const std::uint8_t byte : bytes) {
        held = (held << 8 | byte) & 0xFFFFU;
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            out.push_back(digits[held >> bits & 63U]);
        }
    }
    if (bits > 0) out.push_back(digits[held << (6 - bits) & 63U]);
    return out;
}
CanaryForm from_text(std::string name, std::string_view text) {
    return {std::move(name), {text.begin(), text.end()}};
}

}  // namespace form_parts

std::string canary_text(std::uint64_t seed) {
    constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    const Bytes digest = crypto::digest(crypto::Hash::sha256, {store(seed, std::endian::big)});
    std::string out;
    for (std::size_t i = 0; i < 24; ++i) out.push_back(letters[digest[i] % letters.size()]);
    return out;
}

std::vector<CanaryForm> canary_forms(const std::string& canary) {
    using namespace std::string_literals;
    std::vector<CanaryForm> out;
    out.push_back(form_parts::from_text("plain", canary));
    out.push_back(form_parts::from_text("first-16", canary.substr(0, 16)));
    out.push_back(form_parts::from_text("middle-16", canary.substr(4, 16)));
    out.push_back(form_parts::from_text("last-16", canary.substr(8)));
    std::string little, big, percent, percent_upper, json, json_upper;
    for (const char c : canary) {
        const auto byte = static_cast<std::uint8_t>(c);
        const std::string low = form_parts::in_hex({&byte, 1}, form_parts::lower),
                          high = form_parts::in_hex({&byte, 1}, form_parts::upper);
        little += c + "\0"s;
        big += "\0"s + c;
        percent += "%" + low;
        percent_upper += "%" + high;
        json += "\\u00" + low;
        json_upper += "\\u00" + high;
    }
    out.push_back(form_parts::from_text("utf-16le", little));
    out.push_back(form_parts::from_text("utf-16be", big));
    for (const std::string before : {"", "x", "xy"}) {
        const std::string whole = before + canary + "!";
        out.push_back(form_parts::from_text("base64-phase-" + std::to_string(before.size()),
                                            form_parts::in_base64(as_bytes(whole))));
    }
    out.push_back(form_parts::from_text("hex", form_parts::in_hex(as_bytes(canary), form_parts::lower)));
    out.push_back(
        form_parts::from_text("hex-upper", form_parts::in_hex(as_bytes(canary), form_parts::upper)));
    out.push_back(form_parts::from_text("percent", percent));
    out.push_back(form_parts::from_text("percent-upper", percent_upper));
    out.push_back(form_parts::from_text("json-escape", json));
    out.push_back(form_parts::from_text("json-escape-upper", json_upper));
    out.push_back(form_parts::from_text("reversed", std::string{canary.rbegin(), canary.rend()}));
    for (const auto& [hash, name] :
         {std::pair{crypto::Hash::sha256, "sha-256"}, {crypto::Hash::sha1, "sha-1"}}) {
        const Bytes digest = crypto::digest(hash, {as_bytes(canary)});
        out.push_back({name, digest});
        out.push_back(form_parts::from_text(name + "-hex"s, form_parts::in_hex(digest, form_parts::lower)));
        out.push_back(form_parts::from_text(name + "-base64"s, form_parts::in_base64(digest)));
    }
    return out;
}

std::vector<CanaryForm> token_forms(std::span<const std::uint32_t> tokens, std::size_t at) {
    std::vector<CanaryForm> out{{"tokens-16", {}}, {"tokens-32", {}}, {"tokens-64", {}}};
    for (const std::uint32_t token : tokens.subspan(at, 8))
        for (std::size_t form = 0; form < out.size(); ++form)
            for (std::size_t byte = 0; byte < std::size_t{2} << form; ++byte)
                out[form].bytes.push_back(static_cast<std::uint8_t>(byte < 4 ? token >> 8 * byte : 0));
    return out;
}

bool stands_in(ByteView haystack, ByteView needle, std::size_t& at) {
    const auto found = std::search(haystack.begin(), haystack.end(),
                                   std::boyer_moore_horspool_searcher{needle.begin(), needle.end()});
    at = static_cast<std::size_t>(found - haystack.begin());
    return found != haystack.end();
}

const CanaryForm* first_of(std::span<const CanaryForm> forms, ByteView haystack, std::size_t& at) {
    // By their first two bytes.
    std::vector<std::vector<const CanaryForm*>> by_pair(65536);
    const auto pair_at = [](ByteView bytes, std::size_t i) {
        return std::size_t{bytes[i]} << 8 | bytes[i + 1];
    };
    for (const CanaryForm& form : forms)
        if (form.bytes.size() >= 2) by_pair[pair_at(form.bytes, 0)].push_back(&form);
    for (std::size_t i = 0; i + 1 < haystack.size(); ++i) {
        for (const CanaryForm* form : by_pair[pair_at(haystack, i)])
            if (form->bytes.size() <= haystack.size() - i &&
                equal(haystack.subspan(i, form->bytes.size()), form->bytes)) {
                at = i;
                return form;
            }
    }
    return nullptr;
}

}  // namespace assay::conformance::deletion
