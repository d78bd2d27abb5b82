// The CUDA dialect of kernels.cuh on a CPU: a block is one OS thread, a CUDA thread is a fiber that runs
// until it meets a barrier or returns. No lockstep: what relies on an implicit one fails here, as it may on a
// GPU.
//
// Threads of a block, and blocks of a grid, run forward, reversed or shuffled by a seed: all as far as the
// next barrier of any kind, or one warp ahead of the others as far as the next barrier of the block. A kernel
// without races gives the same bits under every schedule; a missing barrier shows as a difference in some.
// Barriers that not all living threads reach, and shuffles with a thread that has returned, are a
// std::logic_error. Shared memory begins as NaN.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>

namespace assay::reference_gpu::fibers {

struct dim3 {
    unsigned x = 1, y = 1, z = 1;
};

enum class Order : std::uint8_t { forward, reversed, shuffled };
struct Schedule {
    Order order = Order::forward;
    std::uint64_t seed = 1;   // for shuffled
    bool warp_ahead = false;  // a warp after the other, each until it meets a barrier of the block or ends
};

/// Runs `kernel` once as every thread of the grid. Blocks have at most 1024 threads.
void launch(const Schedule& schedule, dim3 grid, dim3 block, std::size_t shared_bytes,
            const std::function<void()>& kernel);

/// Wipes and frees the stacks that this OS thread keeps: kernels leave values on them. Not inside launch().
void forget();

// For kernels only: inside launch().
const dim3& thread_index();
const dim3& block_index();
const dim3& block_dim();
const dim3& grid_dim();
void sync_threads();
void sync_warp();
/// What lane `lane ^ mask` of the same warp gives for `value`.
float shuffle_xor(float value, unsigned mask);
/// The block's dynamic shared memory.
void* dynamic_shared();
/// `bytes` of the block's shared memory, the same for all its threads that give the same `key`.
void* static_shared(const void* key, std::size_t bytes);

}  // namespace assay::reference_gpu::fibers
