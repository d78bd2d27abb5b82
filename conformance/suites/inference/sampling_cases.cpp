// Sampling: the seed decides, and draws what the definition draws.
#include <fmt/format.h>

#include "conformance/suites/inference/cases.hpp"
#include "conformance/suites/inference/observe.hpp"

namespace assay::conformance::inference {
namespace sampling_topic {

void sampled(Trial& trial, float temperature, float top_p, std::uint64_t seed) {
    const Subject subject = make_subject({.shared_classifier = false}, 300);
    load(trial, subject);
    const InferenceRequest request{
        .prompt = as_prompt("ab"), .steps = 40, .temperature = temperature, .top_p = top_p, .seed = seed};
    const std::size_t sure = expect_choices(trial, subject, request, answer(trial, request));
    trial.expect(sure >= 20 || sure * 2 >= request.steps, "nothing-judged",
                 "most draws are clear in double precision",
                 fmt::format("{} of {} are", sure, request.steps));
}
void all(Trial& trial) { sampled(trial, 1.0F, 1.0F, 133'742); }
void nucleus(Trial& trial) { sampled(trial, 1.0F, 0.9F, 133'742); }
void narrow(Trial& trial) { sampled(trial, 0.7F, 0.5F, 42); }
void warm(Trial& trial) { sampled(trial, 2.5F, 1.0F, 0xFFFF'FFFF'FFFF'FFFF); }

void seeds(Trial& trial) {
    const Subject subject = make_subject({.shared_classifier = false}, 301);
    load(trial, subject);
    InferenceRequest request{.prompt = {}, .steps = 32, .temperature = 1.5F, .top_p = 1.0F, .seed = 7};
    const auto first = answer(trial, request);
    expect_choices(trial, subject, request, first);
    const auto again = answer(trial, request);
    trial.expect(first.tokens == again.tokens, "seed-ignored", "the same seed gives the same text twice",
                 "the texts differ");
    request.seed = 8;
    const auto other = answer(trial, request);
    expect_choices(trial, subject, request, other);
    trial.expect(first.tokens != other.tokens, "seed-ignored", "another seed gives another text",
                 "the text is the same");
}

}  // namespace sampling_topic

std::vector<Case> sampling_cases() {
    using namespace sampling_topic;
    const auto row = [](const char* id, const char* title, std::vector<std::string> requirements,
                        void (*run)(Trial&)) {
        return Case{id, title, std::move(requirements), {}, {"sampling"}, {}, run};
    };
    return {
        row("inference.sampling.all-tokens", "Without top-p every token is drawn as its probability says",
            {"INF-SMP-001"}, all),
        row("inference.sampling.top-p", "With top-p the improbable are never drawn", {"INF-SMP-002"},
            nucleus),
        row("inference.sampling.narrow", "Temperature and top-p work together",
            {"INF-SMP-001", "INF-SMP-002"}, narrow),
        row("inference.sampling.warm", "A seed of 64 bits and a high temperature draw as defined",
            {"INF-SMP-001", "INF-SMP-003"}, warm),
        row("inference.sampling.seed", "The seed decides the text", {"INF-SMP-003"}, seeds),
    };
}

}  // namespace assay::conformance::inference
