// A published model says what it is known to say, to the letter and the token, on every way that a prompt can
// take: the vector path, the kernels as fibers in three orders, and the modelled GPU behind the whole
// encrypted path.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/platform/reference_platform.hpp"
#include "reference_gpu/inference.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::platform {
namespace {

using reference_gpu::Device;
using reference_gpu::fibers::Order;

Bytes must_read(const std::filesystem::path& file) {
    auto bytes = read_file(file, std::size_t{1} << 26);
    if (!bytes) throw std::runtime_error(bytes.error().text());
    return *std::move(bytes);
}

/// One of the known answers: what goes in and what must come out, prompt included.
struct KnownAnswer {
    std::string prompt, text;
    std::uint32_t steps = 0;
    std::vector<std::uint32_t> tokens;
};
KnownAnswer known_answer(const std::filesystem::path& folder, std::string_view id) {
    const auto all = nlohmann::json::parse(must_read(folder / "known_answers.json"));
    for (const auto& one : all.at("cases"))
        if (one.at("id") == id) return {one.at("prompt"), one.at("text"), one.at("steps"), one.at("tokens")};
    throw std::runtime_error("known_answers.json has no case " + std::string{id});
}

struct Said {
    std::string text;
    std::vector<std::uint32_t> tokens;
};
Said said_by_kernels(const Workload& workload, const KnownAnswer& known,
                     const reference_gpu::Options& options) {
    auto loaded = reference_gpu::load_checkpoint(workload.model);
    BOOST_REQUIRE(loaded);
    const auto model = std::make_shared<const reference_gpu::Model>(*std::move(loaded));
    const auto words = reference_gpu::Tokenizer::from_file(workload.tokenizer, model->config.vocabulary);
    BOOST_REQUIRE(words);
    auto inference = reference_gpu::Inference::open(model, options);
    BOOST_REQUIRE(inference);
    Said out;
    const auto made = reference_gpu::generate(*inference, *words, known.prompt,
                                              {.steps = known.steps, .sampling = {.temperature = 0}},
                                              [&](reference_gpu::Token, std::string_view piece) {
                                                  out.text += piece;
                                                  return true;
                                              });
    BOOST_REQUIRE(made);
    out.tokens.assign(made->tokens.begin(), made->tokens.end());
    return out;
}

BOOST_AUTO_TEST_CASE(the_known_model_says_its_text_on_all_five_ways) {
    const auto folder = shared_data("vectors/model");
    if (!folder) {
        std::puts("skipped: shared data vectors/model");
        return;
    }
    const Workload workload{must_read(*folder / "stories260K.bin"), must_read(*folder / "tok512.bin")};
    const KnownAnswer known = known_answer(*folder, "fp32-prompt-16");

    const std::vector<std::pair<std::string_view, reference_gpu::Options>> ways{
        {"CPU", {.device = Device::cpu}},
        {"fibers, forward", {.device = Device::shim, .schedule = {Order::forward, 1}}},
        {"fibers, reversed", {.device = Device::shim, .schedule = {Order::reversed, 1}}},
        {"fibers, shuffled", {.device = Device::shim, .schedule = {Order::shuffled, 260}}},
    };
    for (const auto& [name, options] : ways) {
        const Said said = said_by_kernels(workload, known, options);
        BOOST_TEST(said.text == known.text, name);
        BOOST_TEST(said.tokens == known.tokens, name);
    }

    ReferencePlatform platform{{.workload = workload}, 260};
    platform.power_on_reset();
    const auto answer = platform.ask({.text = known.prompt, .steps = known.steps});
    BOOST_REQUIRE_MESSAGE(bool(answer), (answer ? "" : answer.error().text()));
    BOOST_TEST(known.prompt + answer->text == known.text);
    BOOST_REQUIRE(answer->tokens.size() <= known.tokens.size());  // those of the prompt are forced
    BOOST_TEST(std::equal(answer->tokens.rbegin(), answer->tokens.rend(), known.tokens.rbegin()));
    BOOST_TEST(answer->tokens.size() > 100U);
    BOOST_TEST(answer->deletion.complete);
}

}  // namespace
}  // namespace assay::platform
