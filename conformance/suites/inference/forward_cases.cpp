// The forward pass: every logit against double precision, over shapes that tell mistakes apart.
#include "conformance/suites/inference/cases.hpp"
#include "conformance/suites/inference/observe.hpp"

namespace assay::conformance::inference {
namespace forward_topic {

struct Row {
    const char* id;
    const char* title;
    std::vector<std::string> requirements;
    Shape shape;
    std::size_t tokens;
    void (*change)(Subject&) = nullptr;
};

void scale(Subject& s, std::size_t part, float by) {
    for (float& v : s.parts[part]) v *= by;
}
/// Scores of attention up to some hundreds: a softmax that does not subtract the largest overflows.
void steep_attention(Subject& s) {
    scale(s, wq, 8.0F);
    scale(s, wk, 8.0F);
}
/// Gates beyond +-90, where e^-g overflows binary32 or vanishes.
void wide_gates(Subject& s) { scale(s, w1, 60.0F); }
/// An input near zero: the epsilon of the norm decides.
void faint_input(Subject& s) { scale(s, embedding, 1e-3F); }
/// Large final values.
void loud_output(Subject& s) { scale(s, final_norm, 30.0F); }

const std::vector<Row> rows{
    {"inference.forward.shared-classifier",
     "Logits of a model with a shared classifier are those of the definition",
     {"INF-FWD-001", "INF-FWD-002"},
     {},
     24},
    {"inference.forward.own-classifier",
     "A model with a classifier of its own uses it",
     {"INF-FWD-003"},
     {.shared_classifier = false},
     16},
    {"inference.forward.one-head",
     "One head over the whole width gives the logits of the definition",
     {"INF-FWD-001"},
     {.dim = 24, .hidden = 40, .heads = 1, .kv_heads = 1},
     16},
    {"inference.forward.many-heads",
     "As many key heads as query heads give the logits of the definition",
     {"INF-FWD-001"},
     {.heads = 8, .kv_heads = 8},
     16},
    {"inference.forward.one-key-head",
     "All query heads share one key head where the model says so",
     {"INF-FWD-004"},
     {.heads = 8, .kv_heads = 1},
     16},
    {"inference.forward.grouped-heads",
     "Neighbouring query heads share a key head",
     {"INF-FWD-004"},
     {.dim = 48, .heads = 6, .kv_heads = 3},
     16},
    {"inference.forward.odd-sizes",
     "Sizes that no vector unit divides give the logits of the definition",
     {"INF-FWD-001"},
     {.dim = 42, .hidden = 59, .layers = 3, .heads = 7, .kv_heads = 1, .vocabulary = 307},
     16},
    {"inference.forward.one-layer",
     "A model of one layer gives the logits of the definition",
     {"INF-FWD-001"},
     {.layers = 1},
     8},
    {"inference.forward.long-context",
     "Positions far into the context see all tokens before them, at their angles",
     {"INF-FWD-005"},
     {.dim = 16, .hidden = 24, .layers = 1, .positions = 200},
     200},
    {"inference.forward.steep-attention",
     "Large scores of attention do not overflow",
     {"INF-FWD-006"},
     {},
     16,
     steep_attention},
    {"inference.forward.wide-gates",
     "Large gates neither overflow nor vanish",
     {"INF-FWD-006"},
     {},
     12,
     wide_gates},
    {"inference.forward.faint-input", "The epsilon of the norm counts", {"INF-FWD-002"}, {}, 8, faint_input},
    {"inference.forward.loud-output",
     "Large logits keep their precision",
     {"INF-FWD-006"},
     {},
     8,
     loud_output},
};

}  // namespace forward_topic

std::vector<Case> forward_cases() {
    std::vector<Case> out;
    std::uint32_t seed = 100;
    for (const auto& row : forward_topic::rows)
        out.push_back({row.id,
                       row.title,
                       row.requirements,
                       {"logits"},
                       {"arithmetic"},
                       {},
                       [row, seed = ++seed](Trial& trial) {
                           Subject subject = make_subject(row.shape, seed);
                           if (row.change != nullptr) row.change(subject);
                           load(trial, subject);
                           expect_logits(trial, subject, random_tokens(trial, row.shape, row.tokens));
                       }});
    return out;
}

}  // namespace assay::conformance::inference
