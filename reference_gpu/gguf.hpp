// GGUF version 3 (ggml-org/ggml, docs/gguf.md): a "llama" model with F32, F16, Q8_0 or Q4_0 tensors, and its
// tokenizer.
#pragma once
#include "reference_gpu/tokenizer.hpp"

namespace assay::reference_gpu {

struct GgufModel {
    Model model;  // all weights as binary32
    Tokenizer tokenizer;
};

/// True when the file begins with "GGUF".
bool is_gguf(ByteView file);

/// The strict reading: unknown types of used tensors, scaled RoPE, mixtures of experts, duplicate names,
/// overlapping or misaligned tensors, bytes that belong to nothing: each refused with its place.
Result<GgufModel, LoadError> load_gguf(ByteView file);

}  // namespace assay::reference_gpu
