// What every loader checks, whatever its format calls the fields.
#pragma once
#include "reference_gpu/model.hpp"

namespace assay::reference_gpu {

struct ShapeFault {
    enum class Field : std::uint8_t { dim, hidden, layers, heads, kv_heads, vocabulary, positions };
    Field field{};
    LoadError::Kind kind{};
    std::string what;
};

/// The first thing that is wrong with a shape.
std::optional<ShapeFault> shape_fault(const Config& config);

/// Copies little-endian binary32 values; the place of the first one that is not finite, if any.
std::optional<std::uint64_t> copy_finite(ByteView from, Floats to);

}  // namespace assay::reference_gpu
