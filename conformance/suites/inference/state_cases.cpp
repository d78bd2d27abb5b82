// State: what was before a reset changes nothing after it, and equal input gives equal bits.
#include <bit>

#include <fmt/format.h>

#include "conformance/suites/inference/cases.hpp"
#include "conformance/suites/inference/observe.hpp"

namespace assay::conformance::inference {
namespace state_topic {

void expect_same(Trial& trial, const std::vector<std::vector<float>>& a,
                 const std::vector<std::vector<float>>& b) {
    for (std::size_t p = 0; p < a.size(); ++p)
        for (std::size_t i = 0; i < a[p].size(); ++i)
            trial.expect(std::bit_cast<std::uint32_t>(a[p][i]) == std::bit_cast<std::uint32_t>(b[p][i]),
                         "bits-differ",
                         fmt::format("the logit of token {} at position {} has the same bits again, {:.9g}",
                                     i, p, a[p][i]),
                         fmt::format("it is {:.9g}", b[p][i]));
}

void repeat(Trial& trial) {
    const Subject subject = make_subject({}, 400);
    const auto tokens = random_tokens(trial, subject.shape, 12);
    load(trial, subject);
    const auto first = expect_logits(trial, subject, tokens);
    expect_same(trial, first, expect_logits(trial, subject, tokens));
    load(trial, subject);
    expect_same(trial, first, expect_logits(trial, subject, tokens));
}

void former_prompt(Trial& trial) {
    const Subject subject = make_subject({}, 401);
    load(trial, subject);
    const auto tokens = random_tokens(trial, subject.shape, 8);
    const auto first = expect_logits(trial, subject, tokens);
    expect_logits(trial, subject, random_tokens(trial, subject.shape, 40));
    const InferenceRequest request{.prompt = as_prompt("abc"), .steps = 20};
    expect_choices(trial, subject, request, answer(trial, request));
    expect_same(trial, first, expect_logits(trial, subject, tokens));
}

void other_model(Trial& trial) {
    const Subject one = make_subject({}, 402);
    const Subject two = make_subject({.dim = 24, .hidden = 60, .layers = 3}, 403);
    const auto tokens = random_tokens(trial, one.shape, 8);
    load(trial, one);
    const auto first = expect_logits(trial, one, tokens);
    load(trial, two);
    expect_logits(trial, two, tokens);
    load(trial, one);
    expect_same(trial, first, expect_logits(trial, one, tokens));
}

void no_such_token(Trial& trial) {
    const Subject subject = make_subject({.positions = 6}, 404);
    load(trial, subject);
    expect_logits(trial, subject, {299});
    for (const std::uint32_t token : {300U, 0xFFFF'FFFFU}) {
        const auto outcome = engine(trial).step(token);
        trial.expect(!outcome && outcome.error().kind == PortError::Kind::refused, "unknown-token-accepted",
                     fmt::format("token {} of a model with 300 is refused", token), "it has logits");
    }
    expect_logits(trial, subject, {1, 2, 3, 4, 5, 6});
    const auto outcome = engine(trial).step(1);
    trial.expect(!outcome && outcome.error().kind == PortError::Kind::refused, "context-exceeded",
                 "the seventh token of a context of six is refused", "it has logits");
}

}  // namespace state_topic

std::vector<Case> state_cases() {
    using namespace state_topic;
    return {
        {"inference.state.repeat",
         "The same tokens give the same bits, before and after loading again",
         {"INF-STA-001"},
         {"logits"},
         {"state"},
         {},
         repeat},
        {"inference.state.former-prompt",
         "Nothing of a former prompt changes a later answer",
         {"INF-STA-002"},
         {"logits"},
         {"state"},
         {},
         former_prompt},
        {"inference.state.other-model",
         "A model that was loaded between changes nothing",
         {"INF-STA-002"},
         {"logits"},
         {"state"},
         {},
         other_model},
        {"inference.state.limits",
         "Tokens outside the vocabulary and beyond the context are refused",
         {"INF-STA-003"},
         {"logits"},
         {"state"},
         {},
         no_such_token},
    };
}

}  // namespace assay::conformance::inference
