// The arithmetic that every path of the reference shares, to the bit: host code and device code compile this
// text. Rules: IEEE-754 binary32 with + - * /, square root and fused multiply-add, each where it is written
// and nowhere else (no contraction); no library exponential; sums in the shape of 32 partial sums (fold in
// operators.hpp).
#pragma once
#include <cstdint>

#ifdef __CUDACC__
#include <math.h>
#define ASSAY_BOTH __host__ __device__ inline
#else
#define ASSAY_BOTH [[gnu::always_inline]] inline
#endif

namespace assay::reference_gpu {

/// Partial sums of every reduction: element i belongs to partial i mod 32, as to the lanes of one warp.
inline constexpr unsigned partials = 32;

#ifdef __CUDACC__
ASSAY_BOTH float fused(float a, float b, float c) { return ::fmaf(a, b, c); }
ASSAY_BOTH float nearest(float x) { return ::rintf(x); }
ASSAY_BOTH float root(float x) { return ::sqrtf(x); }
#else
ASSAY_BOTH float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
ASSAY_BOTH float nearest(float x) { return __builtin_rintf(x); }
ASSAY_BOTH float root(float x) { return __builtin_sqrtf(x); }
#endif

/// 2^k for k in [-126, 127]; infinity for 128.
ASSAY_BOTH float power_of_two(int k) {
    const auto bits = static_cast<std::uint32_t>(k + 127) << 23;
#ifdef __CUDA_ARCH__
    return __uint_as_float(bits);
#else
    return __builtin_bit_cast(float, bits);
#endif
}

ASSAY_BOTH float infinity() { return power_of_two(128); }

/// e^x within 1 ulp on [-87, 88]; 0 below that, e^88 above and for NaN. Cephes' polynomial in Horner form.
ASSAY_BOTH float exponential(float x) {
    const float top = x < 88.0F ? x : 88.0F;  // and NaN, which has no integer
    const float clamped = top < -87.0F ? -87.0F : top;
    const float k = nearest(clamped * 1.44269504088896341F);
    float r = fused(k, -0.693359375F, clamped);
    r = fused(k, 2.12194440e-4F, r);
    float p = 1.9875691500e-4F;
    p = fused(p, r, 1.3981999507e-3F);
    p = fused(p, r, 8.3334519073e-3F);
    p = fused(p, r, 4.1665795894e-2F);
    p = fused(p, r, 1.6666665459e-1F);
    p = fused(p, r, 5.0000001201e-1F);
    const float y = fused(p, r * r, r) + 1.0F;
    // k reaches 127; y is below 2, so that the product stays finite.
    const float e = y * power_of_two(static_cast<int>(k));
    return top < -87.0F ? 0.0F : e;
}

/// SwiGLU of one element: g / (1 + e^-g) * u, in this order of operations.
ASSAY_BOTH float gated(float g, float u) { return g * (1.0F / (1.0F + exponential(-g))) * u; }

/// What a vector is multiplied by in root-mean-square normalisation, from the sum of its `n` squares.
ASSAY_BOTH float norm_scale(float sum_of_squares, unsigned n, float epsilon) {
    return 1.0F / root(sum_of_squares / static_cast<float>(n) + epsilon);
}
ASSAY_BOTH float normalised(float x, float scale, float weight) { return weight * (x * scale); }

/// The pair (a, b) turned by the angle of which cosine and sine are given.
ASSAY_BOTH float rotated_first(float a, float b, float cosine, float sine) {
    return fused(a, cosine, -(b * sine));
}
ASSAY_BOTH float rotated_second(float a, float b, float cosine, float sine) {
    return fused(a, sine, b * cosine);
}

ASSAY_BOTH float score(float product, unsigned head_size) {
    return product / root(static_cast<float>(head_size));
}

}  // namespace assay::reference_gpu
