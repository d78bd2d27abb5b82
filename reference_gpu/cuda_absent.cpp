// In place of cuda_backend.cu where there is no CUDA compiler.
#include "reference_gpu/backend.hpp"

namespace assay::reference_gpu {

Result<std::unique_ptr<Backend>, std::string> make_cuda(const Model&, std::uint32_t) {
    return "this build has no CUDA: no nvcc was found";
}

}  // namespace assay::reference_gpu
