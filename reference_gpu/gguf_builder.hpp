// Writes GGUF files for tests, right ones and wrong ones.
#pragma once
#include "reference_gpu/test_support.hpp"

namespace assay::reference_gpu::test {

struct GgufTensor {
    std::string name;
    std::vector<std::uint64_t> dims;
    std::uint32_t type = 0;
    Bytes data;
    std::optional<std::uint64_t> offset{};  // instead of the right one
};

/// The parts of a file; bytes() puts them together.
struct GgufBuilder {
    std::string magic = "GGUF";
    std::uint32_t version = 3;
    std::vector<std::pair<std::string, Bytes>> metadata;  // type and value
    std::vector<GgufTensor> tensors;
    std::uint64_t alignment = 32;
    std::optional<std::uint64_t> tensor_count{}, pair_count{};

    template <class U>
    static void put(Bytes& out, U value) {
        append(out, store(value, std::endian::little));
    }
    static void put_text(Bytes& out, std::string_view text) {
        put(out, std::uint64_t{text.size()});
        append(out, as_bytes(text));
    }
    static Bytes u32(std::uint32_t value) {
        Bytes out;
        put(out, std::uint32_t{4});
        put(out, value);
        return out;
    }
    static Bytes u64(std::uint64_t value) {
        Bytes out;
        put(out, std::uint32_t{10});
        put(out, value);
        return out;
    }
    static Bytes f32(float value) {
        Bytes out;
        put(out, std::uint32_t{6});
        put(out, std::bit_cast<std::uint32_t>(value));
        return out;
    }
    static Bytes boolean(std::uint8_t value) {
        Bytes out;
        put(out, std::uint32_t{7});
        out.push_back(value);
        return out;
    }
    static Bytes text(std::string_view value) {
        Bytes out;
        put(out, std::uint32_t{8});
        put_text(out, value);
        return out;
    }
    static Bytes array(std::uint32_t element, std::uint64_t count, ByteView elements) {
        Bytes out;
        put(out, std::uint32_t{9});
        put(out, element);
        put(out, count);
        append(out, elements);
        return out;
    }

    void set(const std::string& key, Bytes value) {
        for (auto& [name, old] : metadata)
            if (name == key) {
                old = std::move(value);
                return;
            }
        metadata.emplace_back(key, std::move(value));
    }
    void erase(const std::string& key) {
        std::erase_if(metadata, [&](const auto& pair) { return pair.first == key; });
    }
    GgufTensor& tensor(const std::string& name) {
        return *std::ranges::find(tensors, name, &GgufTensor::name);
    }

    Bytes bytes() const {
        Bytes out;
        append(out, as_bytes(magic));
        put(out, version);
        put(out, tensor_count.value_or(tensors.size()));
        put(out, pair_count.value_or(metadata.size()));
        for (const auto& [key, value] : metadata) {
            put_text(out, key);
            append(out, value);
        }
        const auto padded = [&](std::uint64_t size) {
            return (size + alignment - 1) / alignment * alignment;
        };
        std::uint64_t at = 0;
        for (const GgufTensor& t : tensors) {
            put_text(out, t.name);
            put(out, static_cast<std::uint32_t>(t.dims.size()));
            for (const std::uint64_t d : t.dims) put(out, d);
            put(out, t.type);
            put(out, t.offset.value_or(at));
            at += padded(t.data.size());
        }
        out.resize(padded(out.size()));
        for (const GgufTensor& t : tensors) {
            append(out, t.data);
            out.resize(padded(out.size()));
        }
        return out;
    }
};

/// A model as a GGUF file of F32 tensors with our own vocabulary.
inline GgufBuilder gguf_of(const Model& model) {
    using B = GgufBuilder;
    const Config& c = model.config;
    B out;
    out.set("general.architecture", B::text("llama"));
    out.set("general.file_type", B::u32(0));
    out.set("llama.context_length", B::u32(c.positions));
    out.set("llama.embedding_length", B::u64(c.dim));  // either width is read
    out.set("llama.block_count", B::u32(c.layers));
    out.set("llama.feed_forward_length", B::u32(c.hidden));
    out.set("llama.rope.dimension_count", B::u32(c.head_size()));
    out.set("llama.attention.head_count", B::u32(c.heads));
    out.set("llama.attention.head_count_kv", B::u32(c.kv_heads));
    out.set("llama.attention.layer_norm_rms_epsilon", B::f32(c.epsilon));
    out.set("tokenizer.ggml.model", B::text("llama"));
    Bytes tokens;
    Bytes scores;
    Bytes types;
    for (std::size_t id = 0; const auto& entry : own_vocabulary(c.vocabulary)) {
        std::string piece;
        for (const char letter : entry.text)
            piece += letter == ' ' ? std::string{"\xE2\x96\x81"} : std::string{letter};
        B::put_text(tokens, piece);
        B::put(scores, std::bit_cast<std::uint32_t>(entry.score));
        B::put(types, id == 0 ? 2U : id < 3 ? 3U : id < 259 ? 6U : 1U);
        ++id;
    }
    out.set("tokenizer.ggml.tokens", B::array(8, c.vocabulary, tokens));
    out.set("tokenizer.ggml.scores", B::array(6, c.vocabulary, scores));
    out.set("tokenizer.ggml.token_type", B::array(5, c.vocabulary, types));
    out.set("tokenizer.ggml.bos_token_id", B::u32(1));

    const auto add = [&](const std::string& name, FloatView values, std::vector<std::uint64_t> dims) {
        Bytes data;
        for (const float v : values) B::put(data, std::bit_cast<std::uint32_t>(v));
        out.tensors.push_back({name, std::move(dims), 0, std::move(data)});
    };
    const Weights w = model.weights();
    add("token_embd.weight", w(Tensor::embedding), {c.dim, c.vocabulary});
    add("output_norm.weight", w(Tensor::final_norm), {c.dim});
    if (!c.shared_classifier) add("output.weight", w(Tensor::classifier), {c.dim, c.vocabulary});
    for (std::uint32_t layer = 0; layer < c.layers; ++layer) {
        const std::string block = "blk." + std::to_string(layer) + '.';
        add(block + "attn_norm.weight", w(Tensor::attention_norm, layer), {c.dim});
        add(block + "attn_q.weight", w(Tensor::wq, layer), {c.dim, c.dim});
        add(block + "attn_k.weight", w(Tensor::wk, layer), {c.dim, c.kv_dim()});
        add(block + "attn_v.weight", w(Tensor::wv, layer), {c.dim, c.kv_dim()});
        add(block + "attn_output.weight", w(Tensor::wo, layer), {c.dim, c.dim});
        add(block + "ffn_norm.weight", w(Tensor::ffn_norm, layer), {c.dim});
        add(block + "ffn_gate.weight", w(Tensor::w1, layer), {c.dim, c.hidden});
        add(block + "ffn_up.weight", w(Tensor::w3, layer), {c.dim, c.hidden});
        add(block + "ffn_down.weight", w(Tensor::w2, layer), {c.hidden, c.dim});
    }
    return out;
}

}  // namespace assay::reference_gpu::test
