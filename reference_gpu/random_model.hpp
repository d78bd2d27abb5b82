// Models and tokenizers of our own: weights from a seed, in any shape, for tests, benchmarks and vectors.
#pragma once
#include "reference_gpu/tokenizer.hpp"

namespace assay::reference_gpu {

/// The same weights for the same shape and seed, on every machine: uniform, of a spread that keeps
/// activations near 1. Rows of specials and bytes in the embedding are small, so that greedy text consists of
/// printable pieces.
Model random_model(const Config& config, std::uint64_t seed);

/// The model as a llama2.c checkpoint of version 0, or 1. RoPE tables of version 0 are zeros: nobody reads
/// them.
Bytes to_checkpoint(const Model& model, unsigned version = 0);

/// A vocabulary of `size` printable pieces behind the specials and bytes: common English groups of letters,
/// single characters, then made-up words. At least min_vocabulary entries.
inline constexpr std::uint32_t min_vocabulary = 400;
std::vector<Tokenizer::Entry> own_vocabulary(std::uint32_t size);

}  // namespace assay::reference_gpu
