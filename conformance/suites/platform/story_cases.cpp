// What happens when nothing is wrong.
#include <algorithm>
#include <set>

#include "conformance/suites/platform/cases.hpp"

namespace assay::conformance::platform {
namespace {

/// Text and tokens of platform and reference path are the same.
void equals_reference(Trial& trial, std::string_view prompt, unsigned steps, std::string_view canary = {}) {
    const PlatformAnswer answer = answered(trial, prompt, steps, canary);
    const PlatformAnswer expected =
        trial.need(trial.port<PlatformPort>().reference(prompt, steps), "the reference path");
    const std::size_t shared = std::min(answer.tokens.size(), expected.tokens.size());
    const auto differ =
        std::mismatch(answer.tokens.begin(), answer.tokens.begin() + static_cast<std::ptrdiff_t>(shared),
                      expected.tokens.begin());
    const auto at = static_cast<std::size_t>(differ.first - answer.tokens.begin());
    trial.expect(
        at == shared && answer.tokens.size() == expected.tokens.size(), "token-mismatch",
        std::to_string(expected.tokens.size()) + " tokens, as the reference path makes them",
        std::to_string(answer.tokens.size()) + " tokens, the first difference at " + std::to_string(at));
    trial.expect(answer.text == expected.text, "text-mismatch",
                 "the client reads the text of the reference path", "it reads another text");
    trial.expect(!answer.tokens.empty(), "no-token", "at least one token is made", "none was made");
}

void answers(Trial& trial) {
    const Marked marked = marked_prompt(trial);
    equals_reference(trial, marked.prompt, 64, marked.canary);
}
void answers_several(Trial& trial) {
    for (const char* prompt : {"", "a", "to to to", "The quick brown fox", "\xC3\xA9t\xC3\xA9 \xE2\x82\xAC"})
        equals_reference(trial, prompt, 48);
}
void fills_the_context(Trial& trial) { equals_reference(trial, "to", 128); }

void stages_in_order(Trial& trial) {
    auto& port = trial.port<PlatformPort>();
    for (const std::string& stage : port.stages()) {
        const auto refused = trial.need(port.advance(stage), stage);
        trial.expect(!refused, "stage-refused", "stage " + stage + " ends well",
                     refused ? refused->component + ": " + refused->code : "");
    }
}

/// The order that the promise rests on, in the events that the platform tells.
void keys_after_evidence(Trial& trial) {
    auto& port = trial.port<PlatformPort>();
    static_cast<void>(port.take_events());
    trial.need(port.power_on_reset(), "power-on reset");
    const Marked marked = marked_prompt(trial);
    answered(trial, marked.prompt, 32, marked.canary);
    const std::vector<Event> events = port.take_events();
    const auto first = [&](auto&& is) {
        return static_cast<std::size_t>(std::ranges::find_if(events, is) - events.begin());
    };
    const std::size_t token = first([](const Event& e) { return e.actor == "verifier" && e.peer == "vm"; });
    const std::size_t release =
        first([](const Event& e) { return e.peer == "kms" && e.name.ends_with("/release"); });
    const std::size_t ready = first([](const Event& e) { return e.actor == "gateway" && e.name == "ready"; });
    const std::size_t asked = first([](const Event& e) { return e.actor == "client" && e.peer == "relay"; });
    const auto in_words = [&](std::size_t at) {
        return at == events.size() ? std::string{"never"} : "event " + std::to_string(at);
    };
    trial.expect(token < release, "release-before-token",
                 "a key is asked for after the verifier's token is there",
                 "token: " + in_words(token) + ", release: " + in_words(release));
    trial.expect(release < ready, "gateway-before-release", "the gateway is ready after its key was released",
                 "release: " + in_words(release) + ", gateway ready: " + in_words(ready));
    trial.expect(ready < asked && asked < events.size(), "prompt-before-gateway",
                 "a prompt is sent after that",
                 "gateway ready: " + in_words(ready) + ", prompt: " + in_words(asked));
}

/// No byte of a prompt is in any message that the platform tells of.
void no_prompt_on_a_wire(Trial& trial) {
    auto& port = trial.port<PlatformPort>();
    const Marked marked = marked_prompt(trial);
    answered(trial, marked.prompt, 32, marked.canary);
    std::size_t messages = 0;
    for (const Event& event : port.take_events()) {
        messages += event.kind == Event::Kind::message ? 1 : 0;
        const bool found = as_text(event.bytes).find(marked.canary) != std::string_view::npos ||
                           event.detail.find(marked.canary) != std::string::npos;
        trial.expect(!found, "canary-on-a-wire", "no message holds the prompt",
                     event.name + " from " + event.actor + " holds it");
    }
    trial.expect(messages >= 8, "no-messages", "the way of a prompt is seen",
                 std::to_string(messages) + " messages");
}

void ids_never_repeat(Trial& trial) {
    auto& port = trial.port<PlatformPort>();
    for (int request = 0; request < 25; ++request) {
        const Marked marked = marked_prompt(trial);
        answered(trial, marked.prompt, 32, marked.canary);
    }
    const auto ids = trial.need(port.observed_ids(), "identifiers");
    std::set<Bytes> seen;
    for (const auto& [where, value] : ids)
        trial.expect(seen.insert(value).second, "id-repeated",
                     "no identifier and no nonce is used twice, at one hop or at two",
                     "one of " + where + " was seen before");
    trial.expect(ids.size() >= 75, "ids-missing", "three identifiers or more for each request",
                 std::to_string(ids.size()) + " for 25 requests");
}

/// The same scenario after others is the same, to the byte.
void scenario_repeats(Trial& trial) {
    auto& port = trial.port<PlatformPort>();
    const Marked marked = marked_prompt(trial);
    const auto once = [&] {
        trial.need(port.power_on_reset(), "power-on reset");
        static_cast<void>(port.take_events());
        const PlatformAnswer answer = answered(trial, marked.prompt, 40, marked.canary);
        std::pair<std::string, Bytes> out{answer.text, {}};
        for (const Event& event : port.take_events()) {
            append(out.second, as_bytes(event.name + std::to_string(event.t_ps)));
            append(out.second, event.bytes);
        }
        return out;
    };
    const auto first = once();
    answered(trial, "another one", 32, {});
    const auto second = once();
    trial.expect(first.first == second.first, "answer-differs", "equal scenarios give equal answers",
                 "they differ");
    trial.expect(first.second == second.second, "events-differ",
                 "equal scenarios give equal events, to the byte",
                 std::to_string(first.second.size()) + " and " + std::to_string(second.second.size()) +
                     " bytes, or others");
}

void reset_needs_new_release(Trial& trial) {
    auto& port = trial.port<PlatformPort>();
    trial.need(port.power_on_reset(), "power-on reset");
    static_cast<void>(port.take_events());
    const auto refused = trial.need(port.advance("serve"), "a platform that is ready");
    trial.expect(!refused, "platform-refused", "the platform comes up again", refused ? refused->code : "");
    std::size_t releases = 0;
    for (const Event& event : port.take_events())
        releases +=
            event.kind == Event::Kind::message && event.peer == "kms" && event.name.ends_with("/release") ? 1
                                                                                                          : 0;
    trial.expect(releases == 2, "key-survived", "after a reset both keys are released anew",
                 std::to_string(releases) + " releases");
}

Case one(std::string id, std::string title, std::vector<std::string> requirements, void (*prepare)(Trial&),
         void (*run)(Trial&), std::vector<std::string> needs = {}, std::vector<std::string> tags = {}) {
    return {"platform.story." + std::move(id),
            std::move(title),
            std::move(requirements),
            std::move(needs),
            std::move(tags),
            prepare,
            run};
}

}  // namespace

std::vector<Case> story_cases() {
    return {
        one("answer", "A sealed prompt is answered, token by token as the reference path computes it",
            {"PLT-STORY-001", "PLT-INF-001"}, bring_up, answers, {"reference"}, {std::string{exhibit_tag}}),
        one("answers", "So are an empty prompt, a short one, a longer one, and one beyond ASCII",
            {"PLT-INF-001"}, bring_up, answers_several, {"reference"}),
        one("context", "A text that fills the model's context is computed to its end", {"PLT-INF-001"},
            bring_up, fills_the_context, {"reference"}),
        one("ids", "Identifiers and nonces of 25 requests are all different", {"PLT-ID-001"}, bring_up,
            ids_never_repeat),
        one("order", "Evidence comes before keys, keys before the gateway, the gateway before a prompt",
            {"PLT-STORY-002"}, nullptr, keys_after_evidence),
        one("repeat", "A scenario gives the same bytes alone and after others", {"PLT-DET-001"}, bring_up,
            scenario_repeats),
        one("reset", "After a power-on reset keys are released anew", {"PLT-KMS-004"}, bring_up,
            reset_needs_new_release),
        one("stages", "Power-on, boot, attestation, release, admission and service end well",
            {"PLT-STORY-001"}, nullptr, stages_in_order),
        one("wire", "No message on any link holds the prompt", {"PLT-PATH-001"}, bring_up,
            no_prompt_on_a_wire),
    };
}

}  // namespace assay::conformance::platform
