// See tokenizer.hpp.
#include "reference_gpu/tokenizer.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <queue>

namespace assay::reference_gpu {
namespace {

using Kind = LoadError::Kind;

constexpr std::uint32_t max_length = 1U << 16;  // bytes of one entry

/// "<0x0A>" for 10: how files spell the bytes.
std::string byte_name(std::uint8_t byte) { return "<0x" + to_upper_hex({&byte, 1}) + '>'; }

constexpr auto all_bytes = [] {
    std::array<char, 256> out{};
    for (unsigned i = 0; i < 256; ++i) out[i] = static_cast<char>(i);
    return out;
}();

/// UTF-8 as far as it is: a byte and the up to three continuation bytes that follow it.
std::size_t code_point(std::string_view text) {
    std::size_t size = 1;
    while (size < 4 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
    return size;
}

std::string entry_name(std::size_t id) { return "token[" + std::to_string(id) + ']'; }

}  // namespace

Result<Tokenizer, LoadError> Tokenizer::from_file(ByteView file, std::uint32_t vocabulary) {
    std::size_t at = 0;
    const auto left = [&] {
        return file.size() - at;
    };
    const auto truncated = [&](std::string field, std::size_t size) {
        return LoadError{Kind::truncated, std::move(field), at,
                         std::to_string(size) + " bytes expected, " + std::to_string(left()) + " are there"};
    };
    const auto u32 = [&] {
        const auto value = load<std::uint32_t>(file.subspan(at), std::endian::little);
        at += 4;
        return value;
    };
    if (left() < 4) return truncated("max_token_length", 4);
    const std::uint32_t longest = u32();
    if (longest == 0 || longest > max_length)
        return LoadError{Kind::bad_value, "max_token_length", 0, std::to_string(longest) + " is no length"};
    std::vector<Entry> entries;
    std::vector<std::uint64_t> offsets;
    for (std::uint32_t id = 0; id < vocabulary; ++id) {
        offsets.push_back(at);
        if (left() < 8) return truncated(entry_name(id), 8);
        const float score = std::bit_cast<float>(u32());
        const std::uint32_t length = u32();
        if (length > longest)
            return LoadError{
                Kind::bad_value, entry_name(id) + ".length", at - 4,
                std::to_string(length) + " is above max_token_length " + std::to_string(longest)};
        if (left() < length) return truncated(entry_name(id) + ".text", length);
        entries.push_back({std::string{as_text(file.subspan(at, length))}, score});
        at += length;
    }
    if (left() != 0)
        return LoadError{Kind::trailing_bytes, "end of file", at,
                         std::to_string(left()) + " bytes after " + std::to_string(vocabulary) + " tokens"};
    return from_entries(std::move(entries), offsets);
}

Result<Tokenizer, LoadError> Tokenizer::from_entries(std::vector<Entry> entries,
                                                     std::span<const std::uint64_t> offsets) {
    const auto fault = [&](Kind kind, std::size_t id, std::string what) {
        return LoadError{kind, entry_name(id), id < offsets.size() ? offsets[id] : 0, std::move(what)};
    };
    if (entries.size() < first_piece)
        return LoadError{Kind::bad_value, "vocabulary", 0,
                         std::to_string(entries.size()) + " tokens do not hold the 256 bytes"};
    Tokenizer out;
    out.entries_ = std::move(entries);
    out.ids_.reserve(out.entries_.size());
    for (std::size_t id = 0; id < out.entries_.size(); ++id) {
        const Entry& entry = out.entries_[id];
        if (!std::isfinite(entry.score)) return fault(Kind::not_finite, id, "the score is not finite");
        if (entry.text.empty()) return fault(Kind::bad_value, id, "the text is empty");
        if (id >= first_byte && id < first_piece) {
            const auto spelling = byte_name(static_cast<std::uint8_t>(id - first_byte));
            if (entry.text != spelling) return fault(Kind::bad_value, id, "is not " + spelling);
        }
        if (id >= first_piece && !out.ids_.emplace(entry.text, static_cast<Token>(id)).second)
            return fault(Kind::duplicate, id, "the same text as " + entry_name(out.ids_.at(entry.text)));
    }
    return out;
}

std::optional<Token> Tokenizer::find(std::string_view text) const {
    const auto at = ids_.find(text);
    if (at == ids_.end()) return std::nullopt;
    return at->second;
}

namespace {

/// Neighbours that may become one token: the best score first, of equals the leftmost.
struct Pair {
    float score;
    std::uint32_t left, right;  // symbols
    std::uint32_t size;         // bytes of both when the pair was found
    Token token;
    bool operator<(const Pair& other) const {
        return score != other.score ? score < other.score : left > other.left;
    }
};

/// A piece of the text, in a list from left to right.
struct Symbol {
    std::string_view text;  // empty once it went into its left neighbour
    Token token = 0;
    std::uint32_t before = 0, after = 0;
};
constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Wiped<Token> Tokenizer::encode(std::string_view text) const {
    Wiped<Token> out{begin};
    if (text.empty()) return out;
    Wiped<char> spaced{' '};  // the dummy space, so that a word is the same at the start
    spaced.insert(spaced.end(), text.begin(), text.end());
    Wiped<Symbol> symbols;
    const auto add = [&](std::string_view part, Token token) {
        const auto here = static_cast<std::uint32_t>(symbols.size());
        symbols.push_back({part, token, here == 0 ? nobody : here - 1, here + 1});
    };
    std::string_view rest{spaced.data(), spaced.size()};
    for (std::size_t size = 1; !rest.empty(); rest.remove_prefix(size), size = code_point(rest)) {
        if (const auto token = find(rest.substr(0, size)))
            add(rest.substr(0, size), *token);
        else
            for (std::size_t i = 0; i < size; ++i)
                add(rest.substr(i, 1), first_byte + static_cast<unsigned char>(rest[i]));
    }
    symbols.back().after = nobody;

    std::priority_queue<Pair, Wiped<Pair>> pairs;
    const auto consider = [&](std::uint32_t left, std::uint32_t right) {
        if (left == nobody || right == nobody) return;
        // A byte that is no piece is spelt <0xHH>, which joins nothing.
        if (symbols[left].token < first_piece || symbols[right].token < first_piece) return;
        const std::string_view both{symbols[left].text.data(),
                                    symbols[left].text.size() + symbols[right].text.size()};
        if (const auto token = find(both))
            pairs.push(
                {entries_[*token].score, left, right, static_cast<std::uint32_t>(both.size()), *token});
    };
    for (std::uint32_t i = 1; i < symbols.size(); ++i) consider(i - 1, i);
    while (!pairs.empty()) {
        const Pair best = pairs.top();
        pairs.pop();
        Symbol& left = symbols[best.left];
        Symbol& right = symbols[best.right];
        // Either side may have changed since: then other pairs stand for what is there now.
        if (left.text.empty() || right.text.empty() || left.after != best.right ||
            left.text.size() + right.text.size() != best.size)
            continue;
        left.text = {left.text.data(), best.size};
        left.token = best.token;
        left.after = right.after;
        if (left.after != nobody) symbols[left.after].before = best.left;
        right.text = {};
        consider(left.before, best.left);
        consider(best.left, left.after);
    }
    for (std::uint32_t i = 0; i != nobody; i = symbols[i].after) out.push_back(symbols[i].token);
    return out;
}

std::string_view Tokenizer::piece(Token previous, Token token) const {
    if (token >= first_byte && token < first_piece) return {&all_bytes[token - first_byte], 1};
    std::string_view text = entry(token).text;
    if (previous == begin && text.starts_with(' ')) text.remove_prefix(1);
    return text;
}

Bytes Tokenizer::to_file() const {
    Bytes out;
    std::uint32_t longest = 0;
    for (const Entry& e : entries_) longest = std::max(longest, static_cast<std::uint32_t>(e.text.size()));
    append(out, store(longest, std::endian::little));
    for (const Entry& e : entries_) {
        append(out, store(std::bit_cast<std::uint32_t>(e.score), std::endian::little));
        append(out, store(static_cast<std::uint32_t>(e.text.size()), std::endian::little));
        append(out, as_bytes(e.text));
    }
    return out;
}

}  // namespace assay::reference_gpu
