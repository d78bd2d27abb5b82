// GGUF: four encodings against double precision over what they decode to, and wrong files next to a right
// one.
#include <fmt/format.h>

#include "conformance/suites/inference/cases.hpp"
#include "conformance/suites/inference/gguf_writer.hpp"
#include "conformance/suites/inference/observe.hpp"

namespace assay::conformance::inference {
namespace gguf_topic {

void decoded(Trial& trial, Encoding encoding, const Shape& shape) {
    Subject subject = make_subject(shape, 600);
    const Gguf file = gguf_of(subject, encoding, 601);
    load(trial, file.bytes(), {});
    expect_logits(trial, subject, random_tokens(trial, subject.shape, 12));
    const InferenceRequest request{.prompt = as_prompt("ab abc"), .steps = 12};
    expect_choices(trial, subject, request, answer(trial, request));
}
void f32(Trial& trial) { decoded(trial, Encoding::f32, {.shared_classifier = false}); }
void f16(Trial& trial) { decoded(trial, Encoding::f16, {}); }
void q8_0(Trial& trial) { decoded(trial, Encoding::q8_0, {.dim = 64, .hidden = 96}); }
void q4_0(Trial& trial) { decoded(trial, Encoding::q4_0, {.dim = 64, .hidden = 96}); }
void mixed(Trial& trial) {
    decoded(trial, Encoding::q4_0, {.dim = 64, .hidden = 76});
}  // 76 is no multiple of 32

/// Keys that change the arithmetic are read.
void keys(Trial& trial) {
    Subject subject = make_subject({}, 602);
    subject.rope_base = 500.0F;
    subject.epsilon = 0.25F;
    const Gguf file = gguf_of(subject, Encoding::f32, 603);
    load(trial, file.bytes(), {});
    expect_logits(trial, subject, random_tokens(trial, subject.shape, 12));
}

struct Row {
    const char* id;
    const char* what;
    const char* requirement;
    void (*spoil)(Gguf&);
};
const std::vector<Row> rows{
    {"wrong-magic", "a file that begins with GGUX", "INF-GGUF-003",
     [](Gguf& f) {
         f.magic = "GGUX";
     }},
    {"version-1", "a GGUF file of version 1", "INF-GGUF-003",
     [](Gguf& f) {
         f.version = 1;
     }},
    {"version-9", "a GGUF file of version 9", "INF-GGUF-003",
     [](Gguf& f) {
         f.version = 9;
     }},
    {"key-twice", "a key that stands twice", "INF-GGUF-004",
     [](Gguf& f) {
         f.metadata.emplace_back("llama.block_count", gguf_u32(2));
     }},
    {"tensor-twice", "a tensor that stands twice", "INF-GGUF-004",
     [](Gguf& f) {
         f.tensors.push_back(f.tensors.back());
     }},
    {"offset-misaligned", "a tensor at an offset that is not aligned", "INF-GGUF-005",
     [](Gguf& f) {
         f.tensors.back().offset = 4;
     }},
    {"tensors-overlap", "two tensors that share bytes", "INF-GGUF-005",
     [](Gguf& f) {
         f.tensors.back().offset = 0;
     }},
    {"tensor-beyond-end", "a tensor that ends behind the file", "INF-GGUF-005",
     [](Gguf& f) {
         f.tensors.back().offset = std::uint64_t{1} << 40;
     }},
    {"size-overflows", "a tensor whose size overflows 64 bits", "INF-GGUF-005",
     [](Gguf& f) {
         f.tensors.back().dims = {std::uint64_t{1} << 32, std::uint64_t{1} << 32};
     }},
    {"block-does-not-fit", "blocks of 32 in rows of 88", "INF-GGUF-006",
     [](Gguf& f) {
         f.tensor("blk.0.ffn_down.weight").type = 8;
     }},
    {"unknown-encoding", "a tensor of an unknown type", "INF-GGUF-006",
     [](Gguf& f) {
         f.tensor("blk.0.attn_q.weight").type = 99;
     }},
    {"wrong-form", "a matrix of the wrong form", "INF-GGUF-006",
     [](Gguf& f) {
         std::swap(f.tensor("blk.0.ffn_up.weight").dims[0], f.tensor("blk.0.ffn_up.weight").dims[1]);
     }},
    {"missing-tensor", "a file without one of its matrices", "INF-GGUF-006",
     [](Gguf& f) {
         f.tensors.pop_back();
     }},
    {"missing-key", "a file that does not say its number of layers", "INF-GGUF-004",
     [](Gguf& f) {
         f.erase("llama.block_count");
     }},
    {"no-epsilon", "a file that does not say its epsilon", "INF-GGUF-004",
     [](Gguf& f) {
         f.erase("llama.attention.layer_norm_rms_epsilon");
     }},
    {"other-architecture", "a file of another architecture", "INF-GGUF-007",
     [](Gguf& f) {
         f.set("general.architecture", gguf_text("gpt2"));
     }},
    {"scaled-rope", "a file with scaled positions", "INF-GGUF-007",
     [](Gguf& f) {
         f.set("llama.rope.scaling.type", gguf_text("linear"));
     }},
    {"string-too-long", "a text that is longer than the file", "INF-GGUF-005",
     [](Gguf& f) {
         Bytes v = gguf_text("x");
         v[4] = 0xFF;
         v[11] = 0xFF;
         f.set("general.name", v);
     }},
};

void refuse(Trial& trial, const Row& row) {
    Subject subject = make_subject({}, 604);
    Gguf file = gguf_of(subject, Encoding::f32, 605);
    load(trial, file.bytes(), {});
    const InferenceRequest request{.prompt = as_prompt("ab"), .steps = 6};
    expect_choices(trial, subject, request, answer(trial, request));
    row.spoil(file);
    expect_refused(trial, file.bytes(), tokenizer_of(words_of(300)), row.what);
}

}  // namespace gguf_topic

std::vector<Case> gguf_cases() {
    using namespace gguf_topic;
    const auto row = [](const char* id, const char* title, std::vector<std::string> requirements,
                        void (*run)(Trial&)) {
        return Case{id, title, std::move(requirements), {"gguf", "logits"}, {"gguf"}, {}, run};
    };
    std::vector<Case> out{
        row("inference.gguf.f32", "A GGUF file in binary32 gives the logits of its weights", {"INF-GGUF-001"},
            f32),
        row("inference.gguf.f16", "A GGUF file in binary16 gives the logits of its weights", {"INF-GGUF-001"},
            f16),
        row("inference.gguf.q8-0", "Blocks of 8 bits give the logits of what they decode to",
            {"INF-GGUF-002"}, q8_0),
        row("inference.gguf.q4-0", "Blocks of 4 bits give the logits of what they decode to",
            {"INF-GGUF-002"}, q4_0),
        row("inference.gguf.mixed", "Tensors of one file may be encoded differently",
            {"INF-GGUF-001", "INF-GGUF-002"}, mixed),
        row("inference.gguf.keys", "Epsilon and the base of the angles are those of the file",
            {"INF-GGUF-008"}, keys),
    };
    for (const Row& r : rows)
        out.push_back({fmt::format("inference.gguf.{}", r.id),
                       fmt::format("Refused: {}", r.what),
                       {r.requirement},
                       {"gguf"},
                       {"gguf", "negative"},
                       {},
                       [r](Trial& trial) {
                           refuse(trial, r);
                       }});
    return out;
}

}  // namespace assay::conformance::inference
