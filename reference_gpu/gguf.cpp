// See gguf.hpp: what metadata and tensors of a "llama" file mean.
#include "reference_gpu/gguf.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include "reference_gpu/gguf_file.hpp"
#include "reference_gpu/model_checks.hpp"

namespace assay::reference_gpu {
namespace {

using gguf::Type;
using gguf::Value;
using Kind = LoadError::Kind;

/// Keys of "llama." that are read below; each other one might change the arithmetic.
constexpr std::array<std::string_view, 12> known_keys{
    "llama.context_length",
    "llama.embedding_length",
    "llama.block_count",
    "llama.feed_forward_length",
    "llama.rope.dimension_count",
    "llama.attention.head_count",
    "llama.attention.head_count_kv",
    "llama.attention.layer_norm_rms_epsilon",
    "llama.rope.freq_base",
    "llama.rope.scaling.type",
    "llama.vocab_size",
    "llama.expert_count",
};

/// Like the parser: the first fault leaves load_gguf() as its error.
class Loader {
public:
    explicit Loader(const gguf::File& file) : file_(file) {}

    GgufModel load() {
        if (text("general.architecture") != "llama")
            refuse(Kind::unsupported, "general.architecture", "is not llama");
        for (const auto& [key, value] : file_.metadata)
            if (key.starts_with("llama.") && std::ranges::find(known_keys, key) == known_keys.end())
                refuse(Kind::unsupported, key, "is not known here");
        Tokenizer words = tokenizer();
        const Config config = shape(words.vocabulary());
        return {model(config), std::move(words)};
    }

private:
    const Value* find(std::string_view key) const {
        const auto at = file_.metadata.find(key);
        return at == file_.metadata.end() ? nullptr : &at->second;
    }
    [[noreturn]] void refuse(Kind kind, std::string_view key, std::string what) const {
        const Value* v = find(key);
        throw LoadError{kind, std::string{key}, v == nullptr ? 0 : v->offset, std::move(what)};
    }
    const Value& need(std::string_view key) const {
        const Value* v = find(key);
        if (v == nullptr) refuse(Kind::missing, key, "the key is absent");
        return *v;
    }
    std::string_view text(std::string_view key) const {
        const Value& v = need(key);
        if (v.type != Type::string) refuse(Kind::bad_value, key, "is not a string");
        return as_text(v.bytes);
    }
    /// A count, as u32 or u64.
    std::uint32_t count(std::string_view key) const {
        const Value& v = need(key);
        std::uint64_t out = 0;
        if (v.type == Type::u32)
            out = assay::load<std::uint32_t>(v.bytes, std::endian::little);
        else if (v.type == Type::u64)
            out = assay::load<std::uint64_t>(v.bytes, std::endian::little);
        else
            refuse(Kind::bad_value, key, "is neither u32 nor u64");
        if (out > UINT32_MAX) refuse(Kind::too_large, key, std::to_string(out) + " is above 4294967295");
        return static_cast<std::uint32_t>(out);
    }
    float real(std::string_view key) const {
        const Value& v = need(key);
        if (v.type != Type::f32) refuse(Kind::bad_value, key, "is not f32");
        const auto out = std::bit_cast<float>(assay::load<std::uint32_t>(v.bytes, std::endian::little));
        if (!(out > 0 && out < 1e9F)) refuse(Kind::bad_value, key, "is not between 0 and 1e9");
        return out;
    }
    void must_be(std::string_view key, std::uint32_t value) const {
        if (find(key) != nullptr && count(key) != value)
            refuse(Kind::unsupported, key,
                   std::to_string(count(key)) + ", " + std::to_string(value) + " expected");
    }
    void must_be_true(std::string_view key) const {
        const Value* v = find(key);
        if (v != nullptr && (v->type != Type::boolean || v->bytes[0] != 1))
            refuse(Kind::unsupported, key, "is not true");
    }
    const Value& array(std::string_view key, Type element) const {
        const Value& v = need(key);
        if (v.type != Type::array || v.element != element)
            refuse(Kind::bad_value, key, "is not an array of the right type");
        return v;
    }

