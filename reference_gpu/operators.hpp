// The operators of a Llama-architecture decoder on spans that the caller owns: no allocation, no state, and
// the same bits as every other path of the reference (CUDA, fibers, vector units).
//
//     Weights w{config, all};                                         // model.hpp; `all` may lie in modelled
//     memory embedding_row(w(Tensor::embedding), token, x); for (unsigned layer = 0; layer < config.layers;
//     ++layer) {
//         rmsnorm(x, w(Tensor::attention_norm, layer), config.epsilon, h);
//         matmul(w(Tensor::wq, layer), h, q);
//         matmul(w(Tensor::wk, layer), h, k);
//         matmul(w(Tensor::wv, layer), h, v);
//         rope(q, config.head_size(), cosines, sines);                // the rows of `position` in the RoPE
//         tables rope(k, config.head_size(), cosines, sines); cache_row(k, shape, position, keys_of_layer);
//         cache_row(v, shape, position, values_of_layer);
//         attention(q, keys_of_layer, values_of_layer, shape, position, scores, o);
//         matmul(w(Tensor::wo, layer), o, h);
//         add(x, h);
//         rmsnorm(x, w(Tensor::ffn_norm, layer), config.epsilon, h);
//         matmul(w(Tensor::w1, layer), h, gate);
//         matmul(w(Tensor::w3, layer), h, up);
//         swiglu(gate, up, gate);
//         matmul(w(Tensor::w2, layer), gate, h);
//         add(x, h);
//     }
//     rmsnorm(x, w(Tensor::final_norm), config.epsilon, h);
//     matmul(w(Tensor::classifier), h, logits);
//     const Token next = argmax(logits);
//
// Sizes that do not fit together are a fault of the caller: std::logic_error, before anything is written.
// A sum of products has one shape: element i goes to partial sum i mod 32 by fused multiply-add in increasing
// i from 0.0f; then partial[l] += partial[l ^ m] for m = 16, 8, 4, 2, 1.
#pragma once
#include "reference_gpu/memory.hpp"

namespace assay::reference_gpu {

/// Row `token` of `table`, whose rows are as long as `out`.
void embedding_row(FloatView table, Token token, Floats out);

/// out[i] = weight[i] * (x[i] / sqrt(mean of squares + epsilon)). `out` may be `x`.
void rmsnorm(FloatView x, FloatView weight, float epsilon, Floats out);

/// out = matrix x: out.size() rows of x.size() columns, row-major. `out` overlaps neither.
void matmul(FloatView matrix, FloatView x, Floats out);

/// Cosines and sines of all angles: entry [position][pair j] of position * base^(-2j / head_size), computed
/// in double precision. Both spans hold positions * head_size / 2; the number of positions follows from their
/// size.
void rope_tables(unsigned head_size, float base, Floats cosines, Floats sines);

/// Turns the interleaved pairs (2j, 2j + 1) of each head in `heads` by the angles of one position:
/// head_size / 2 cosines and sines.
void rope(Floats heads, unsigned head_size, FloatView cosines, FloatView sines);

/// The shape of attention and of the cache of one layer: [kv_heads][positions][head_size], for keys and for
/// values.
struct AttentionShape {
    unsigned heads = 0, kv_heads = 0, head_size = 0;
    unsigned positions = 0;  // that the cache has room for
    std::size_t cache_size() const { return std::size_t{kv_heads} * positions * head_size; }
    std::size_t score_size() const { return std::size_t{heads} * positions; }
};

/// Puts a key or value (kv_heads * head_size) at `position` of the cache of its layer.
void cache_row(FloatView row, const AttentionShape& shape, unsigned position, Floats cache);

/// Attention of the query `q` (heads * head_size) over positions 0 .. `position` of the cache. `scores` is
/// scratch, and holds a user's data afterwards: [heads][positions]. `out` is as long as `q` and overlaps
/// nothing.
void attention(FloatView q, FloatView keys, FloatView values, const AttentionShape& shape, unsigned position,
               Floats scores, Floats out);

/// out[i] = gate[i] / (1 + e^-gate[i]) * up[i]. `out` may be `gate` or `up`.
void swiglu(FloatView gate, FloatView up, Floats out);

/// x += y.
void add(Floats x, FloatView y);

/// In place: e^(x - max) over their sum (sum shape as above).
void softmax(Floats x);

/// The first of the largest; NaN is never the largest, and of nothing but NaN and -infinity the answer is 0.
Token argmax(FloatView logits);

}  // namespace assay::reference_gpu
