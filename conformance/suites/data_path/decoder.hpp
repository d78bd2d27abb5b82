// A Llama-architecture decoder in double precision, and models for it: the suite's own answer to every
// request.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/bytes.hpp"

namespace assay::conformance::data_path {

struct Shape {
    std::uint32_t dim = 16, hidden = 24, layers = 2, heads = 4, kv_heads = 2, vocabulary = 272,
                  positions = 48;
    std::uint32_t head_size() const { return dim / heads; }
    std::uint32_t kv_dim() const { return head_size() * kv_heads; }
};

/// Weights in the order of the image: embedding; then of all layers attention norms, wq, wk, wv, wo, FFN
/// norms, w1, w2, w3; final norm. The classifier is the embedding.
struct TinyModel {
    Shape shape;
    std::vector<float> weights;

    /// Header and weights (models/gpu/model_image.hpp).
    Bytes image() const;
    /// What greedy decoding appends to `prompt`: at most `limit` tokens, ended by token 1, which is not
    /// written.
    std::vector<std::uint32_t> continue_greedily(std::span<const std::uint32_t> prompt, unsigned limit) const;
};

/// The same model for the same seed.
TinyModel tiny_model(std::uint64_t seed);

}  // namespace assay::conformance::data_path
