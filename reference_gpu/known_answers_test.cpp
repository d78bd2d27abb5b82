// The published model of 260,000 parameters says what it is known to say, on the vector path and as fibers.
#include <cmath>
#include <fstream>
#include <sstream>

#include "reference_gpu/gguf.hpp"
#include "reference_gpu/test_support.hpp"

namespace assay::reference_gpu {
namespace {

using fibers::Order;
using nlohmann::json;

struct Known {
    json answers;
    std::filesystem::path folder;
    Tokenizer tokenizer;

    std::shared_ptr<const Model> model(const std::string& file) const {
        return test::share(test::must(load_model(test::contents(folder / file))));
    }
};

std::optional<Known> known() {
    const auto answers = test::shared_model("known_answers.json");
    if (!answers) return std::nullopt;
    const auto folder = answers->parent_path();
    return Known{json::parse(test::contents(*answers)), folder,
                 test::must(Tokenizer::from_file(test::contents(folder / "tok512.bin"), 512))};
}

void expect_case(const Known& k, const json& c, Inference& inference, const Tokenizer& tokenizer,
                 std::uint32_t most = 512) {
    const auto id = c.at("id").get<std::string>();
    Generate how{.steps = std::min(c.at("steps").get<std::uint32_t>(), most)};
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
    const auto expected = c.at("text").get<std::string>();
    BOOST_TEST(expected.starts_with(text), id << ": " << text);
    if (how.steps == c.at("steps")) BOOST_TEST(text.size() == expected.size(), id);
    if (!c.contains("tokens")) return;
    const auto tokens = c.at("tokens").get<std::vector<Token>>();
    BOOST_TEST(made->tokens.size() == std::min<std::size_t>(tokens.size(), how.steps), id);
    BOOST_TEST(std::equal(made->tokens.begin(), made->tokens.end(), tokens.begin()), id);
    (void)k;
}

/// One run of all cases: the weights of each, at most `most` steps.
std::size_t expect_cases(const Options& options, std::uint32_t most) {
    const auto k = known();
    if (!k) return 0;
    std::size_t count = 0;
    for (const auto& c : k->answers.at("cases")) {
        auto inference = test::must(Inference::open(k->model(c.at("weights")), options));
        expect_case(*k, c, inference, k->tokenizer, most);
        ++count;
    }
    BOOST_TEST(count >= 9U);
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(known_answers)

BOOST_AUTO_TEST_CASE(the_vector_path_gives_every_known_text) { expect_cases({.device = Device::cpu}, 512); }

BOOST_AUTO_TEST_CASE(fibers_give_every_known_text) { expect_cases({.device = Device::shim}, 20); }

BOOST_AUTO_TEST_CASE(fibers_give_the_first_known_text_whole_and_in_every_order) {
    const auto k = known();
    if (!k) return;
    const auto& c = k->answers.at("cases").at(0);
    const auto model = k->model(c.at("weights"));
    for (const auto& [order, steps] :
         {std::pair{Order::forward, 512U}, {Order::reversed, 40U}, {Order::shuffled, 40U}}) {
        auto inference =
            test::must(Inference::open(model, {.device = Device::shim, .schedule = {order, 20}}));
        expect_case(*k, c, inference, k->tokenizer, steps);
    }
}

BOOST_AUTO_TEST_CASE(the_tokenizer_inside_a_gguf_file_encodes_alike) {
    const auto k = known();
    if (!k) return;
    const auto loaded = test::must(load_gguf(test::contents(k->folder / "stories260K-f16.gguf")));
    for (const auto& c : k->answers.at("tokenizer")) {
        const auto text = c.at("text").get<std::string>();
        BOOST_TEST((loaded.tokenizer.encode(text) == k->tokenizer.encode(text)), text);
    }
}

BOOST_AUTO_TEST_CASE(logits_agree_with_double_precision) {
    const auto k = known();
    const auto csv = test::shared_model("logits_f64.csv");
    if (!k || !csv) return;
    std::map<std::uint32_t, std::vector<double>> expected;
    std::ifstream file{*csv};
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream fields{line};
        std::uint32_t position = 0;
        std::size_t token = 0;
        double logit = 0;
        char comma = 0;
        fields >> position >> comma >> token >> comma >> logit;
        expected[position].push_back(logit);
    }
    BOOST_TEST(expected.size() == 6U);
    auto inference = test::must(Inference::open(k->model("stories260K.bin"), {.device = Device::cpu}));
    const auto tokens = k->answers.at("cases").at(1).at("tokens").get<std::vector<Token>>();
    double worst = 0;
    Token token = Tokenizer::begin;
    for (const Token next : tokens) {
        const auto position = inference.position();
        const FloatView logits = inference.step(token);
        if (const auto row = expected.find(position); row != expected.end()) {
            BOOST_REQUIRE(row->second.size() == logits.size());
            for (std::size_t i = 0; i < logits.size(); ++i)
                worst = std::max(worst, std::fabs(logits[i] - row->second[i]));
        }
        token = next;
    }
    BOOST_TEST(worst < 5e-5);
    BOOST_TEST(worst > 0);
    BOOST_TEST_MESSAGE("largest difference of a logit from double precision: " << worst);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::reference_gpu
