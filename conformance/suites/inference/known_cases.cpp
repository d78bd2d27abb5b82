// Texts that are known: the repository's small model, and, where shared data are there, a published one.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/embedded.hpp"
#include "conformance/suites/inference/cases.hpp"
#include "conformance/suites/inference/observe.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::embedded {
std::string_view tiny_model();
std::string_view tiny_tokenizer();
std::string_view tiny_answers();
}  // namespace assay::embedded

namespace assay::conformance::inference {
namespace known_topic {

using nlohmann::json;

InferenceRequest request_of(const json& c) {
    return {.prompt = as_prompt(c.at("prompt").get<std::string>()),
            .steps = c.at("steps").get<std::uint32_t>(),
            .temperature = c.at("temperature").get<float>(),
            .top_p = c.value("top_p", 1.0F),
            .seed = c.value("seed", std::uint64_t{1})};
}

void expect_known(Trial& trial, const json& c) {
    const auto got = answer(trial, request_of(c));
    const auto text = c.at("text").get<std::string>();
    std::size_t same = 0;
    while (same < text.size() && same < got.text.size() &&
           static_cast<std::uint8_t>(text[same]) == got.text[same])
        ++same;
    const auto from = [&](std::string_view whole) {
        return std::string{whole.substr(std::min(same, whole.size()), 60)};
    };
    trial.expect(
        as_text(got.text) == text, "known-text-differs",
        fmt::format("the text of {} bytes goes on at byte {} with '{}'", text.size(), same, from(text)),
        fmt::format("it goes on with '{}'", from(as_text(got.text))));
    if (!c.contains("tokens")) return;
    trial.expect(got.tokens == c.at("tokens").get<std::vector<std::uint32_t>>(), "known-tokens-differ",
                 "the tokens are the known ones", "the text is right, the tokens are not");
}

void own(Trial& trial, std::string_view id) {
    load(trial, as_bytes(embedded::tiny_model()), as_bytes(embedded::tiny_tokenizer()));
    const json answers = json::parse(embedded::tiny_answers());
    for (const json& c : answers.at("cases"))
        if (c.at("id") == id) return expect_known(trial, c);
    trial.not_tested(NotTested::missing_data, "no such known answer");
}

struct Published {
    json answers;
    std::filesystem::path folder;
};
Published published(Trial& trial) {
    const auto file = shared_data("vectors/model/known_answers.json");
    if (!file)
        trial.not_tested(NotTested::missing_data,
                         "shared data vectors/model/known_answers.json (ASSAY_SHARED)");
    const auto content = read_file(*file, 1 << 20);
    if (!content) trial.not_tested(NotTested::missing_data, content.error().text());
    return {json::parse(*content), file->parent_path()};
}
Bytes published_file(Trial& trial, const std::filesystem::path& file) {
    auto content = read_file(file, std::size_t{1} << 24);
    if (!content) trial.not_tested(NotTested::missing_data, content.error().text());
    return *std::move(content);
}

void published_case(Trial& trial, std::string_view id) {
    const Published data = published(trial);
    for (const json& c : data.answers.at("cases")) {
        if (c.at("id") != id) continue;
        const auto weights = c.at("weights").get<std::string>();
        const bool gguf = weights.ends_with(".gguf");
        if (gguf && !engine(trial).capabilities().contains("gguf"))
            trial.not_tested(NotTested::not_supported, "the target loads no GGUF");
        load(trial, published_file(trial, data.folder / weights),
             gguf ? Bytes{} : published_file(trial, data.folder / "tok512.bin"));
        return expect_known(trial, c);
    }
    trial.not_tested(NotTested::missing_data, fmt::format("no answer '{}' in the shared data", id));
}

void published_tokens(Trial& trial) {
    const Published data = published(trial);
    load(trial, published_file(trial, data.folder / "stories260K.bin"),
         published_file(trial, data.folder / "tok512.bin"));
    for (const json& c : data.answers.at("tokenizer")) {
        const auto expected = c.at("tokens").get<std::vector<std::uint32_t>>();
        const auto text = c.at("text").get<std::string>();
        if (expected.size() < 2) continue;  // nothing is forced
        const auto got =
            answer(trial, {.prompt = as_prompt(text), .steps = static_cast<std::uint32_t>(expected.size())});
        for (std::size_t i = 1; i < expected.size(); ++i)
            trial.expect(i - 1 < got.tokens.size() && got.tokens[i - 1] == expected[i], "known-tokens-differ",
                         fmt::format("token {} of '{}' is {}", i, text, expected[i]), "it is another one");
    }
}

}  // namespace known_topic

std::vector<Case> known_cases() {
    using namespace known_topic;
    std::vector<Case> out;
    for (const char* id : {"empty", "words", "bytes", "sampled"})
        out.push_back({fmt::format("inference.known.own-{}", id),
                       fmt::format("The repository's model gives its known text: {}", id),
                       {"INF-KNW-001"},
                       {},
                       {"known-answer"},
                       {},
                       [id](Trial& trial) {
                           own(trial, id);
                       }});
    struct Answer {
        const char *id, *name;
    };
    for (const Answer a : {Answer{"fp32-n200", "n200"},
                           {"fp32-n256", "n256"},
                           {"fp32-n512", "n512"},
                           {"fp32-prompt-16", "prompt-16"},
                           {"fp32-prompt-23", "prompt-23"},
                           {"fp32-sampled", "sampled"},
                           {"gguf-f16-n200", "f16"},
                           {"gguf-q8_0-n200", "q8-0"},
                           {"gguf-q4_0-n200", "q4-0"}})
        out.push_back({fmt::format("inference.known.stories260k-{}", a.name),
                       fmt::format("The published model gives its known text: {}", a.id),
                       {"INF-KNW-002"},
                       {},
                       {"known-answer", "shared"},
                       {},
                       [a](Trial& trial) {
                           published_case(trial, a.id);
                       }});
    out.push_back({"inference.known.stories260k-tokens",
                   "Prompts have the published tokens",
                   {"INF-TOK-001", "INF-TOK-002"},
                   {},
                   {"known-answer", "shared"},
                   {},
                   published_tokens});
    return out;
}

}  // namespace assay::conformance::inference
