// Sums of products in their one shape, on the widest vector unit that this processor has.
#pragma once
#include <cstddef>
#include <cstdint>

namespace assay::reference_gpu {

enum class Unit : std::uint8_t { scalar, avx2, avx512 };

/// The widest that the processor and this build have.
Unit best_unit();

/// The kernels of one vector unit; all units give the same bits.
struct UnitKernels {
    /// out[r] = row r of `matrix` (rows x columns, row-major) times x.
    void (*rows)(const float* matrix, std::size_t rows, std::size_t columns, const float* x, float* out);
    /// out[d] = sum over t of weights[t] * values[t * n + d], sequentially in t.
    void (*weighted)(const float* weights, std::size_t count, const float* values, std::size_t n, float* out);
    void (*swiglu)(const float* gate, const float* up, std::size_t n, float* out);
    /// x[i] = e^(x[i] - max); returns their sum.
    float (*exponentials)(float* x, std::size_t n, float max);
};
const UnitKernels& kernels(Unit unit);
/// Those of best_unit().
const UnitKernels& kernels();

/// partial[l] += partial[l ^ m] for m = 16, 8, 4, 2, 1.
float fold(const float* partial);

}  // namespace assay::reference_gpu
