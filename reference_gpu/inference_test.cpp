// Sessions: every device gives the same bits, nothing of a prompt stays, limits are named.
#include "reference_gpu/inference.hpp"

#include "reference_gpu/logits_digest.hpp"
#include "reference_gpu/test_support.hpp"

namespace assay::reference_gpu {
namespace {

using fibers::Order;

std::shared_ptr<const Model> small_model(bool shared = true) {
    Config shape = test::small_shape();
    shape.shared_classifier = shared;
    return test::share(random_model(shape, 3));
}

Inference on(Device device, std::shared_ptr<const Model> model, fibers::Schedule schedule = {}) {
    return test::must(Inference::open(std::move(model), {.device = device, .schedule = schedule}));
}

const std::vector<Token> some_tokens{1, 300, 17, 399, 259, 0, 300, 301};

}  // namespace

BOOST_AUTO_TEST_SUITE(sessions)

BOOST_AUTO_TEST_CASE(fibers_give_the_bits_of_the_vector_path_in_every_order) {
    for (const bool shared : {true, false}) {
        const auto model = small_model(shared);
        auto cpu = on(Device::cpu, model);
        const auto expected = test::all_logits(cpu, some_tokens);
        for (const fibers::Schedule schedule : {fibers::Schedule{Order::forward, 1},
                                                {Order::reversed, 1},
                                                {Order::shuffled, 1},
                                                {Order::shuffled, 2},
                                                {Order::shuffled, 3}}) {
            auto shim = on(Device::shim, model, schedule);
            BOOST_TEST(test::same_bits(test::all_logits(shim, some_tokens), expected));
        }
    }
}

BOOST_AUTO_TEST_CASE(shapes_of_all_kinds_agree_between_fibers_and_vector_path) {
    const std::array shapes{
        Config{.dim = 64,
               .hidden = 96,
               .layers = 1,
               .heads = 1,
               .kv_heads = 1,
               .vocabulary = 33,
               .positions = 40},
        Config{
            .dim = 6, .hidden = 1, .layers = 3, .heads = 3, .kv_heads = 1, .vocabulary = 2, .positions = 40},
        Config{.dim = 40,
               .hidden = 130,
               .layers = 1,
               .heads = 10,
               .kv_heads = 5,
               .vocabulary = 100,
               .positions = 40},
        Config{
            .dim = 2, .hidden = 2, .layers = 1, .heads = 1, .kv_heads = 1, .vocabulary = 1, .positions = 40},
    };
    for (const Config& shape : shapes) {
        const auto model = test::share(random_model(shape, 9));
        std::vector<Token> tokens;
        for (unsigned i = 0; i < 36; ++i) tokens.push_back(i * 7 % shape.vocabulary);
        auto cpu = on(Device::cpu, model);
        auto shim = on(Device::shim, model, {Order::shuffled, 4});
        BOOST_TEST(test::same_bits(test::all_logits(cpu, tokens), test::all_logits(shim, tokens)));
    }
}

BOOST_AUTO_TEST_CASE(any_number_of_cpu_threads_gives_the_same_bits) {
    const auto model = test::share(random_model({.dim = 128,
                                                 .hidden = 352,
                                                 .layers = 2,
                                                 .heads = 8,
                                                 .kv_heads = 4,
                                                 .vocabulary = 1'000,
                                                 .positions = 16},
                                                2));
    auto one = test::must(Inference::open(model, {.device = Device::cpu, .threads = 1}));
    const auto expected = test::all_logits(one, some_tokens);
    for (const unsigned threads : {2U, 3U}) {
        auto more = test::must(Inference::open(model, {.device = Device::cpu, .threads = threads}));
        BOOST_TEST(test::same_bits(test::all_logits(more, some_tokens), expected));
    }
}

BOOST_AUTO_TEST_CASE(a_session_after_reset_is_as_a_new_one) {
    const auto model = small_model();
    for (const Device device : {Device::cpu, Device::shim}) {
        auto inference = on(device, model);
        const auto first = test::all_logits(inference, some_tokens);
        test::all_logits(inference, std::vector<Token>{5, 6, 7});
        BOOST_TEST(inference.position() == 3U);
        BOOST_TEST(test::same_bits(test::all_logits(inference, some_tokens), first));
    }
}

BOOST_AUTO_TEST_CASE(reset_overwrites_the_logits_that_were_given_out) {
    for (const Device device : {Device::cpu, Device::shim}) {
        auto inference = on(device, small_model());
        const FloatView logits = inference.step(1);
        BOOST_TEST(std::ranges::any_of(logits, [](float v) { return v != 0; }));
        inference.reset();
        BOOST_TEST(std::ranges::all_of(logits, [](float v) { return v == 0; }));
    }
}

BOOST_AUTO_TEST_CASE(the_own_vectors_come_out_on_cpu_and_fibers) {
    const auto model = test::share(test::must(load_model(test::own_vector("tiny.bin"))));
    const auto tokenizer =
        test::must(Tokenizer::from_file(test::own_vector("tiny.tok.bin"), model->config.vocabulary));
    const auto known = nlohmann::json::parse(test::own_vector("tiny.json"));
    for (const Device device : {Device::cpu, Device::shim}) {
        auto inference = on(device, model, {Order::reversed, 1});
        for (const auto& c : known.at("cases")) {
            const auto id = c.at("id").get<std::string>();
            Generate how{.steps = c.at("steps")};
            how.sampling.temperature = c.at("temperature");
            how.sampling.top_p = c.value("top_p", 0.9F);
            how.seed = c.value("seed", 1U);
            std::string text;
            const auto made = generate(inference, tokenizer, c.at("prompt").get<std::string>(), how,
                                       [&](Token, std::string_view piece) {
                                           text += piece;
                                           return true;
                                       });
            BOOST_REQUIRE(!!made);
            BOOST_TEST(text == c.at("text").get<std::string>(), id);
            const auto tokens = c.at("tokens").get<std::vector<Token>>();
            BOOST_TEST(std::equal(made->tokens.begin(), made->tokens.end(), tokens.begin(), tokens.end()),
                       id);
            if (device == Device::shim) continue;  // has the bits of the CPU: see above
            std::map<std::uint32_t, std::string> digests;
            for (const auto& l : c.value("logits", nlohmann::json::array()))
                digests[l.at("position")] = l.at("digest");
            inference.reset();
            Token token = Tokenizer::begin;
            for (const Token next : tokens) {
                const auto position = inference.position();
                const FloatView logits = inference.step(token);
                if (digests.contains(position)) BOOST_TEST(logits_digest(logits) == digests.at(position), id);
                token = next;
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_begin_token_ends_the_text_and_the_caller_may_stop_it) {
    Model model = random_model(test::small_shape(), 3);
    const auto tokenizer = test::must(Tokenizer::from_entries(own_vocabulary(400)));
    {
        auto inference = on(Device::cpu, test::share(random_model(test::small_shape(), 3)));
        int calls = 0;
        const auto made = generate(inference, tokenizer, "", {.steps = 10},
                                   [&](Token, std::string_view) { return ++calls < 3; });
        BOOST_REQUIRE(!!made);
        BOOST_TEST(made->tokens.size() == 3U);
        BOOST_TEST(!made->ended);
    }
    // Constant input, and an embedding that points to token 1: it is the answer at once.
    const auto places = *layout(model.config);
    for (const Tensor t : {Tensor::wo, Tensor::w2}) {
        const auto& place = places[static_cast<std::size_t>(t)];
        std::fill_n(model.values.begin() + static_cast<std::ptrdiff_t>(place.offset), place.size(), 0.0F);
    }
    for (std::uint32_t i = 0; i < model.config.dim; ++i) model.values[model.config.dim + i] = 1.0F;
    auto inference = on(Device::cpu, test::share(std::move(model)));
    int calls = 0;
    const auto made = generate(inference, tokenizer, "", {.steps = 10},
                               [&](Token, std::string_view) { return ++calls > 0; });
    BOOST_REQUIRE(!!made);
    BOOST_TEST(made->ended);
    BOOST_TEST(made->tokens.size() == 1U);
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(wrong_requests_are_refused_in_words) {
    auto inference = on(Device::cpu, small_model());
    const auto tokenizer = test::must(Tokenizer::from_entries(own_vocabulary(400)));
    const auto other = test::must(Tokenizer::from_entries(own_vocabulary(401)));
    const auto refusal = [&](const Tokenizer& t, std::string_view prompt, const Generate& how) {
        const auto made = generate(inference, t, prompt, how);
        return made ? std::string{} : made.error();
    };
    BOOST_TEST(refusal(other, "", {.steps = 2}).find("401 tokens") != std::string::npos);
    BOOST_TEST(refusal(tokenizer, "", {.steps = 25}).find("25 steps") != std::string::npos);
    BOOST_TEST(!refusal(tokenizer, "", {.steps = 0}).empty());
    BOOST_TEST(!refusal(tokenizer, "", {.steps = 2, .seed = 0}).empty());
    BOOST_TEST(!refusal(tokenizer, "", {.steps = 2, .sampling = {.temperature = -1}}).empty());
    BOOST_TEST(refusal(tokenizer, "a very long prompt indeed", {.steps = 3}).find("prompt of") !=
               std::string::npos);
    inference.reset();
    BOOST_CHECK_THROW(inference.step(400), std::logic_error);
    for (int i = 0; i < 24; ++i) inference.step(1);
    BOOST_CHECK_THROW(inference.step(1), std::logic_error);
}

BOOST_AUTO_TEST_CASE(contexts_are_limited_by_the_model_and_by_memory) {
    const auto model = small_model();
    BOOST_TEST(!Inference::open(model, {.device = Device::cpu, .positions = 25}));
    BOOST_TEST(!Inference::open(model, {.device = Device::cpu, .max_state_bytes = 1'000}));
    const auto shorter = Inference::open(model, {.device = Device::cpu, .positions = 3});
    BOOST_REQUIRE(!!shorter);
    BOOST_TEST(shorter->positions() == 3U);
    Config wide = test::small_shape();
    wide.positions = 1U << 20;  // a small file of version 1 may say so
    const auto hostile = Inference::open(test::share(random_model(wide, 1)),
                                         {.device = Device::cpu, .max_state_bytes = 1 << 27});
    BOOST_REQUIRE(!hostile);
    BOOST_TEST(hostile.error().find("above the limit") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_device_that_is_not_there_is_said) {
    const auto model = small_model();
    const auto cuda = Inference::open(model, {.device = Device::cuda});
    auto chosen = test::must(Inference::open(model, {.device = Device::automatic}));
    BOOST_TEST(!!cuda == (chosen.device() == Device::cuda));
    if (cuda) return;
    std::cout << "skipped: " << cuda.error() << '\n';
    BOOST_TEST(cuda.error().starts_with("not run: cuda: "));
    BOOST_TEST(chosen.note() == cuda.error());
    BOOST_TEST((chosen.device() == Device::cpu));
    for (const Device d : {Device::automatic, Device::cuda, Device::cpu, Device::shim})
        BOOST_TEST((find_device(name(d)) == d));
    BOOST_TEST(!find_device("gpu"));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::reference_gpu
