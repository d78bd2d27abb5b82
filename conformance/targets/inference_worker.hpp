// An inference worker: a process that answers prompts with what its parent has loaded, and whose memory can
// be looked into between two of them.
#pragma once
#include "conformance/targets/inference_port.hpp"
#include "reference_gpu/inference.hpp"
#include "sim/kernel/child.hpp"

namespace assay::conformance {

/// Longest prompt and longest answer, in bytes with their heads: one packet each.
inline constexpr std::size_t max_worker_packet = 128U << 10;

class InferenceWorker {
public:
    /// Forks: the child serves with `inference` and `tokenizer` as they are now. Throws std::system_error
    /// when there is no process to be had.
    InferenceWorker(reference_gpu::Inference& inference, const reference_gpu::Tokenizer& tokenizer);

    /// Wakes the worker; when this returns it rests again, having wiped what it was told and what it
    /// computed. `refused` with the reason of the engine; `crash` when the worker has ended.
    Result<WorkerAnswer, PortError> ask(const InferenceRequest& request, WorkerLeak leak);

private:
    kernel::Child child_;
    bool rests_ = false;
};

}  // namespace assay::conformance
