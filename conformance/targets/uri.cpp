#include "conformance/targets/uri.hpp"

#include <algorithm>

#include "sim/base/bytes.hpp"

namespace assay::conformance {
namespace {

bool is_target_id(std::string_view text) {
    const auto word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= 64 && word(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return word(c) || c == '.' || c == '_' || c == '-'; });
}

Result<std::string, int> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto byte = from_hex(text.substr(i + 1, 2));
        if (!byte || byte->size() != 1 || byte->front() == 0) return 0;
        out += static_cast<char>(byte->front());
        i += 2;
    }
    return out;
}

}  // namespace

Result<TargetUri, std::string> parse_uri(std::string_view text) {
    constexpr std::size_t max_uri = 4096;
    if (text.size() > max_uri) return "longer than 4096 bytes";
    if (text.find('\0') != std::string_view::npos) return "has a zero byte";
    TargetUri out;
    const std::size_t equals = text.find('=');
    if (equals < text.find(':')) {
        out.id = text.substr(0, equals);
        if (!is_target_id(out.id))
            return "the id before '=' is not lower-case letters, digits, '.', '_', '-', at most 64";
        text.remove_prefix(equals + 1);
    }
    const std::size_t question = std::min(text.find('?'), text.size());
    std::string_view place = text.substr(0, question);
    std::string_view query = text.substr(std::min(question + 1, text.size()));

    const std::size_t colon = place.find(':');
    if (colon == std::string_view::npos) return "has no scheme";
    const bool is_model = place.substr(0, colon) == "model";
    out.scheme = place.substr(0, is_model ? place.size() : colon);
    auto path = percent_decoded(is_model ? std::string_view{} : place.substr(colon + 1));
    if (!path) return "a percent sign is not followed by two hexadecimal digits, or means a zero byte";
    out.path = *std::move(path);

    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const std::size_t separator = pair.find('=');
        if (separator == std::string_view::npos || separator == 0)
            return "option '" + std::string{pair} + "' is not key=value";
        const auto key = percent_decoded(pair.substr(0, separator));
        const auto value = percent_decoded(pair.substr(separator + 1));
        if (!key || !value)
            return "a percent sign is not followed by two hexadecimal digits, or means a zero byte";
        if (!out.options.emplace(*key, *value).second) return "option '" + *key + "' stands twice";
    }
    return out;
}

}  // namespace assay::conformance
