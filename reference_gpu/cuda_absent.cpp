// In place of cuda_backend.cu where there is no CUDA compiler.
#include "reference_gpu/backend.hpp"

namespace assay::reference_gpu {

std::string cuda_fault() { return "this build has no CUDA: no nvcc was found"; }

Result<std::unique_ptr<Backend>, std::string> make_cuda(const Model&, std::uint32_t) { return cuda_fault(); }

}  // namespace assay::reference_gpu
