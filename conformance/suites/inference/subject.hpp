// Models of the suite's own: shapes, weights from a seed, and the files that carry them. Nothing here is
// shared with an engine under test.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/bytes.hpp"

namespace assay::conformance::inference {

struct Shape {
    std::uint32_t dim = 32, hidden = 88, layers = 2, heads = 4, kv_heads = 2, vocabulary = 300,
                  positions = 48;
    bool shared_classifier = true;
};

/// Weights in the order of a checkpoint of version 0; those per layer one layer after the other.
enum Part : std::size_t { embedding, att_norm, wq, wk, wv, wo, ffn_norm, w1, w2, w3, final_norm, classifier };

struct Subject {
    Shape shape;
    std::array<std::vector<float>, 12> parts;
    float epsilon = 1e-5F;
    float rope_base = 10'000.0F;

    std::uint32_t head_size() const { return shape.dim / shape.heads; }
    std::uint32_t kv_dim() const { return head_size() * shape.kv_heads; }
    /// Rows and columns of one matrix of that kind.
    std::pair<std::size_t, std::size_t> form(std::size_t part) const;
};

/// Weights that keep activations near 1, so that logits differ by more than rounding.
Subject make_subject(const Shape& shape, std::uint32_t seed);

/// llama2.c checkpoint, version 0 or 1.
Bytes checkpoint_of(const Subject& subject, unsigned version = 0);

/// A vocabulary for any model with at least 300 tokens: specials, bytes, and pieces of letters.
struct Words {
    std::vector<std::pair<std::string, float>> entries;
};
Words words_of(std::uint32_t vocabulary);
/// llama2.c tokenizer file.
Bytes tokenizer_of(const Words& words);
/// Tokens of a text, as the file format says: look at all neighbours, join the best pair, begin again.
std::vector<std::uint32_t> encoded(const Words& words, std::string_view text);

}  // namespace assay::conformance::inference
