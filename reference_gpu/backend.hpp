// One way to run a model: what Inference (inference.hpp) chooses from.
#pragma once
#include <memory>

#include "reference_gpu/model.hpp"

namespace assay::reference_gpu {

class Backend {
public:
    virtual ~Backend() = default;
    /// The logits after `token` at `position`, which is below the number of positions and follows those
    /// before it. They stay until the next call. Throws std::runtime_error when the device fails.
    virtual Floats forward(Token token, std::uint32_t position) = 0;
    /// Overwrites activations, cache and logits with zeros.
    virtual void wipe() = 0;
};

namespace fibers {
struct Schedule;
}

/// The state of a model that runs over `positions`, in values: cache, activations, RoPE tables.
std::uint64_t state_size(const Config& config, std::uint32_t positions);

// Each keeps a view of `model`, which must outlive it, and has wiped its state when it dies.

/// Vector units of this processor; `threads` share the rows.
std::unique_ptr<Backend> make_cpu(const Model& model, std::uint32_t positions, unsigned threads);
/// The kernels as fibers, in the order of `schedule`.
std::unique_ptr<Backend> make_shim(const Model& model, std::uint32_t positions,
                                   const fibers::Schedule& schedule);
/// The kernels on the first CUDA device, or why there is none.
Result<std::unique_ptr<Backend>, std::string> make_cuda(const Model& model, std::uint32_t positions);

/// Why make_cuda() would give nothing, whatever the model: no compiler, no driver, no device. Else empty.
std::string cuda_fault();

}  // namespace assay::reference_gpu
