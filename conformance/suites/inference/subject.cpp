#include "conformance/suites/inference/subject.hpp"

#include <bit>
#include <cmath>
#include <random>

namespace assay::conformance::inference {
namespace {

void put_word(Bytes& out, std::uint32_t value) { append(out, store(value, std::endian::little)); }
void put_values(Bytes& out, const std::vector<float>& values) {
    for (const float v : values) put_word(out, std::bit_cast<std::uint32_t>(v));
}

constexpr std::uint32_t specials = 3;
constexpr std::uint32_t pieces_begin = 259;

}  // namespace

std::pair<std::size_t, std::size_t> Subject::form(std::size_t part) const {
    switch (part) {
        case embedding:
        case classifier: return {shape.vocabulary, shape.dim};
        case wq:
        case wo: return {shape.dim, shape.dim};
        case wk:
        case wv: return {kv_dim(), shape.dim};
        case w1:
        case w3: return {shape.hidden, shape.dim};
        case w2: return {shape.dim, shape.hidden};
        default: return {1, shape.dim};
    }
}

Subject make_subject(const Shape& shape, std::uint32_t seed) {
    Subject out{.shape = shape, .parts = {}};
    std::mt19937 random{seed};
    // In (-1, 1), a multiple of 2^-23: the same on every machine.
    const auto next = [&] {
        return static_cast<float>(static_cast<std::int64_t>(random() >> 8) * 2 + 1) * 0x1p-24F - 1;
    };
    for (std::size_t part = 0; part < out.parts.size(); ++part) {
        if (part == classifier && shape.shared_classifier) continue;
        const auto [rows, columns] = out.form(part);
        const bool norm = part == att_norm || part == ffn_norm || part == final_norm;
        const bool once = part == embedding || part == final_norm || part == classifier;
        const float spread = std::sqrt(3.0F / static_cast<float>(columns));
        out.parts[part].resize(rows * columns * (once ? 1 : shape.layers));
        for (float& v : out.parts[part])
            v = norm ? 1.0F + 0.5F * next() : (once ? 1.0F : 1.5F * spread) * next();
    }
    return out;
}

Bytes checkpoint_of(const Subject& s, unsigned version) {
    Bytes out;
    const Shape& c = s.shape;
    if (version == 1) {
        put_word(out, 0x616B3432);
        put_word(out, 1);
    }
    for (const std::uint32_t v : {c.dim, c.hidden, c.layers, c.heads, c.kv_heads}) put_word(out, v);
    put_word(out, version == 0 && !c.shared_classifier ? 0U - c.vocabulary : c.vocabulary);
    put_word(out, c.positions);
    if (version == 1) {
        out.push_back(c.shared_classifier ? 1 : 0);
        out.resize(256);
        for (const Part p :
             {att_norm, ffn_norm, final_norm, embedding, wq, wk, wv, wo, w1, w2, w3, classifier})
            put_values(out, s.parts[p]);
        return out;
    }
    for (std::size_t p = embedding; p <= final_norm; ++p) put_values(out, s.parts[p]);
    // Angles that nobody reads: of another model, so that an engine that reads them is wrong.
    put_values(out, std::vector<float>(std::size_t{c.positions} * s.head_size(), 0.25F));
    put_values(out, s.parts[classifier]);
    return out;
}

Words words_of(std::uint32_t vocabulary) {
    Words out{{{"<unk>", 0.0F}, {"\n<s>\n", 0.0F}, {"\n</s>\n", 0.0F}}};
    for (unsigned b = 0; b < 256; ++b) {
        const auto byte = static_cast<std::uint8_t>(b);
        out.entries.emplace_back("<0x" + to_upper_hex({&byte, 1}) + ">", 0.0F);
    }
    // Joined pieces first, so that their scores are higher; " ab" is reached over " a" and over "ab".
    for (const char* piece : {"ab", "ba", " a", " ab", "aba", "abc", "cd", "\xC3\xA9", "bab", " b", "  "})
        out.entries.emplace_back(piece, 0.0F);
    for (char c = 'a'; c <= 'z'; ++c) out.entries.emplace_back(std::string{c}, 0.0F);
    for (const char c : {' ', '.', ',', '\n'}) out.entries.emplace_back(std::string{c}, 0.0F);
    for (unsigned n = 0; out.entries.size() < vocabulary; ++n)
        out.entries.emplace_back("[" + std::to_string(n) + "]", 0.0F);
    for (std::size_t id = pieces_begin; id < out.entries.size(); ++id)
        out.entries[id].second = -static_cast<float>(id - pieces_begin);
    return out;
}

Bytes tokenizer_of(const Words& words) {
    std::size_t longest = 0;
    for (const auto& [text, score] : words.entries) longest = std::max(longest, text.size());
    Bytes out;
    put_word(out, static_cast<std::uint32_t>(longest));
    for (const auto& [text, score] : words.entries) {
        put_word(out, std::bit_cast<std::uint32_t>(score));
        put_word(out, static_cast<std::uint32_t>(text.size()));
        append(out, as_bytes(text));
    }
    return out;
}

std::vector<std::uint32_t> encoded(const Words& words, std::string_view text) {
    const auto find = [&](const std::string& piece) -> std::uint32_t {
        for (std::size_t id = pieces_begin; id < words.entries.size(); ++id)
            if (words.entries[id].first == piece) return static_cast<std::uint32_t>(id);
        return 0;
    };
    std::vector<std::uint32_t> out{1};
    if (text.empty()) return out;
    out.push_back(find(" "));
    for (std::size_t i = 0; i < text.size();) {
        std::size_t size = 1;
        while (size < 4 && i + size < text.size() && (static_cast<unsigned char>(text[i + size]) >> 6) == 2)
            ++size;
        if (const auto id = find(std::string{text.substr(i, size)}); id != 0)
            out.push_back(id);
        else
            for (std::size_t b = 0; b < size; ++b)
                out.push_back(specials + static_cast<unsigned char>(text[i + b]));
        i += size;
    }
    while (true) {
        std::size_t at = 0;
        std::uint32_t best = 0;
        for (std::size_t i = 0; i + 1 < out.size(); ++i) {
            const auto id = find(words.entries[out[i]].first + words.entries[out[i + 1]].first);
            if (id != 0 && (best == 0 || words.entries[id].second > words.entries[best].second)) {
                best = id;
                at = i;
            }
        }
        if (best == 0) return out;
        out[at] = best;
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
}

}  // namespace assay::conformance::inference