    Tokenizer tokenizer() const {
        if (text("tokenizer.ggml.model") != "llama")
            refuse(Kind::unsupported, "tokenizer.ggml.model", "is not llama");
        must_be("tokenizer.ggml.unknown_token_id", Tokenizer::unknown);
        must_be("tokenizer.ggml.bos_token_id", Tokenizer::begin);
        must_be("tokenizer.ggml.eos_token_id", Tokenizer::end);
        must_be_true("tokenizer.ggml.add_bos_token");
        must_be_true("tokenizer.ggml.add_space_prefix");
        const Value& tokens = array("tokenizer.ggml.tokens", Type::string);
        const Value& scores = array("tokenizer.ggml.scores", Type::f32);
        const Value& types = array("tokenizer.ggml.token_type", Type::i32);
        for (const auto& [key, v] :
             {std::pair{"tokenizer.ggml.scores", &scores}, {"tokenizer.ggml.token_type", &types}})
            if (v->count != tokens.count)
                refuse(Kind::bad_value, key,
                       std::to_string(v->count) + " entries for " + std::to_string(tokens.count) + " tokens");
        std::vector<Tokenizer::Entry> entries;
        std::vector<std::uint64_t> offsets;
        const char* const start = as_text(tokens.bytes).data();
        for (const std::string_view token : gguf::strings(tokens)) {
            const std::size_t id = entries.size();
            const auto raw = [&](const Value& v) {
                return assay::load<std::uint32_t>(v.bytes.subspan(4 * id), std::endian::little);
            };
            offsets.push_back(tokens.offset + static_cast<std::uint64_t>(token.data() - start));
            if (const auto expected = type_of(id); raw(types) != expected)
                throw LoadError{Kind::unsupported, "tokenizer.ggml.token_type[" + std::to_string(id) + ']',
                                types.offset + 4 * id,
                                std::to_string(raw(types)) + ", " + std::to_string(expected) + " expected"};
            entries.push_back({with_spaces(token), std::bit_cast<float>(raw(scores))});
        }
        auto out = Tokenizer::from_entries(std::move(entries), offsets);
        if (!out) throw out.error();
        return *std::move(out);
    }

    static std::uint32_t type_of(std::size_t id) {
        constexpr std::uint32_t normal = 1;
        constexpr std::uint32_t unknown = 2;
        constexpr std::uint32_t control = 3;
        constexpr std::uint32_t byte = 6;
        if (id == Tokenizer::unknown) return unknown;
        if (id < Tokenizer::first_byte) return control;
        return id < Tokenizer::first_piece ? byte : normal;
    }

    /// Pieces write U+2581 for the space.
    static std::string with_spaces(std::string_view piece) {
        constexpr std::string_view mark = "\xE2\x96\x81";
        std::string out;
        while (!piece.empty()) {
            const bool space = piece.starts_with(mark);
            out += space ? ' ' : piece.front();
            piece.remove_prefix(space ? mark.size() : 1);
        }
        return out;
    }

    Config shape(std::uint32_t vocabulary) const {
        if (find("llama.rope.scaling.type") != nullptr && text("llama.rope.scaling.type") != "none")
            refuse(Kind::unsupported, "llama.rope.scaling.type", "is not none");
        must_be("llama.expert_count", 0);
        must_be("llama.vocab_size", vocabulary);
        Config c{.dim = count("llama.embedding_length"),
                 .hidden = count("llama.feed_forward_length"),
                 .layers = count("llama.block_count"),
                 .heads = count("llama.attention.head_count"),
                 .kv_heads = 0,
                 .vocabulary = vocabulary,
                 .positions = count("llama.context_length"),
                 .shared_classifier = !file_.tensors.contains("output.weight"),
                 .epsilon = real("llama.attention.layer_norm_rms_epsilon")};
        c.kv_heads = find("llama.attention.head_count_kv") == nullptr
                         ? c.heads
                         : count("llama.attention.head_count_kv");
        if (find("llama.rope.freq_base") != nullptr) c.rope_base = real("llama.rope.freq_base");
        if (const auto fault = shape_fault(c)) {
            constexpr std::array<std::string_view, 7> keys{
                "llama.embedding_length",     "llama.feed_forward_length",     "llama.block_count",
                "llama.attention.head_count", "llama.attention.head_count_kv", "tokenizer.ggml.tokens",
                "llama.context_length"};
            refuse(fault->kind, keys[static_cast<std::size_t>(fault->field)], fault->what);
        }
        must_be("llama.rope.dimension_count", c.head_size());
        return c;
    }

