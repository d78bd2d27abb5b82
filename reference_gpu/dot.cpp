// See dot.hpp. The vector forms keep the 32 partial sums in two (AVX-512) or four (AVX2) registers.
#include "reference_gpu/dot.hpp"

#include <array>

#include "reference_gpu/arithmetic.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#define ASSAY_AVX2 [[gnu::target("avx2,fma")]]
#define ASSAY_AVX512 [[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]]
#endif

namespace assay::reference_gpu {
namespace {

// Bodies without a vector unit of their own: inlined into functions of each target, the compiler vectorises
// them there; without one, fused multiply-add is a call of the C library, which is correctly rounded.

[[gnu::always_inline]] inline void weighted_body(const float* weights, std::size_t count, const float* values,
                                                 std::size_t n, float* __restrict out) {
    for (std::size_t d = 0; d < n; ++d) out[d] = 0.0F;
    for (std::size_t t = 0; t < count; ++t, values += n)
        for (std::size_t d = 0; d < n; ++d) out[d] = fused(weights[t], values[d], out[d]);
}

[[gnu::always_inline]] inline void swiglu_body(const float* gate, const float* up, std::size_t n,
                                               float* out) {
    for (std::size_t i = 0; i < n; ++i) out[i] = gated(gate[i], up[i]);
}

[[gnu::always_inline]] inline float exponentials_body(float* x, std::size_t n, float max) {
    alignas(64) std::array<float, partials> sum{};
    for (std::size_t i = 0; i < n; ++i) x[i] = exponential(x[i] - max);
    std::size_t i = 0;
    for (; i + partials <= n; i += partials)
        for (std::size_t l = 0; l < partials; ++l) sum[l] += x[i + l];
    for (std::size_t l = 0; i < n; ++i, ++l) sum[l] += x[i];
    return fold(sum.data());
}

void rows_scalar(const float* matrix, std::size_t rows, std::size_t columns, const float* x, float* out) {
    for (std::size_t r = 0; r < rows; ++r, matrix += columns) {
        std::array<float, partials> sum{};
        for (std::size_t i = 0; i < columns; ++i)
            sum[i % partials] = fused(matrix[i], x[i], sum[i % partials]);
        out[r] = fold(sum.data());
    }
}
void weighted_scalar(const float* weights, std::size_t count, const float* values, std::size_t n,
                     float* out) {
    weighted_body(weights, count, values, n, out);
}
void swiglu_scalar(const float* gate, const float* up, std::size_t n, float* out) {
    swiglu_body(gate, up, n, out);
}
float exponentials_scalar(float* x, std::size_t n, float max) { return exponentials_body(x, n, max); }

constexpr UnitKernels scalar_kernels{rows_scalar, weighted_scalar, swiglu_scalar, exponentials_scalar};

#if defined(__x86_64__)

/// fold() from p[l] + p[l + 16] for l = 0 .. 7 and 8 .. 15.
ASSAY_AVX2 [[gnu::always_inline]] inline float fold_halves(__m256 low, __m256 high) {
    const __m256 eight = _mm256_add_ps(low, high);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

ASSAY_AVX2 void rows_avx2(const float* matrix, std::size_t rows, std::size_t columns, const float* x,
                          float* out) {
    const std::size_t whole = columns / partials * partials;
    for (std::size_t r = 0; r < rows; ++r, matrix += columns) {
        __m256 a = _mm256_setzero_ps();
        __m256 b = a;
        __m256 c = a;
        __m256 d = a;
        for (std::size_t i = 0; i < whole; i += partials) {
            a = _mm256_fmadd_ps(_mm256_loadu_ps(matrix + i), _mm256_loadu_ps(x + i), a);
            b = _mm256_fmadd_ps(_mm256_loadu_ps(matrix + i + 8), _mm256_loadu_ps(x + i + 8), b);
            c = _mm256_fmadd_ps(_mm256_loadu_ps(matrix + i + 16), _mm256_loadu_ps(x + i + 16), c);
            d = _mm256_fmadd_ps(_mm256_loadu_ps(matrix + i + 24), _mm256_loadu_ps(x + i + 24), d);
        }
        if (whole != columns) {
            alignas(32) std::array<float, partials> sum;
            _mm256_store_ps(sum.data(), a);
            _mm256_store_ps(sum.data() + 8, b);
            _mm256_store_ps(sum.data() + 16, c);
            _mm256_store_ps(sum.data() + 24, d);
            for (std::size_t i = whole; i < columns; ++i)
                sum[i - whole] = fused(matrix[i], x[i], sum[i - whole]);
            a = _mm256_load_ps(sum.data());
            b = _mm256_load_ps(sum.data() + 8);
            c = _mm256_load_ps(sum.data() + 16);
            d = _mm256_load_ps(sum.data() + 24);
        }
        out[r] = fold_halves(_mm256_add_ps(a, c), _mm256_add_ps(b, d));
    }
}
ASSAY_AVX2 void weighted_avx2(const float* weights, std::size_t count, const float* values, std::size_t n,
                              float* out) {
    weighted_body(weights, count, values, n, out);
}
ASSAY_AVX2 void swiglu_avx2(const float* gate, const float* up, std::size_t n, float* out) {
    swiglu_body(gate, up, n, out);
}
ASSAY_AVX2 float exponentials_avx2(float* x, std::size_t n, float max) {
    return exponentials_body(x, n, max);
}

constexpr UnitKernels avx2_kernels{rows_avx2, weighted_avx2, swiglu_avx2, exponentials_avx2};

ASSAY_AVX512 [[gnu::always_inline]] inline float fold_pair(__m512 low, __m512 high) {
    const __m512 sum = _mm512_add_ps(low, high);
    return fold_halves(_mm512_castps512_ps256(sum), _mm512_extractf32x8_ps(sum, 1));
}

/// `count` rows at once share each load of x and keep as many streams of weights in flight.
template <std::size_t count>
ASSAY_AVX512 [[gnu::always_inline]] inline void some_rows(const float* matrix, std::size_t columns,
                                                          const float* x, float* out) {
    __m512 low[count];
    __m512 high[count];
    for (std::size_t r = 0; r < count; ++r) low[r] = high[r] = _mm512_setzero_ps();
    std::size_t i = 0;
    for (; i + partials <= columns; i += partials) {
        const __m512 xl = _mm512_loadu_ps(x + i);
        const __m512 xh = _mm512_loadu_ps(x + i + 16);
        for (std::size_t r = 0; r < count; ++r) {
            low[r] = _mm512_fmadd_ps(_mm512_loadu_ps(matrix + r * columns + i), xl, low[r]);
            high[r] = _mm512_fmadd_ps(_mm512_loadu_ps(matrix + r * columns + i + 16), xh, high[r]);
        }
    }
    if (const std::size_t rest = columns - i; rest != 0) {
        // Lanes without an element keep their sum: adding 0 * 0 would turn -0 into 0.
        const std::uint32_t mask = (std::uint32_t{1} << rest) - 1;
        const auto ml = static_cast<__mmask16>(mask);
        const auto mh = static_cast<__mmask16>(mask >> 16);
        const __m512 xl = _mm512_maskz_loadu_ps(ml, x + i);
        const __m512 xh = _mm512_maskz_loadu_ps(mh, x + i + 16);
        for (std::size_t r = 0; r < count; ++r) {
            low[r] =
                _mm512_mask3_fmadd_ps(_mm512_maskz_loadu_ps(ml, matrix + r * columns + i), xl, low[r], ml);
            high[r] = _mm512_mask3_fmadd_ps(_mm512_maskz_loadu_ps(mh, matrix + r * columns + i + 16), xh,
                                            high[r], mh);
        }
    }
    for (std::size_t r = 0; r < count; ++r) out[r] = fold_pair(low[r], high[r]);
}

ASSAY_AVX512 void rows_avx512(const float* matrix, std::size_t rows, std::size_t columns, const float* x,
                              float* out) {
    std::size_t r = 0;
    for (; r + 4 <= rows; r += 4) some_rows<4>(matrix + r * columns, columns, x, out + r);
    for (; r < rows; ++r) some_rows<1>(matrix + r * columns, columns, x, out + r);
}
ASSAY_AVX512 void weighted_avx512(const float* weights, std::size_t count, const float* values, std::size_t n,
                                  float* out) {
    weighted_body(weights, count, values, n, out);
}
ASSAY_AVX512 void swiglu_avx512(const float* gate, const float* up, std::size_t n, float* out) {
    swiglu_body(gate, up, n, out);
}
ASSAY_AVX512 float exponentials_avx512(float* x, std::size_t n, float max) {
    return exponentials_body(x, n, max);
}

constexpr UnitKernels avx512_kernels{rows_avx512, weighted_avx512, swiglu_avx512, exponentials_avx512};
#endif

}  // namespace

float fold(const float* partial) {
    std::array<float, partials> sum;
    for (std::size_t l = 0; l < partials; ++l) sum[l] = partial[l];
    for (std::size_t m = partials / 2; m > 0; m /= 2)
        for (std::size_t l = 0; l < m; ++l) sum[l] += sum[l + m];  // partial l ^ m, for the lanes that matter
    return sum[0];
}

Unit best_unit() {
#if defined(__x86_64__)
    static const Unit best = [] {
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma"))
            return Unit::avx512;
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? Unit::avx2 : Unit::scalar;
    }();
    return best;
#else
    return Unit::scalar;
#endif
}

const UnitKernels& kernels(Unit unit) {
#if defined(__x86_64__)
    if (unit == Unit::avx512) return avx512_kernels;
    if (unit == Unit::avx2) return avx2_kernels;
#endif
    (void)unit;
    return scalar_kernels;
}

const UnitKernels& kernels() {
    static const UnitKernels& best = kernels(best_unit());
    return best;
}

}  // namespace assay::reference_gpu
