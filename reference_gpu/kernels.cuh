// The kernels of one decoding step, written once: nvcc compiles them for a GPU, g++ for the fibers of
// fibers.hpp. Sums have the shape of operators.hpp: one warp is the 32 partial sums. Rows are spread over the
// warps of the grid, so that no result depends on the size of the grid.
#pragma once
#include <cstddef>

#include "reference_gpu/arithmetic.hpp"
#include "reference_gpu/dialect.hpp"

namespace assay::reference_gpu {
inline namespace GPU_DIALECT {

/// What a step works on; all pointers are device memory.
struct Decoder {
    unsigned dim, hidden, layers, heads, kv_heads, head_size, vocabulary, positions;
    float epsilon;
    // Weights; those per layer one layer after the other.
    const float *embedding, *attention_norm, *wq, *wk, *wv, *wo, *ffn_norm, *w1, *w2, *w3, *final_norm,
        *classifier;
    const float *cosines, *sines;  // [positions][head_size / 2]
    float *x, *q, *o, *gate;       // activations: dim, dim, dim, hidden
    float *keys, *values;          // [layers][kv_heads][positions][head_size]
    float* scores;                 // [heads][positions]
    float* logits;                 // vocabulary
    const unsigned* cursor;        // token, position: read on the device, so that a step may be a fixed graph
};

namespace {

__device__ inline unsigned lane() { return threadIdx.x % partials; }
/// Number of this warp in the grid, and how many there are.
__device__ inline unsigned warp() { return (blockIdx.x * blockDim.x + threadIdx.x) / partials; }
__device__ inline unsigned warps() { return gridDim.x * blockDim.x / partials; }

/// The folded sum, in every lane.
__device__ inline float warp_sum(float partial) {
    for (unsigned mask = partials / 2; mask > 0; mask /= 2) partial += shuffle_xor(partial, mask);
    return partial;
}
__device__ inline float warp_max(float value) {
    for (unsigned mask = partials / 2; mask > 0; mask /= 2) {
        const float other = shuffle_xor(value, mask);
        value = other > value ? other : value;
    }
    return value;
}

/// Row times x, by one warp.
__device__ inline float row_dot(const float* row, const float* x, unsigned n) {
    float partial = 0.0F;
    GPU_UNROLL(8)
    for (unsigned i = lane(); i < n; i += partials) partial = fused(row[i], x[i], partial);
    return warp_sum(partial);
}

/// The same sum by one thread.
__device__ inline float thread_dot(const float* row, const float* x, unsigned n) {
    float partial[partials];
    GPU_UNROLL(32)
    for (unsigned l = 0; l < partials; ++l) partial[l] = 0.0F;
    for (unsigned first = 0; first < n; first += partials) {
        GPU_UNROLL(32)
        for (unsigned l = 0; l < partials; ++l)
            if (first + l < n) partial[l] = fused(row[first + l], x[first + l], partial[l]);
    }
    GPU_UNROLL(5)
    for (unsigned mask = partials / 2; mask > 0; mask /= 2) {
        GPU_UNROLL(16)
        for (unsigned l = 0; l < mask; ++l) partial[l] += partial[l + mask];
    }
    return partial[0];
}

/// Puts the normalised x into `out` in shared memory; every warp finds the scale for itself.
__device__ inline void normalise(const float* x, const float* weight, unsigned n, float epsilon, float* out) {
    const float scale = norm_scale(row_dot(x, x, n), n, epsilon);
    for (unsigned i = threadIdx.x; i < n; i += blockDim.x) out[i] = normalised(x[i], scale, weight[i]);
    __syncthreads();
}

}  // namespace

__global__ inline void embed_kernel(Decoder d) {
    const float* row = d.embedding + static_cast<std::size_t>(d.cursor[0]) * d.dim;
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < d.dim; i += gridDim.x * blockDim.x)
        d.x[i] = row[i];
}

/// Norm, q, k and v with RoPE, into q and the cache: each warp takes pairs of rows, which RoPE turns
/// together.
__global__ inline void qkv_kernel(Decoder d, unsigned layer) {
    GPU_DYNAMIC_SHARED(float, h);
    normalise(d.x, d.attention_norm + static_cast<std::size_t>(layer) * d.dim, d.dim, d.epsilon, h);
    const unsigned kv_dim = d.kv_heads * d.head_size;
    const unsigned position = d.cursor[1];
    for (unsigned pair = warp(); pair < d.dim / 2 + kv_dim; pair += warps()) {
        const bool is_q = pair < d.dim / 2;
        const bool is_k = !is_q && pair < d.dim / 2 + kv_dim / 2;
        const unsigned row = 2 * (is_q ? pair : is_k ? pair - d.dim / 2 : pair - d.dim / 2 - kv_dim / 2);
        const float* matrix = is_q ? d.wq : is_k ? d.wk : d.wv;
        matrix += (static_cast<std::size_t>(layer) * (is_q ? d.dim : kv_dim) + row) * d.dim;
        float a = row_dot(matrix, h, d.dim);
        float b = row_dot(matrix + d.dim, h, d.dim);
        if (lane() != 0) continue;
        const unsigned in_head = row % d.head_size;
        if (is_q || is_k) {
            const std::size_t angle = static_cast<std::size_t>(position) * (d.head_size / 2) + in_head / 2;
            const float first = rotated_first(a, b, d.cosines[angle], d.sines[angle]);
            b = rotated_second(a, b, d.cosines[angle], d.sines[angle]);
            a = first;
        }
        const std::size_t head = static_cast<std::size_t>(layer) * d.kv_heads + row / d.head_size;
        float* out =
            is_q ? d.q + row
                 : (is_k ? d.keys : d.values) + (head * d.positions + position) * d.head_size + in_head;
        out[0] = a;
        out[1] = b;
    }
}

/// Attention of one head per block.
__global__ inline void attention_kernel(Decoder d, unsigned layer) {
    const unsigned count = d.cursor[1] + 1;
    for (unsigned head = blockIdx.x; head < d.heads; head += gridDim.x) {
        const std::size_t kv_head =
            static_cast<std::size_t>(layer) * d.kv_heads + head / (d.heads / d.kv_heads);
        const float* keys = d.keys + kv_head * d.positions * d.head_size;
        const float* values = d.values + kv_head * d.positions * d.head_size;
        const float* q = d.q + head * d.head_size;
        float* weights = d.scores + static_cast<std::size_t>(head) * d.positions;
        for (unsigned t = threadIdx.x; t < count; t += blockDim.x)
            weights[t] = score(thread_dot(keys + static_cast<std::size_t>(t) * d.head_size, q, d.head_size),
                               d.head_size);
        __syncthreads();
        float max = -infinity();
        for (unsigned t = lane(); t < count; t += partials) max = weights[t] > max ? weights[t] : max;
        max = warp_max(max);
        __syncthreads();
        for (unsigned t = threadIdx.x; t < count; t += blockDim.x) weights[t] = exponential(weights[t] - max);
        __syncthreads();
        float partial = 0.0F;
        for (unsigned t = lane(); t < count; t += partials) partial += weights[t];
        const float sum = warp_sum(partial);
        __syncthreads();
        for (unsigned t = threadIdx.x; t < count; t += blockDim.x) weights[t] /= sum;
        __syncthreads();
        for (unsigned i = threadIdx.x; i < d.head_size; i += blockDim.x) {
            float out = 0.0F;
            for (unsigned t = 0; t < count; ++t)
                out = fused(weights[t], values[static_cast<std::size_t>(t) * d.head_size + i], out);
            d.o[head * d.head_size + i] = out;
        }
    }
}

/// x += matrix in: `matrix` is dim x columns.
__global__ inline void residual_kernel(Decoder d, const float* matrix, const float* in, unsigned columns) {
    for (unsigned row = warp(); row < d.dim; row += warps()) {
        const float product = row_dot(matrix + static_cast<std::size_t>(row) * columns, in, columns);
        if (lane() == 0) d.x[row] += product;
    }
}

/// Norm, both upper matrices of the feed-forward part and SwiGLU, into `gate`.
__global__ inline void gate_kernel(Decoder d, unsigned layer) {
    GPU_DYNAMIC_SHARED(float, h);
    normalise(d.x, d.ffn_norm + static_cast<std::size_t>(layer) * d.dim, d.dim, d.epsilon, h);
    for (unsigned row = warp(); row < d.hidden; row += warps()) {
        const std::size_t at = (static_cast<std::size_t>(layer) * d.hidden + row) * d.dim;
        const float g = row_dot(d.w1 + at, h, d.dim);
        const float u = row_dot(d.w3 + at, h, d.dim);
        if (lane() == 0) d.gate[row] = gated(g, u);
    }
}

__global__ inline void classify_kernel(Decoder d) {
    GPU_DYNAMIC_SHARED(float, h);
    normalise(d.x, d.final_norm, d.dim, d.epsilon, h);
    for (unsigned row = warp(); row < d.vocabulary; row += warps()) {
        const float logit = row_dot(d.classifier + static_cast<std::size_t>(row) * d.dim, h, d.dim);
        if (lane() == 0) d.logits[row] = logit;
    }
}

/// One step as a sequence of launches: `launch(kernel, work, shared bytes, arguments...)`, where `work` is
/// the number of blocks' worth of warps that have something to do.
template <class Launch>
void decode_step(const Decoder& d, unsigned warps_per_block, const Launch& launch) {
    const auto blocks = [&](unsigned rows) {
        return (rows + warps_per_block - 1) / warps_per_block;
    };
    const std::size_t norm = d.dim * sizeof(float);
    launch(embed_kernel, 1U, std::size_t{0}, d);
    for (unsigned layer = 0; layer < d.layers; ++layer) {
        const std::size_t l = layer;
        launch(qkv_kernel, blocks(d.dim / 2 + d.kv_heads * d.head_size), norm, d, layer);
        launch(attention_kernel, d.heads, std::size_t{0}, d, layer);
        launch(residual_kernel, blocks(d.dim), std::size_t{0}, d, d.wo + l * d.dim * d.dim,
               static_cast<const float*>(d.o), d.dim);
        launch(gate_kernel, blocks(d.hidden), norm, d, layer);
        launch(residual_kernel, blocks(d.dim), std::size_t{0}, d, d.w2 + l * d.dim * d.hidden,
               static_cast<const float*>(d.gate), d.hidden);
    }
    launch(classify_kernel, blocks(d.vocabulary), norm, d);
}

}  // namespace GPU_DIALECT
}  // namespace assay::reference_gpu
