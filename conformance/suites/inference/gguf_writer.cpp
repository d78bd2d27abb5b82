#include "conformance/suites/inference/gguf_writer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <stdexcept>

namespace assay::conformance::inference {
namespace {

template <class U>
void gguf_put(Bytes& out, U value) {
    append(out, store(value, std::endian::little));
}
void gguf_put_text(Bytes& out, std::string_view text) {
    gguf_put(out, std::uint64_t{text.size()});
    append(out, as_bytes(text));
}
Bytes gguf_list(std::uint32_t element, std::uint64_t count, ByteView elements) {
    Bytes out;
    gguf_put(out, std::uint32_t{9});
    gguf_put(out, element);
    gguf_put(out, count);
    append(out, elements);
    return out;
}

/// Normal binary16 numbers with an exponent of `low` to `high`, and what they are.
struct Halves {
    std::mt19937& random;
    int low, high;
    std::uint16_t next() {
        const auto exponent =
            static_cast<std::uint32_t>(15 + low) +
            static_cast<std::uint32_t>(random()) % static_cast<std::uint32_t>(high - low + 1);
        const std::uint32_t fraction = static_cast<std::uint32_t>(random()) % 1024;
        const std::uint32_t sign = static_cast<std::uint32_t>(random()) % 2;
        return static_cast<std::uint16_t>(sign << 15 | exponent << 10 | fraction);
    }
    static double value(std::uint16_t half) {
        const double magnitude = std::ldexp(1.0 + (half & 1023) / 1024.0, (half >> 10 & 31) - 15);
        return half >> 15 != 0 ? -magnitude : magnitude;
    }
};

Bytes drawn(Encoding encoding, std::size_t count, std::size_t columns, std::mt19937& random,
            std::vector<float>& values) {
    Bytes out;
    values.clear();
    if (encoding == Encoding::f32) {
        for (std::size_t i = 0; i < count; ++i) {
            const float v = (static_cast<float>(random() >> 8) * 0x1p-23F - 1) *
                            std::sqrt(3.0F / static_cast<float>(columns));
            gguf_put(out, std::bit_cast<std::uint32_t>(v));
            values.push_back(v);
        }
    } else if (encoding == Encoding::f16) {
        Halves halves{random, -6, -2};
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint16_t half = halves.next();
            gguf_put(out, half);
            values.push_back(static_cast<float>(Halves::value(half)));
        }
    } else {
        const bool eight = encoding == Encoding::q8_0;
        Halves halves{random, eight ? -11 : -7, eight ? -9 : -5};
        for (std::size_t block = 0; block < count / 32; ++block) {
            const std::uint16_t scale = halves.next();
            gguf_put(out, scale);
            const std::size_t at = values.size();
            values.resize(at + 32);
            for (std::size_t j = 0; j < (eight ? 32U : 16U); ++j) {
                const auto q = static_cast<std::uint8_t>(random());
                out.push_back(q);
                if (eight) {
                    values[at + j] = static_cast<float>(Halves::value(scale) * std::bit_cast<std::int8_t>(q));
                } else {
                    values[at + j] = static_cast<float>(Halves::value(scale) * ((q & 15) - 8));
                    values[at + j + 16] = static_cast<float>(Halves::value(scale) * ((q >> 4) - 8));
                }
            }
        }
    }
    return out;
}

void put_vocabulary(Gguf& file, std::uint32_t vocabulary) {
    Bytes tokens;
    Bytes scores;
    Bytes types;
    const Words words = words_of(vocabulary);
    for (std::size_t id = 0; id < words.entries.size(); ++id) {
        std::string piece;
        for (const char c : words.entries[id].first)
            if (c == ' ')
                piece += "\xE2\x96\x81";
            else
                piece += c;
        gguf_put_text(tokens, piece);
        gguf_put(scores, std::bit_cast<std::uint32_t>(words.entries[id].second));
        gguf_put(types, id == 0 ? 2U : id < 3 ? 3U : id < 259 ? 6U : 1U);
    }
    file.set("tokenizer.ggml.model", gguf_text("llama"));
    file.set("tokenizer.ggml.tokens", gguf_list(8, vocabulary, tokens));
    file.set("tokenizer.ggml.scores", gguf_list(6, vocabulary, scores));
    file.set("tokenizer.ggml.token_type", gguf_list(5, vocabulary, types));
    file.set("tokenizer.ggml.bos_token_id", gguf_u32(1));
}

}  // namespace

Bytes gguf_u32(std::uint32_t value) {
    Bytes out;
    gguf_put(out, std::uint32_t{4});
    gguf_put(out, value);
    return out;
}
Bytes gguf_f32(float value) {
    Bytes out;
    gguf_put(out, std::uint32_t{6});
    gguf_put(out, std::bit_cast<std::uint32_t>(value));
    return out;
}
Bytes gguf_text(std::string_view value) {
    Bytes out;
    gguf_put(out, std::uint32_t{8});
    gguf_put_text(out, value);
    return out;
}

