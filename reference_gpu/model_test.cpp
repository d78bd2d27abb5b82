// Checkpoints: layout against the published offsets, and every way to be wrong.
#include <cstring>

#include "reference_gpu/test_support.hpp"

namespace assay::reference_gpu {
namespace {

using Kind = LoadError::Kind;

Bytes small_file(unsigned version = 0, bool shared = true) {
    Config shape = test::small_shape();
    shape.shared_classifier = shared;
    return to_checkpoint(random_model(shape, 3), version);
}

void put(Bytes& file, std::size_t at, std::int32_t value) {
    const auto raw = store(static_cast<std::uint32_t>(value), std::endian::little);
    std::copy(raw.begin(), raw.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
}

void expect_refused(const Bytes& file, Kind kind, const std::string& field, std::uint64_t offset) {
    const auto model = load_model(file);
    BOOST_REQUIRE(!model);
    BOOST_TEST(name(model.error().kind) == name(kind), model.error().text());
    BOOST_TEST(model.error().field == field, model.error().text());
    BOOST_TEST(model.error().offset == offset, model.error().text());
    BOOST_TEST(!model.error().what.empty());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again_in_both_versions) {
    for (const unsigned version : {0U, 1U})
        for (const bool shared : {true, false}) {
            Config shape = test::small_shape();
            shape.shared_classifier = shared;
            const Model model = random_model(shape, 3);
            const auto loaded = load_model(to_checkpoint(model, version));
            BOOST_REQUIRE(!!loaded);
            BOOST_TEST((loaded->config == shape));
            BOOST_TEST(test::same_bits(loaded->values, model.values));
        }
}

BOOST_AUTO_TEST_CASE(tensors_lie_where_the_format_says) {
    const auto file = test::shared_model("stories260K.bin");
    if (!file) return;
    const Bytes bytes = test::contents(*file);
    const auto model = load_model(bytes);
    BOOST_REQUIRE(!!model);
    const Config& c = model->config;
    const Config expected{.dim = 64,
                          .hidden = 172,
                          .layers = 5,
                          .heads = 8,
                          .kv_heads = 4,
                          .vocabulary = 512,
                          .positions = 512};
    BOOST_TEST((c == expected));
    BOOST_TEST(weight_count(c) == 260'032U);
    const std::pair<Tensor, std::size_t> places[]{
        {Tensor::embedding, 28},        {Tensor::attention_norm, 131'100},
        {Tensor::wq, 132'380},          {Tensor::wk, 214'300},
        {Tensor::wv, 255'260},          {Tensor::wo, 296'220},
        {Tensor::ffn_norm, 378'140},    {Tensor::w1, 379'420},
        {Tensor::w2, 599'580},          {Tensor::w3, 819'740},
        {Tensor::final_norm, 1'039'900}};
    for (const auto& [tensor, offset] : places) {
        const FloatView values = model->weights()(tensor);
        BOOST_TEST(std::memcmp(values.data(), bytes.data() + offset, values.size_bytes()) == 0);
    }
}

BOOST_AUTO_TEST_CASE(every_truncation_and_one_more_byte_are_refused) {
    for (const unsigned version : {0U, 1U}) {
        Bytes file = small_file(version);
        for (std::size_t size = 0; size < file.size(); size += size < 400 ? 1 : 97) {
            const auto model = load_model(ByteView{file}.first(size));
            BOOST_REQUIRE(!model);
            BOOST_TEST(name(model.error().kind) == "truncated");
        }
        const auto end = file.size();
        file.push_back(0);
        expect_refused(file, Kind::trailing_bytes, "end of file", end);
    }
}

BOOST_AUTO_TEST_CASE(each_wrong_integer_of_the_header_is_named) {
    const std::array names{"dim", "hidden_dim", "n_layers", "n_heads", "n_kv_heads", "vocab_size", "seq_len"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        Bytes file = small_file();
        put(file, 4 * i, 0);
        expect_refused(file, Kind::bad_value, names[i], 4 * i);
        if (i != 5) {  // the sign of vocab_size says that the classifier is its own
            put(file, 4 * i, -8);
            expect_refused(file, Kind::bad_value, names[i], 4 * i);
        }
        Bytes versioned = small_file(1);
        put(versioned, 8 + 4 * i, -8);
        expect_refused(versioned, Kind::bad_value, names[i], 8 + 4 * i);
    }
}

BOOST_AUTO_TEST_CASE(heads_that_do_not_divide_are_refused) {
    Bytes file = small_file();
    put(file, 12, 5);
    expect_refused(file, Kind::bad_value, "n_heads", 12);
    file = small_file();
    put(file, 16, 3);
    expect_refused(file, Kind::bad_value, "n_kv_heads", 16);
    file = small_file();
    put(file, 12, 8);  // heads of 3
    put(file, 16, 8);
    expect_refused(file, Kind::bad_value, "n_heads", 12);
    file = small_file();
    put(file, 16, 8);
    expect_refused(file, Kind::too_large, "n_kv_heads", 16);
}

BOOST_AUTO_TEST_CASE(huge_shapes_are_refused_before_anything_is_allocated) {
    Bytes file = small_file();
    for (std::size_t i = 0; i < 7; ++i) put(file, 4 * i, 0x7FFFFFFF);
    expect_refused(file, Kind::too_large, "dim", 0);
    put(file, 0, 1 << 20);  // each below its limit, together 2^57 bytes
    put(file, 4, 1 << 22);
    put(file, 8, 1 << 12);
    put(file, 12, 2);
    put(file, 16, 1);
    put(file, 20, 1 << 24);
    put(file, 24, 1);
    expect_refused(file, Kind::truncated, "embedding", 28);
    put(file, 20, INT32_MIN);
    expect_refused(file, Kind::too_large, "vocab_size", 20);
}

BOOST_AUTO_TEST_CASE(versions_and_flags_that_are_not_known_are_refused) {
    Bytes file = small_file(1);
    put(file, 4, 2);
    expect_refused(file, Kind::bad_version, "version", 4);
    file = small_file(1);
    file[36] = 2;
    expect_refused(file, Kind::bad_value, "shared_classifier", 36);
    file = small_file(1);
    file[200] = 1;
    expect_refused(file, Kind::bad_value, "header padding", 200);
}

BOOST_AUTO_TEST_CASE(values_that_are_not_finite_are_refused_where_they_stand) {
    for (const std::uint32_t bits : {0x7F800000U, 0xFF800000U, 0x7FC00000U}) {
        Bytes file = small_file();
        put(file, 28 + 4 * 100, static_cast<std::int32_t>(bits));
        expect_refused(file, Kind::not_finite, "embedding", 28 + 4 * 100);
    }
}

BOOST_AUTO_TEST_CASE(a_view_of_the_wrong_size_or_layer_is_a_fault_of_the_caller) {
    const Model model = random_model(test::small_shape(), 1);
    BOOST_CHECK_THROW((Weights{model.config, FloatView{model.values}.first(5)}), std::logic_error);
    BOOST_CHECK_THROW(model.weights()(Tensor::wq, 2), std::logic_error);
    BOOST_CHECK_THROW(model.weights()(Tensor::final_norm, 1), std::logic_error);
    BOOST_TEST((model.weights()(Tensor::classifier).data() == model.weights()(Tensor::embedding).data()));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::reference_gpu
