// Checkpoints and tokenizer files: version 1 is read like version 0, and each wrong file is refused next to a
// right one.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/inference/cases.hpp"
#include "conformance/suites/inference/observe.hpp"

namespace assay::conformance::inference {
namespace file_topic {

/// The files of one small model, to be spoilt.
struct Files {
    Bytes model, tokenizer;
    void put(Bytes& file, std::size_t at, std::uint32_t value) {
        const auto raw = store(value, std::endian::little);
        std::copy(raw.begin(), raw.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
    }
    void header(std::size_t index, std::uint32_t value) { put(model, 4 * index, value); }
};

struct Row {
    const char* id;
    const char* what;  // "a checkpoint whose n_layers is 0"
    const char* requirement;
    void (*spoil)(Files&);
    unsigned version = 0;
};

constexpr std::size_t dim = 0;
constexpr std::size_t hidden = 1;
constexpr std::size_t layers = 2;
constexpr std::size_t heads = 3;
constexpr std::size_t kv_heads = 4;
constexpr std::size_t vocabulary = 5;
constexpr std::size_t positions = 6;
constexpr std::uint32_t minus_one = 0xFFFF'FFFF;

const std::vector<Row> rows{
    {"empty", "an empty file", "INF-FILE-001",
     [](Files& f) {
         f.model.clear();
     }},
    {"header-cut", "a checkpoint that ends in its header", "INF-FILE-001",
     [](Files& f) {
         f.model.resize(27);
     }},
    {"weights-cut", "a checkpoint that lacks its last byte", "INF-FILE-001",
     [](Files& f) {
         f.model.pop_back();
     }},
    {"byte-more", "a checkpoint with a byte behind its end", "INF-FILE-001",
     [](Files& f) {
         f.model.push_back(0);
     }},
    {"zero-dim", "a checkpoint of dimension 0", "INF-FILE-002",
     [](Files& f) {
         f.header(dim, 0);
     }},
    {"negative-hidden", "a checkpoint of a negative hidden dimension", "INF-FILE-002",
     [](Files& f) {
         f.header(hidden, minus_one);
     }},
    {"zero-layers", "a checkpoint without layers", "INF-FILE-002",
     [](Files& f) {
         f.header(layers, 0);
     }},
    {"zero-heads", "a checkpoint without heads", "INF-FILE-002",
     [](Files& f) {
         f.header(heads, 0);
     }},
    {"zero-key-heads", "a checkpoint without key heads", "INF-FILE-002",
     [](Files& f) {
         f.header(kv_heads, 0);
     }},
    {"zero-vocabulary", "a checkpoint without a vocabulary", "INF-FILE-002",
     [](Files& f) {
         f.header(vocabulary, 0);
     }},
    {"negative-positions", "a checkpoint of a negative context", "INF-FILE-002",
     [](Files& f) {
         f.header(positions, minus_one);
     }},
    {"heads-do-not-divide", "a checkpoint whose heads do not divide its dimension", "INF-FILE-002",
     [](Files& f) {
         f.header(heads, 5);
         f.header(kv_heads, 5);
     }},
    {"key-heads-do-not-divide", "a checkpoint whose key heads do not divide its heads", "INF-FILE-002",
     [](Files& f) {
         f.header(kv_heads, 3);
     }},
    {"more-key-heads", "a checkpoint with more key heads than heads", "INF-FILE-002",
     [](Files& f) {
         f.header(kv_heads, 8);
     }},
    {"odd-heads", "a checkpoint whose heads have no pairs", "INF-FILE-002",
     [](Files& f) {
         f.header(heads, 32);
         f.header(kv_heads, 32);
     }},
    {"overflowing-sizes", "a checkpoint whose sizes overflow 64 bits", "INF-FILE-003",
     [](Files& f) {
         for (std::size_t i = 0; i < 7; ++i) f.header(i, 0x4000'0000);
         f.header(heads, 2);
         f.header(kv_heads, 1);
     }},
    {"wrapping-sizes", "a checkpoint whose sizes wrap to the right one in 32 bits", "INF-FILE-003",
     [](Files& f) {
         f.header(positions, 48U + 0x4000'0000U);
     }},
    {"infinite-weight", "a checkpoint with an infinite weight", "INF-FILE-004",
     [](Files& f) {
         f.put(f.model, 28 + 4 * 1'000, 0x7F80'0000);
     }},
    {"weight-no-number", "a checkpoint with a weight that is no number", "INF-FILE-004",
     [](Files& f) {
         f.put(f.model, 28 + 4 * 1'000, 0x7FC0'0001);
     }},
    {"unknown-version", "a checkpoint of version 3", "INF-FILE-005", [](Files& f) { f.put(f.model, 4, 3); },
     1},
    {"unknown-flag", "a checkpoint whose flag is neither 0 nor 1", "INF-FILE-005",
     [](Files& f) { f.model[36] = 2; }, 1},
    {"versioned-cut", "a checkpoint of version 1 that lacks its last byte", "INF-FILE-001",
     [](Files& f) { f.model.pop_back(); }, 1},
    {"tokenizer-empty", "a tokenizer file without content", "INF-FILE-006",
     [](Files& f) {
         f.tokenizer.clear();
     }},
    {"tokenizer-cut", "a tokenizer file that lacks its last byte", "INF-FILE-006",
     [](Files& f) {
         f.tokenizer.pop_back();
     }},
    {"tokenizer-byte-more", "a tokenizer file with a byte behind its end", "INF-FILE-006",
     [](Files& f) {
         f.tokenizer.push_back(0);
     }},
    {"tokenizer-of-another", "a tokenizer with one token more than the model", "INF-FILE-006",
     [](Files& f) {
         f.tokenizer = tokenizer_of(words_of(301));
     }},
    {"token-too-long", "a token that is longer than the file says", "INF-FILE-006",
     [](Files& f) {
         f.put(f.tokenizer, 8, 1'000);
     }},
    {"token-of-negative-length", "a token of negative length", "INF-FILE-006",
     [](Files& f) {
         f.put(f.tokenizer, 8, minus_one);
     }},
    {"token-score-no-number", "a token whose score is no number", "INF-FILE-006",
     [](Files& f) {
         f.put(f.tokenizer, 4, 0x7FC0'0000);
     }},
};

void refuse(Trial& trial, const Row& row) {
    const Subject subject = make_subject({}, 500);
    Files files{checkpoint_of(subject, row.version), tokenizer_of(words_of(subject.shape.vocabulary))};
    // The neighbour that is right, so that an engine which refuses everything is none.
    load(trial, files.model, files.tokenizer);
    const InferenceRequest request{.prompt = as_prompt("ab"), .steps = 6};
    expect_choices(trial, subject, request, answer(trial, request));
    row.spoil(files);
    expect_refused(trial, files.model, files.tokenizer, row.what);
}

void version_1(Trial& trial) {
    for (const bool shared : {true, false}) {
        const Subject subject = make_subject({.shared_classifier = shared}, 501);
        load(trial, checkpoint_of(subject, 1), tokenizer_of(words_of(subject.shape.vocabulary)));
        expect_logits(trial, subject, random_tokens(trial, subject.shape, 8));
    }
}

/// A file that was refused is not half there.
void refused_leaves_nothing(Trial& trial) {
    const Subject subject = make_subject({}, 502);
    Files files{checkpoint_of(subject), tokenizer_of(words_of(subject.shape.vocabulary))};
    files.model.pop_back();
    expect_refused(trial, files.model, files.tokenizer, "a checkpoint that lacks its last byte");
    const auto outcome = engine(trial).generate({.prompt = as_prompt("ab"), .steps = 4});
    trial.expect(!outcome, "refused-model-used", "an engine whose only model was refused gives no text",
                 "it gives one");
    load(trial, subject);
    const InferenceRequest request{.prompt = as_prompt("ab"), .steps = 6};
    expect_choices(trial, subject, request, answer(trial, request));
}

}  // namespace file_topic

std::vector<Case> file_cases() {
    std::vector<Case> out{
        {"inference.file.version-1",
         "A checkpoint of version 1 gives the logits of its weights",
         {"INF-FILE-007"},
         {"logits"},
         {"file"},
         {},
         file_topic::version_1},
        {"inference.file.refused-leaves-nothing",
         "A file that was refused is not used in part",
         {"INF-FILE-001"},
         {},
         {"file"},
         {},
         file_topic::refused_leaves_nothing},
    };
    for (const auto& row : file_topic::rows)
        out.push_back({fmt::format("inference.file.{}", row.id),
                       fmt::format("Refused: {}", row.what),
                       {row.requirement},
                       {},
                       {"file", "negative"},
                       {},
                       [row](Trial& trial) {
                           file_topic::refuse(trial, row);
                       }});
    return out;
}

}  // namespace assay::conformance::inference