    static std::string tensor_name(Tensor tensor, std::uint64_t layer) {
        constexpr std::array<std::string_view, tensor_kinds> names{
            "token_embd", "attn_norm", "attn_q",   "attn_k", "attn_v",      "attn_output",
            "ffn_norm",   "ffn_gate",  "ffn_down", "ffn_up", "output_norm", "output"};
        const std::string base = std::string{names[static_cast<std::size_t>(tensor)]} + ".weight";
        const bool once =
            tensor == Tensor::embedding || tensor == Tensor::final_norm || tensor == Tensor::classifier;
        return once ? base : "blk." + std::to_string(layer) + '.' + base;
    }

    Model model(const Config& config) const {
        const auto places = *layout(config);
        // Sizes first: nothing is allocated for a file that does not hold the weights.
        std::set<std::string, std::less<>> used;
        bool quantised = false;
        for (const TensorPlace& place : places)
            for (std::uint64_t layer = 0; layer < place.count; ++layer) {
                used.insert(tensor_name(place.tensor, layer));
                const auto& tensor = tensor_of(place, layer);
                quantised |= tensor.format == gguf::Format::q8_0 || tensor.format == gguf::Format::q4_0;
            }
        for (const auto& [name, tensor] : file_.tensors)
            if (!used.contains(name))
                throw LoadError{Kind::unsupported, name, tensor.offset, "is no tensor of this model"};
        if (quantised) {
            need("general.quantization_version");
            must_be("general.quantization_version", 2);
        }
        Model out{config, Wiped<float>(weight_count(config))};
        for (const TensorPlace& place : places)
            for (std::uint64_t layer = 0; layer < place.count; ++layer) {
                const std::uint64_t size = place.rows * place.columns;
                const Floats to = Floats{out.values}.subspan(place.offset + layer * size, size);
                if (const auto bad = gguf::decode(tensor_of(place, layer), to))
                    throw LoadError{Kind::not_finite, tensor_name(place.tensor, layer), *bad,
                                    "a value here is infinite or no number"};
            }
        return out;
    }

    const gguf::TensorInfo& tensor_of(const TensorPlace& place, std::uint64_t layer) const {
        const std::string name = tensor_name(place.tensor, layer);
        const auto at = file_.tensors.find(name);
        if (at == file_.tensors.end()) throw LoadError{Kind::missing, name, 0, "the tensor is absent"};
        const auto& dims = at->second.dims;
        if (dims[0] != place.columns || dims[1] != place.rows)
            throw LoadError{Kind::bad_value, name + ".dims", at->second.offset,
                            std::to_string(dims[0]) + " x " + std::to_string(dims[1]) + ", " +
                                std::to_string(place.columns) + " x " + std::to_string(place.rows) +
                                " expected"};
        return at->second;
    }

    const gguf::File& file_;
};

}  // namespace

bool is_gguf(ByteView file) { return as_text(file).starts_with("GGUF"); }

Result<GgufModel, LoadError> load_gguf(ByteView file) {
    const auto parts = gguf::read(file);
    if (!parts) return parts.error();
    try {
        return Loader{*parts}.load();
    } catch (LoadError& fault) {
        return std::move(fault);
    }
}

Result<Model, LoadError> load_model(ByteView file) {
    if (!is_gguf(file)) return load_checkpoint(file);
    auto loaded = load_gguf(file);
    if (!loaded) return loaded.error();
    return std::move(loaded->model);
}

}  // namespace assay::reference_gpu
