// The words of CUDA that kernels use, for nvcc and for fibers on a CPU.
#pragma once

#define GPU_TEXT(words) #words
#define GPU_PRAGMA(words) _Pragma(GPU_TEXT(words))

#ifdef __CUDACC__
#define GPU_DIALECT on_device  // two compilers make two different things of one kernel's name
#define GPU_UNROLL(n) GPU_PRAGMA(unroll n)
#define GPU_DYNAMIC_SHARED(type, name) extern __shared__ type name[]
#define GPU_SHARED(type, name, count) __shared__ type name[count]

namespace assay::reference_gpu {
__device__ inline float shuffle_xor(float value, unsigned mask) {
    return __shfl_xor_sync(0xFFFFFFFFU, value, static_cast<int>(mask));
}
}  // namespace assay::reference_gpu
#else
#include "reference_gpu/fibers.hpp"

#define __global__
#define __device__
#define threadIdx (::assay::reference_gpu::fibers::thread_index())
#define blockIdx (::assay::reference_gpu::fibers::block_index())
#define blockDim (::assay::reference_gpu::fibers::block_dim())
#define gridDim (::assay::reference_gpu::fibers::grid_dim())
#define __syncthreads ::assay::reference_gpu::fibers::sync_threads
#define __syncwarp ::assay::reference_gpu::fibers::sync_warp
#define GPU_DIALECT on_fibers
#ifdef __clang__
#define GPU_UNROLL(n) GPU_PRAGMA(unroll n)
#else
#define GPU_UNROLL(n) GPU_PRAGMA(GCC unroll n)
#endif
#define GPU_DYNAMIC_SHARED(type, name) \
    type* const name = static_cast<type*>(::assay::reference_gpu::fibers::dynamic_shared())
#define GPU_SHARED(type, name, count)      \
    static const char name##_key = 0;      \
    type* const name = static_cast<type*>( \
        ::assay::reference_gpu::fibers::static_shared(&name##_key, sizeof(type) * (count)))

namespace assay::reference_gpu {
inline float shuffle_xor(float value, unsigned mask) { return fibers::shuffle_xor(value, mask); }
}  // namespace assay::reference_gpu
#endif
