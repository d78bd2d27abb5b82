#include "reference_gpu/shim.hpp"

namespace assay::reference_gpu {

std::unique_ptr<Backend> make_shim(const Model& model, std::uint32_t positions,
                                   const fibers::Schedule& schedule) {
    return std::make_unique<Shim>(model, positions, schedule);
}

}  // namespace assay::reference_gpu
