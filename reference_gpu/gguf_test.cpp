// GGUF: what is right is read to the bit, each wrong thing is named with its place.
#include "reference_gpu/gguf.hpp"

#include <cstring>

#include "reference_gpu/gguf_builder.hpp"
#include "reference_gpu/gguf_file.hpp"

namespace assay::reference_gpu {
namespace {

using B = test::GgufBuilder;
using Kind = LoadError::Kind;

B good() {
    Config shape = test::small_shape();
    shape.dim = 32;
    return test::gguf_of(random_model(shape, 5));
}

void refused(const B& builder, Kind kind, const std::string& field) {
    const auto file = builder.bytes();
    const auto loaded = load_gguf(file);
    BOOST_REQUIRE_MESSAGE(!loaded, field);
    BOOST_TEST(name(loaded.error().kind) == name(kind), loaded.error().text());
    BOOST_TEST(loaded.error().field == field, loaded.error().text());
    BOOST_TEST(loaded.error().offset <= file.size());
    BOOST_TEST((loaded.error().offset > 0 || kind == Kind::missing || field == "magic"),
               loaded.error().text());
}

/// The same with one thing changed.
void refused(const std::function<void(B&)>& change, Kind kind, const std::string& field) {
    B builder = good();
    change(builder);
    refused(builder, kind, field);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gguf_files)

BOOST_AUTO_TEST_CASE(a_model_is_read_to_the_bit_with_its_tokenizer) {
    for (const bool shared : {true, false}) {
        Config shape = test::small_shape();
        shape.shared_classifier = shared;
        const Model model = random_model(shape, 5);
        const auto loaded = load_gguf(test::gguf_of(model).bytes());
        BOOST_REQUIRE_MESSAGE(!!loaded, (loaded ? std::string{} : loaded.error().text()));
        BOOST_TEST((loaded->model.config == shape));
        BOOST_TEST(test::same_bits(loaded->model.values, model.values));
        const auto own = test::must(Tokenizer::from_entries(own_vocabulary(shape.vocabulary)));
        BOOST_TEST((loaded->tokenizer.encode("the light in the") == own.encode("the light in the")));
    }
}

BOOST_AUTO_TEST_CASE(binary16_is_widened_exactly) {
#ifdef __FLT16_MAX__
    for (std::uint32_t half = 0; half < 65'536; ++half) {
        const auto expected = static_cast<float>(std::bit_cast<_Float16>(static_cast<std::uint16_t>(half)));
        const float widened = gguf::from_half(static_cast<std::uint16_t>(half));
        BOOST_REQUIRE(
            ((expected != expected && widened != widened) || test::same_bits({&widened, 1}, {&expected, 1})));
    }
#else
    std::cout << "skipped: binary16 of the compiler\n";
#endif
}

BOOST_AUTO_TEST_CASE(blocks_decode_as_published) {
    const auto file = test::shared_model("quant_blocks.json");
    if (!file) return;
    const auto blocks = nlohmann::json::parse(test::contents(*file));
    BOOST_TEST(blocks.size() == 2U);
    for (const auto& block : blocks) {
        const auto bytes = from_hex(block.at("hex").get<std::string>());
        BOOST_REQUIRE(!!bytes);
        const auto format = block.at("type") == "Q8_0" ? gguf::Format::q8_0 : gguf::Format::q4_0;
        const gguf::TensorInfo tensor{.dims = {32, 1}, .format = format, .bytes = *bytes};
        Wiped<float> out(32);
        BOOST_TEST(!gguf::decode(tensor, out));
        const auto expected = block.at("values").get<std::vector<double>>();
        for (std::size_t i = 0; i < 32; ++i) BOOST_TEST(double{out[i]} == expected.at(i));
    }
}

BOOST_AUTO_TEST_CASE(quantised_tensors_are_read_and_want_their_version) {
    B builder = good();
    auto& q = builder.tensor("blk.0.attn_q.weight");
    q.type = 8;
    q.data.assign(34 * 32, 1);  // scale 0x0101, all values 1
    refused(builder, Kind::missing, "general.quantization_version");
    builder.set("general.quantization_version", B::u32(2));
    const auto loaded = load_gguf(builder.bytes());
    BOOST_REQUIRE(!!loaded);
    BOOST_TEST(loaded->model.weights()(Tensor::wq)[5] == gguf::from_half(0x0101));
    builder.set("general.quantization_version", B::u32(1));
    refused(builder, Kind::unsupported, "general.quantization_version");
}

BOOST_AUTO_TEST_CASE(wrong_containers_are_named) {
    refused([](B& b) { b.magic = "GGUG"; }, Kind::bad_magic, "magic");
    refused([](B& b) { b.version = 1; }, Kind::bad_version, "version");
    refused([](B& b) { b.version = 4; }, Kind::bad_version, "version");
    refused([](B& b) { b.metadata.emplace_back("general.file_type", B::u32(0)); }, Kind::duplicate,
            "general.file_type");
    refused([](B& b) { b.tensors.push_back(b.tensors[0]); }, Kind::duplicate, "token_embd.weight");
    refused([](B& b) { b.metadata[0].first = "general architecture"; }, Kind::bad_value, "metadata[0].key");
    refused([](B& b) { b.metadata[0].first = ""; }, Kind::bad_value, "metadata[0].key");
    refused([](B& b) { b.tensors[0].name = std::string(65, 'x'); }, Kind::bad_value, "tensor[0].name");
    refused([](B& b) { b.set("general.flag", B::boolean(2)); }, Kind::bad_value, "general.flag");
    refused(
        [](B& b) {
            b.set("general.thing", [] {
                Bytes v;
                B::put(v, 13U);
                return v;
            }());
        },
        Kind::bad_value, "general.thing.type");
    refused([](B& b) { b.set("general.alignment", B::u32(12)); }, Kind::bad_value, "general.alignment");
    refused([](B& b) { b.set("general.alignment", B::u32(0)); }, Kind::bad_value, "general.alignment");
    refused([](B& b) { b.set("general.alignment", B::u64(32)); }, Kind::bad_value, "general.alignment");
    refused([](B& b) { b.tensors[1].offset = 33; }, Kind::misaligned, "output_norm.weight.offset");
    refused([](B& b) { b.tensors[1].offset = 32; }, Kind::overlap, "output_norm.weight.offset");
    refused([](B& b) { b.tensors[1].offset = std::uint64_t{1} << 62; }, Kind::truncated,
            "output_norm.weight");
    refused(
        [](B& b) {
            b.tensors[0].dims = {std::uint64_t{1} << 33, std::uint64_t{1} << 33};
        },
        Kind::too_large, "token_embd.weight.dims");
    refused([](B& b) { b.tensors[0].dims = {32, 0}; }, Kind::bad_value, "token_embd.weight.dims");
    refused([](B& b) { b.tensors[0].dims = {}; }, Kind::bad_value, "token_embd.weight.n_dims");
    refused([](B& b) { b.tensors[0].dims = {1, 1, 1, 1, 1}; }, Kind::bad_value, "token_embd.weight.n_dims");
    refused([](B& b) { b.tensors[0].dims = {1, 1, 1}; }, Kind::unsupported, "token_embd.weight.n_dims");
    refused([](B& b) { b.tensors[0].type = 3; }, Kind::unsupported, "token_embd.weight.type");
    refused([](B& b) { b.tensor("blk.0.ffn_down.weight").type = 8; }, Kind::bad_value,
            "blk.0.ffn_down.weight.dims");
    refused([](B& b) { b.tensor_count = UINT64_MAX; }, Kind::bad_value, "tensor[20].name");
    refused([](B& b) { b.pair_count = UINT64_MAX; }, Kind::truncated, "metadata[16].key");
}

BOOST_AUTO_TEST_CASE(lengths_of_hostile_arrays_and_strings_are_bounded_by_the_file) {
    refused([](B& b) { b.set("general.list", B::array(6, UINT64_MAX, {})); }, Kind::truncated,
            "general.list");
    refused([](B& b) { b.set("general.list", B::array(6, UINT64_MAX / 4 + 2, {})); }, Kind::truncated,
            "general.list");
    refused([](B& b) { b.set("general.list", B::array(11, 1, {})); }, Kind::truncated, "tensor[0].name");
    Bytes nested;  // arrays in arrays, without an end
    for (int i = 0; i < 100; ++i) {
        B::put(nested, 9U);
        B::put(nested, std::uint64_t{1});
    }
    Bytes value;
    B::put(value, 9U);
    append(value, nested);
    const auto loaded = load_gguf([&] {
        B b = good();
        b.set("general.list", value);
        return b.bytes();
    }());
    BOOST_REQUIRE(!loaded);
    BOOST_TEST(name(loaded.error().kind) == "too-large");
}

BOOST_AUTO_TEST_CASE(what_would_change_the_arithmetic_is_refused) {
    refused([](B& b) { b.set("general.architecture", B::text("gpt2")); }, Kind::unsupported,
            "general.architecture");
    refused([](B& b) { b.set("llama.rope.scaling.type", B::text("yarn")); }, Kind::unsupported,
            "llama.rope.scaling.type");
    refused([](B& b) { b.set("llama.rope.scaling.factor", B::f32(2)); }, Kind::unsupported,
            "llama.rope.scaling.factor");
    refused([](B& b) { b.set("llama.expert_count", B::u32(8)); }, Kind::unsupported, "llama.expert_count");
    refused([](B& b) { b.set("llama.rope.dimension_count", B::u32(4)); }, Kind::unsupported,
            "llama.rope.dimension_count");
    refused([](B& b) { b.set("llama.attention.layer_norm_rms_epsilon", B::f32(-1)); }, Kind::bad_value,
            "llama.attention.layer_norm_rms_epsilon");
    refused([](B& b) { b.set("tokenizer.ggml.model", B::text("gpt2")); }, Kind::unsupported,
            "tokenizer.ggml.model");
    refused([](B& b) { b.set("tokenizer.ggml.bos_token_id", B::u32(2)); }, Kind::unsupported,
            "tokenizer.ggml.bos_token_id");
    refused([](B& b) { b.set("tokenizer.ggml.add_space_prefix", B::boolean(0)); }, Kind::unsupported,
            "tokenizer.ggml.add_space_prefix");
    refused(
        [](B& b) {
            b.tensors.push_back({"rope_freqs.weight", {4}, 0, Bytes(16)});
        },
        Kind::unsupported, "rope_freqs.weight");
    B none = good();
    none.set("llama.rope.scaling.type", B::text("none"));
    none.set("llama.expert_count", B::u32(0));
    BOOST_TEST(!!load_gguf(none.bytes()));
}

BOOST_AUTO_TEST_CASE(what_is_missing_or_does_not_fit_is_named) {
    for (const std::string key :
         {"llama.context_length", "llama.embedding_length", "llama.attention.head_count",
          "llama.attention.layer_norm_rms_epsilon", "tokenizer.ggml.tokens"})
        refused([&](B& b) { b.erase(key); }, Kind::missing, key);
    refused([](B& b) { b.tensors.pop_back(); }, Kind::missing, "blk.1.ffn_down.weight");
    refused([](B& b) { b.set("llama.embedding_length", B::f32(32)); }, Kind::bad_value,
            "llama.embedding_length");
    refused([](B& b) { b.set("llama.embedding_length", B::u64(std::uint64_t{1} << 40)); }, Kind::too_large,
            "llama.embedding_length");
    refused([](B& b) { b.set("llama.block_count", B::u32(0)); }, Kind::bad_value, "llama.block_count");
    refused([](B& b) { b.set("llama.attention.head_count_kv", B::u32(3)); }, Kind::bad_value,
            "llama.attention.head_count_kv");
    refused([](B& b) { b.set("llama.feed_forward_length", B::u32(45)); }, Kind::bad_value,
            "blk.0.ffn_gate.weight.dims");
    refused([](B& b) { b.set("tokenizer.ggml.scores", B::array(6, 1, Bytes(4))); }, Kind::bad_value,
            "tokenizer.ggml.scores");
    B more = good();
    more.set("llama.attention.head_count_kv", B::u32(4));  // as when the key is absent
    refused(more, Kind::bad_value, "blk.0.attn_k.weight.dims");
    more.erase("llama.attention.head_count_kv");
    refused(more, Kind::bad_value, "blk.0.attn_k.weight.dims");
}

BOOST_AUTO_TEST_CASE(values_that_are_not_finite_are_refused_after_decoding_too) {
    B builder = good();
    builder.tensor("output_norm.weight").data[3] = 0x7F;
    builder.tensor("output_norm.weight").data[2] = 0x80;
    refused(builder, Kind::not_finite, "output_norm.weight");
    builder = good();
    auto& q = builder.tensor("blk.1.attn_q.weight");
    q.type = 1;
    q.data.assign(2 * 32 * 32, 0x7C);  // 0x7C7C is no number
    refused(builder, Kind::not_finite, "blk.1.attn_q.weight");
}

BOOST_AUTO_TEST_CASE(every_truncation_and_any_byte_after_the_end_is_refused) {
    Bytes file = good().bytes();
    for (std::size_t size = 0; size < file.size(); size += size < 2'000 ? 1 : 211) {
        const auto loaded = load_gguf(ByteView{file}.first(size));
        BOOST_REQUIRE(!loaded);
    }
    file.push_back(0);
    const auto longer = load_gguf(file);
    BOOST_REQUIRE(!longer);
    BOOST_TEST(name(longer.error().kind) == "trailing-bytes");
}

BOOST_AUTO_TEST_CASE(a_file_with_any_byte_changed_is_read_or_refused_but_never_breaks) {
    const Bytes file = good().bytes();
    std::mt19937 random{1};
    for (int round = 0; round < 1'000; ++round) {
        Bytes changed = file;
        changed[random() % std::min<std::size_t>(file.size(), round % 2 == 0 ? 1'000 : 20'000)] =
            static_cast<std::uint8_t>(random());
        const auto loaded = load_gguf(changed);
        if (!loaded) BOOST_TEST(loaded.error().offset <= changed.size());
    }
}

BOOST_AUTO_TEST_CASE(the_shared_f32_file_has_the_weights_of_the_checkpoint) {
    const auto gguf = test::shared_model("stories260K-f32.gguf");
    const auto checkpoint = test::shared_model("stories260K.bin");
    if (!gguf || !checkpoint) return;
    const auto a = test::must(load_model(test::contents(*gguf)));
    const auto b = test::must(load_model(test::contents(*checkpoint)));
    BOOST_TEST((a.config == b.config));
    BOOST_TEST(test::same_bits(a.values, b.values));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::reference_gpu
