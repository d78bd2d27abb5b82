// What a serving process holds after it has answered: nothing of the prompt, of the answer, or of their
// tokens.
#include <set>

#include <fmt/format.h>

#include "conformance/suites/inference/cases.hpp"
#include "conformance/suites/inference/observe.hpp"
#include "sim/labels/process_oracle.hpp"

namespace assay::conformance::inference {
namespace deletion_topic {

constexpr std::uint32_t steps = 120;
constexpr Shape shape{.positions = steps};

/// A prompt around a new canary, and what would betray it.
struct Marked {
    InferenceRequest request;
    std::vector<labels::Form> forms;
};
/// Made when the worker is already there: it never held the canary but through the request.
Marked marked_prompt(Trial& trial) {
    const Secret canary = labels::make_canary(trial.random());
    const std::string text = "aba abc " + std::string{as_text(canary.bytes())} + " bab";
    Marked out{{.prompt = as_prompt(text), .steps = steps}, labels::forms_of_canary(canary.bytes())};
    const auto take = [&](std::vector<labels::Form> more) {
        std::ranges::move(more, std::back_inserter(out.forms));
    };
    take(labels::hashes_of(out.request.prompt, "prompt"));
    // The tokens from the middle of the canary: bytes of it, in runs of eight.
    const auto tokens = encoded(words_of(shape.vocabulary), as_text(canary.bytes()));
    take(labels::forms_of_tokens(std::span{tokens}.subspan(4)));
    return out;
}

/// What repeats itself stands in memory by chance.
bool is_telling(const auto& values) {
    constexpr std::size_t enough = 5;
    return std::set(values.begin(), values.end()).size() >= enough;
}
/// The answer behind the prompt is user data, too.
void add_answer(Marked& marked, const InferenceAnswer& answer) {
    const auto take = [&](std::vector<labels::Form> more) {
        std::ranges::move(more, std::back_inserter(marked.forms));
    };
    constexpr std::size_t run = 8, part = 24;
    const std::span<const std::uint32_t> tokens = answer.tokens;
    for (std::size_t at = 0; at + run <= tokens.size(); ++at)
        if (is_telling(tokens.subspan(at, run))) take(labels::forms_of_tokens(tokens.subspan(at, run)));
    const ByteView text = answer.text;
    for (std::size_t at = marked.request.prompt.size(); at + part <= text.size(); at += part)
        if (is_telling(text.subspan(at, part))) take(labels::forms_of_canary(text.subspan(at, part)));
}

/// What the oracle finds in the worker after one request.
std::vector<labels::Finding> residue_of(Trial& trial, WorkerLeak leak) {
    Marked marked = marked_prompt(trial);
    const WorkerAnswer got =
        trial.need(engine(trial).ask_worker(marked.request, leak), "an answer of the worker");
    trial.expect(as_text(got.answer.text).starts_with(as_text(marked.request.prompt)), "answer-wrong",
                 "the worker answers the prompt that it is asked", "its text begins otherwise");
    trial.expect(got.answer.tokens.size() == steps || got.answer.ended, "answer-wrong",
                 fmt::format("the answer has {} tokens or ends", steps),
                 fmt::format("it has {}", got.answer.tokens.size()));
    add_answer(marked, got.answer);
    labels::ContentOracle oracle{trial.random()};
    oracle.add(std::move(marked.forms));
    const auto scan = labels::scan_process(got.process, oracle);
    trial.expect(bool(scan), "memory-unreadable", "the memory of the worker can be read",
                 scan ? "" : scan.error());
    trial.expect(scan->bytes > 0 && scan->unread == 0, "memory-unreadable",
                 "all of the worker's memory is read",
                 fmt::format("{} bytes are, {} are not", scan->bytes, scan->unread));
    return scan->findings;
}

void expect_leak_found(Trial& trial, WorkerLeak leak, std::string_view where) {
    trial.need(engine(trial).start_worker(), "a worker");
    const auto findings = residue_of(trial, leak);
    trial.expect(std::ranges::count(findings, std::string{"plain"}, &labels::Finding::form) > 0,
                 "leak-not-found", fmt::format("a copy of the prompt in {} is found", where),
                 fmt::format("{} other places are", findings.size()));
}

/// The worker that must be clean is the first: later ones inherit what the case itself has heard of answers.
void process_memory(Trial& trial) {
    load(trial, make_subject(shape, 500));
    trial.need(engine(trial).start_worker(), "a worker");
    for (int request = 0; request < 3; ++request) {
        const auto findings = residue_of(trial, WorkerLeak::none);
        trial.expect(findings.empty(), "residue", "nothing of a request is left in the memory of its worker",
                     findings.empty()
                         ? ""
                         : fmt::format("{} places, first {}", findings.size(), findings.front().form));
    }
    expect_leak_found(trial, WorkerLeak::kept, "a block that the worker keeps");
    expect_leak_found(trial, WorkerLeak::freed, "a block that the worker freed as it was");
}

void device_memory(Trial& trial) {
    load(trial, make_subject(shape, 501));
    trial.need(engine(trial).start_worker(), "a worker");
    const auto hits = [&](WorkerLeak leak) {
        const Marked marked = marked_prompt(trial);
        trial.need(engine(trial).ask_worker(marked.request, leak), "an answer of the worker");
        std::vector<Bytes> forms;
        for (const labels::Form& form : marked.forms) {
            const ByteView bytes = form.bytes.bytes();
            forms.emplace_back(bytes.begin(), bytes.end());
        }
        const DeviceScan scan = trial.need(engine(trial).scan_device(forms), "a scan of the device's memory");
        trial.expect(scan.bytes > 0, "memory-unreadable", "memory of the device is read", "none is");
        return scan.hits;
    };
    trial.expect(hits(WorkerLeak::device) > 0, "leak-not-found",
                 "a copy of the prompt on the device is found", "nothing is");
    const std::size_t left = hits(WorkerLeak::none);
    trial.expect(left == 0, "residue", "nothing of a request is left in free memory of the device",
                 fmt::format("{} places hold something", left));
}

}  // namespace deletion_topic

std::vector<Case> deletion_cases() {
    using namespace deletion_topic;
    return {
        {"inference.deletion.process-memory",
         "After an answer no form of prompt, answer or tokens is in the memory of the worker",
         {"INF-DEL-001"},
         {"worker", "worker-leaks"},
         {"deletion"},
         {},
         process_memory},
        {"inference.deletion.device-memory",
         "After an answer no form of the prompt is in memory of the device that others can get",
         {"INF-DEL-002"},
         {"worker", "worker-leaks"},
         {"deletion"},
         {},
         device_memory},
    };
}

}  // namespace assay::conformance::inference
