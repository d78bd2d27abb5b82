// Text: prompts become tokens as the tokenizer's format says, greedy continuations follow the largest logit.
#include <fmt/format.h>

#include "conformance/suites/inference/cases.hpp"
#include "conformance/suites/inference/observe.hpp"

namespace assay::conformance::inference {
namespace text_topic {

/// A prompt comes back as text, bytes and all, and its tokens are forced.
void prompt_becomes(Trial& trial, std::string_view prompt, std::uint32_t seed) {
    const Subject subject = make_subject({}, seed);
    load(trial, subject);
    const auto forced = encoded(words_of(subject.shape.vocabulary), prompt);
    const InferenceRequest request{.prompt = as_prompt(prompt),
                                   .steps = static_cast<std::uint32_t>(forced.size()) + 4};
    const auto got = answer(trial, request);
    expect_choices(trial, subject, request, got);
    trial.expect(as_text(got.text).starts_with(prompt), "prompt-lost",
                 fmt::format("the text begins with its prompt '{}'", prompt),
                 fmt::format("it begins with '{}'", as_text(got.text).substr(0, prompt.size())));
    const auto expected = encoded(words_of(subject.shape.vocabulary), prompt);
    for (std::size_t i = 1; i < expected.size() && i - 1 < got.tokens.size(); ++i)
        trial.expect(got.tokens[i - 1] == expected[i], "prompt-tokens-wrong",
                     fmt::format("token {} of the prompt is {}", i, expected[i]),
                     fmt::format("it is {}", got.tokens[i - 1]));
}

void merges(Trial& trial) { prompt_becomes(trial, "abab abcabc", 200); }
void repeated(Trial& trial) { prompt_becomes(trial, "bababababab", 201); }
void spaces(Trial& trial) { prompt_becomes(trial, "  a   b", 202); }
void code_points(Trial& trial) { prompt_becomes(trial, "caf\xC3\xA9", 203); }
void bytes(Trial& trial) { prompt_becomes(trial, "Z\xE2\x82\xAC!\xF0\x9F\x99\x82", 204); }
void not_text(Trial& trial) { prompt_becomes(trial, "\xFF\x80\xC3", 205); }
void spelled_specials(Trial& trial) { prompt_becomes(trial, "<s><0x41>\n", 206); }

void greedy(Trial& trial, const Shape& shape, std::string_view prompt, std::uint32_t steps,
            std::uint32_t seed) {
    const Subject subject = make_subject(shape, seed);
    load(trial, subject);
    const InferenceRequest request{.prompt = as_prompt(prompt), .steps = steps};
    const std::size_t sure = expect_choices(trial, subject, request, answer(trial, request));
    trial.expect(sure >= steps / 2 || sure >= 8, "nothing-judged",
                 "most choices are clear in double precision", fmt::format("{} of {} are", sure, steps));
}
void greedy_empty(Trial& trial) { greedy(trial, {.shared_classifier = false}, "", 32, 210); }
void greedy_prompt(Trial& trial) { greedy(trial, {.shared_classifier = false}, "abc cd", 32, 211); }
void whole_context(Trial& trial) {
    greedy(trial, {.positions = 40, .shared_classifier = false}, "ab", 40, 212);
}

/// The layers add nothing, and every embedding points to token 1: it is chosen at once, and ends the text.
Subject ending() {
    Subject subject = make_subject({.shared_classifier = false}, 220);
    for (const Part part : {wo, w2}) std::fill(subject.parts[part].begin(), subject.parts[part].end(), 0.0F);
    std::fill(subject.parts[final_norm].begin(), subject.parts[final_norm].end(), 1.0F);
    for (float& v : subject.parts[embedding]) v = std::abs(v) + 0.1F;
    std::fill_n(subject.parts[classifier].begin() + subject.shape.dim, subject.shape.dim, 2.0F);
    return subject;
}
void ends(Trial& trial) {
    const Subject subject = ending();
    load(trial, subject);
    const InferenceRequest request{.prompt = as_prompt("ab"), .steps = 20};
    const auto got = answer(trial, request);
    expect_choices(trial, subject, request, got);
    trial.expect(got.ended, "text-without-end", "token 1 ends the text", "the text does not end");
    trial.expect(as_text(got.text) == "ab", "end-printed", "the end adds nothing to the text 'ab'",
                 fmt::format("the text is '{}'", as_text(got.text)));
}

/// Two tokens with the same row of the classifier have the same logit: the first is chosen.
void first_of_equal(Trial& trial) {
    Subject subject = make_subject({.shared_classifier = false}, 221);
    const std::size_t dim = subject.shape.dim;
    auto& table = subject.parts[classifier];
    for (const std::size_t twin : {280U, 270U})
        std::copy_n(table.begin() + 290 * static_cast<std::ptrdiff_t>(dim), dim,
                    table.begin() + static_cast<std::ptrdiff_t>(twin * dim));
    load(trial, subject);
    // The logits show which step has the twins on top; a direction that favours them makes it the first one.
    Oracle direction{subject};
    const auto logits = direction.step(1);
    const bool negative = logits[290] < 0;
    for (const std::size_t twin : {270U, 280U, 290U})
        for (std::size_t i = 0; i < dim; ++i) table[twin * dim + i] *= negative ? -50.0F : 50.0F;
    load(trial, subject);
    const auto got = answer(trial, {.steps = 1});
    trial.expect(got.tokens.size() == 1 && got.tokens[0] == 270, "tie-wrong",
                 "of the equal tokens 270, 280 and 290 the first is chosen",
                 got.tokens.empty() ? "none is" : fmt::format("token {} is", got.tokens[0]));
}

void prompt_too_long(Trial& trial) {
    const Subject subject = make_subject({}, 222);
    load(trial, subject);
    const auto neighbour = encoded(words_of(300), "abcdefghij");
    const InferenceRequest fits{.prompt = as_prompt("abcdefghij"),
                                .steps = static_cast<std::uint32_t>(neighbour.size())};
    expect_choices(trial, subject, fits, answer(trial, fits));
    InferenceRequest request = fits;
    --request.steps;
    const auto outcome = engine(trial).generate(request);
    trial.expect(!outcome && outcome.error().kind == PortError::Kind::refused, "long-prompt-accepted",
                 "a prompt that is longer than the steps is refused", "it is answered");
    request.steps = subject.shape.positions + 1;
    const auto beyond = engine(trial).generate(request);
    trial.expect(!beyond && beyond.error().kind == PortError::Kind::refused, "context-exceeded",
                 "more steps than the context has positions are refused", "they are answered");
}

}  // namespace text_topic

std::vector<Case> text_cases() {
    using namespace text_topic;
    const auto row = [](const char* id, const char* title, std::vector<std::string> requirements,
                        void (*run)(Trial&)) {
        return Case{id, title, std::move(requirements), {}, {"text"}, {}, run};
    };
    return {
        row("inference.text.merges", "The best pair of a prompt joins first, of equals the leftmost",
            {"INF-TOK-001"}, merges),
        row("inference.text.repeated-pair", "A pair that repeats joins from the left", {"INF-TOK-001"},
            repeated),
        row("inference.text.spaces", "Spaces of a prompt stay, the one before it does not show",
            {"INF-TOK-001", "INF-TOK-003"}, spaces),
        row("inference.text.code-point", "A character of two bytes is the piece of its text", {"INF-TOK-002"},
            code_points),
        row("inference.text.bytes", "Characters without a piece become their bytes, and come back",
            {"INF-TOK-002", "INF-TOK-003"}, bytes),
        row("inference.text.not-text", "Bytes that are no text become tokens of their own", {"INF-TOK-002"},
            not_text),
        row("inference.text.spelled-specials", "The spelling of a special in a prompt is plain text",
            {"INF-TOK-004"}, spelled_specials),
        row("inference.text.greedy", "Without a prompt the largest logit is followed", {"INF-TXT-001"},
            greedy_empty),
        row("inference.text.greedy-prompt", "Behind a prompt the largest logit is followed", {"INF-TXT-001"},
            greedy_prompt),
        row("inference.text.whole-context", "All positions of the context can be used", {"INF-TXT-001"},
            whole_context),
        row("inference.text.end", "Token 1 ends the text and adds nothing", {"INF-TXT-002"}, ends),
        row("inference.text.first-of-equal", "Of equal logits the first is chosen", {"INF-TXT-003"},
            first_of_equal),
        row("inference.text.limits", "A prompt beyond the steps and steps beyond the context are refused",
            {"INF-TXT-004"}, prompt_too_long),
    };
}

}  // namespace assay::conformance::inference
