#include "conformance/suites/inference/observe.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace assay::conformance::inference {

InferencePort& engine(Trial& trial) { return trial.port<InferencePort>(); }

Bytes as_prompt(std::string_view text) {
    const ByteView bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

void load(Trial& trial, ByteView model, ByteView tokenizer) {
    trial.need(engine(trial).load(model, tokenizer), "a well-formed model");
}

void load(Trial& trial, const Subject& subject) {
    load(trial, checkpoint_of(subject), tokenizer_of(words_of(subject.shape.vocabulary)));
}

std::vector<std::uint32_t> random_tokens(Trial& trial, const Shape& shape, std::size_t count) {
    Bytes raw(4 * count);
    trial.random().fill(raw);
    std::vector<std::uint32_t> out;
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(assay::load<std::uint32_t>(ByteView{raw}.subspan(4 * i), std::endian::little) %
                      shape.vocabulary);
    return out;
}

std::vector<std::vector<float>> expect_logits(Trial& trial, const Subject& subject,
                                              const std::vector<std::uint32_t>& tokens) {
    Oracle oracle{subject};
    trial.need(engine(trial).reset(), "a reset");
    std::vector<std::vector<float>> out;
    for (const std::uint32_t token : tokens) {
        auto logits = trial.need(engine(trial).step(token), "logits");
        const auto exact = oracle.step(token);
        trial.expect(logits.size() == exact.size(), "logits-missing",
                     fmt::format("{} tokens have a logit", exact.size()),
                     fmt::format("{} came", logits.size()));
        double scale = 1;
        for (const double v : exact) scale = std::max(scale, std::fabs(v));
        for (std::size_t i = 0; i < exact.size(); ++i)
            trial.expect(
                std::fabs(logits[i] - exact[i]) <= 2e-4 * scale, "logits-wrong",
                fmt::format("the logit of token {} at position {} is {:.6f}", i, out.size(), exact[i]),
                fmt::format("it is {:.6f}", logits[i]));
        out.push_back(std::move(logits));
    }
    return out;
}

InferenceAnswer answer(Trial& trial, const InferenceRequest& request) {
    auto out = trial.need(engine(trial).generate(request), "an answer");
    trial.attach({"text", "log", "text.txt", "text/plain", out.text, {}});
    return out;
}

std::size_t expect_choices(Trial& trial, const Subject& subject, const InferenceRequest& request,
                           const InferenceAnswer& got) {
    constexpr double clear = 5e-3;
    const auto words = words_of(subject.shape.vocabulary);
    const auto forced = encoded(words, as_text(request.prompt));
    trial.expect(!got.tokens.empty() && got.tokens.size() <= request.steps, "steps-wrong",
                 fmt::format("from 1 to {} tokens are chosen", request.steps),
                 fmt::format("{} were", got.tokens.size()));
    trial.expect(got.ended == (got.tokens.back() == 1), "end-wrong",
                 "a text has ended when its last token is 1",
                 got.ended ? "another token ends it" : "it goes on behind token 1");
    trial.expect(got.ended || got.tokens.size() == request.steps, "steps-wrong",
                 fmt::format("a text that does not end has {} tokens", request.steps),
                 fmt::format("it has {}", got.tokens.size()));
    Oracle oracle{subject};
    Draw draw{request.seed};
    std::size_t sure = 0;
    std::uint32_t token = forced.front();
    for (std::size_t i = 0; i < got.tokens.size(); ++i) {
        const auto logits = oracle.step(token);
        std::optional<std::uint32_t> expected;
        if (i + 1 < forced.size())
            expected = forced[i + 1];
        else if (request.temperature == 0)
            expected = margin(logits) > clear ? std::optional{largest(logits)} : std::nullopt;
        else
            expected = draw.token(logits, double{request.temperature}, double{request.top_p});
        token = got.tokens[i];
        if (!expected) continue;
        trial.expect(token == *expected, "token-wrong",
                     fmt::format("token {} is chosen at position {}", *expected, i),
                     fmt::format("token {} is", token));
        ++sure;
    }
    return sure;
}

void expect_refused(Trial& trial, ByteView model, ByteView tokenizer, std::string_view what) {
    const auto outcome = engine(trial).load(model, tokenizer);
    if (!outcome && outcome.error().kind != PortError::Kind::refused) trial.need(outcome, what);
    trial.expect(!outcome, "malformed-file-accepted", fmt::format("{} is refused", what), "it is loaded");
    trial.expect(!outcome.error().what.empty(), "refusal-without-reason", "a refusal says what is wrong",
                 "it says nothing");
}

}  // namespace assay::conformance::inference