void Gguf::set(const std::string& key, Bytes value) {
    const auto at = std::ranges::find(metadata, key, &std::pair<std::string, Bytes>::first);
    if (at == metadata.end())
        metadata.emplace_back(key, std::move(value));
    else
        at->second = std::move(value);
}
void Gguf::erase(const std::string& key) {
    std::erase_if(metadata, [&](const auto& pair) { return pair.first == key; });
}
GgufTensorInfo& Gguf::tensor(std::string_view name) {
    const auto at = std::ranges::find(tensors, name, &GgufTensorInfo::name);
    if (at == tensors.end()) throw std::logic_error("no such tensor");
    return *at;
}

Bytes Gguf::bytes() const {
    Bytes out;
    append(out, as_bytes(magic));
    gguf_put(out, version);
    gguf_put(out, std::uint64_t{tensors.size()});
    gguf_put(out, std::uint64_t{metadata.size()});
    for (const auto& [key, value] : metadata) {
        gguf_put_text(out, key);
        append(out, value);
    }
    const auto padded = [&](std::uint64_t size) {
        return (size + alignment - 1) / alignment * alignment;
    };
    std::uint64_t at = 0;
    for (const GgufTensorInfo& t : tensors) {
        gguf_put_text(out, t.name);
        gguf_put(out, static_cast<std::uint32_t>(t.dims.size()));
        for (const std::uint64_t d : t.dims) gguf_put(out, d);
        gguf_put(out, t.type);
        gguf_put(out, t.offset.value_or(at));
        at += padded(t.data.size());
    }
    out.resize(padded(out.size()));
    for (const GgufTensorInfo& t : tensors) {
        append(out, t.data);
        out.resize(padded(out.size()));
    }
    return out;
}

Gguf gguf_of(Subject& s, Encoding encoding, std::uint32_t seed) {
    Gguf out;
    std::mt19937 random{seed};
    const Shape& c = s.shape;
    out.set("general.architecture", gguf_text("llama"));
    out.set("general.alignment", gguf_u32(32));
    if (encoding == Encoding::q8_0 || encoding == Encoding::q4_0)
        out.set("general.quantization_version", gguf_u32(2));
    out.set("llama.context_length", gguf_u32(c.positions));
    out.set("llama.embedding_length", gguf_u32(c.dim));
    out.set("llama.block_count", gguf_u32(c.layers));
    out.set("llama.feed_forward_length", gguf_u32(c.hidden));
    out.set("llama.rope.dimension_count", gguf_u32(s.head_size()));
    out.set("llama.attention.head_count", gguf_u32(c.heads));
    out.set("llama.attention.head_count_kv", gguf_u32(c.kv_heads));
    out.set("llama.attention.layer_norm_rms_epsilon", gguf_f32(s.epsilon));
    out.set("llama.rope.freq_base", gguf_f32(s.rope_base));
    put_vocabulary(out, c.vocabulary);
    constexpr std::array<const char*, 12> names{"token_embd", "attn_norm",   "attn_q",      "attn_k",
                                                "attn_v",     "attn_output", "ffn_norm",    "ffn_gate",
                                                "ffn_down",   "ffn_up",      "output_norm", "output"};
    for (std::size_t part = 0; part < s.parts.size(); ++part) {
        const bool once = part == embedding || part == final_norm || part == classifier;
        const auto [rows, columns] = s.form(part);
        const std::size_t size = rows * columns;
        const std::size_t count = s.parts[part].empty() ? 0 : once ? 1 : c.layers;
        for (std::size_t layer = 0; layer < count; ++layer) {
            const std::string base = std::string{names[part]} + ".weight";
            GgufTensorInfo t{.name = once ? base : "blk." + std::to_string(layer) + '.' + base,
                             .dims = {columns}};
            const auto place = s.parts[part].begin() + static_cast<std::ptrdiff_t>(layer * size);
            if (rows == 1) {
                for (std::size_t i = 0; i < size; ++i)
                    gguf_put(t.data, std::bit_cast<std::uint32_t>(place[static_cast<std::ptrdiff_t>(i)]));
            } else {
                const bool blocks = encoding == Encoding::q8_0 || encoding == Encoding::q4_0;
                const Encoding used = blocks && columns % 32 != 0 ? Encoding::f16 : encoding;
                std::vector<float> values;
                t.dims.push_back(rows);
                t.type = static_cast<std::uint32_t>(used);
                t.data = drawn(used, size, columns, random, values);
                std::ranges::copy(values, place);
            }
            out.tensors.push_back(std::move(t));
        }
    }
    return out;
}

}  // namespace assay::conformance::inference
