#include "models/runtime/worker.hpp"

#include <algorithm>

namespace assay::runtime {

Result<std::size_t, WorkerRefusal> WorkerDesk::serve(const std::string& container, ByteView prompt,
                                                     std::span<std::uint8_t> answer) {
    auto out = hand_over(container, prompt, answer);
    ++(out ? served_ : refused_);
    // What lies beyond an answer, or was written before a refusal, is not handed on.
    const std::size_t valid = out ? *out : 0;
    std::fill(answer.begin() + static_cast<std::ptrdiff_t>(valid), answer.end(), std::uint8_t{0});
    return out;
}

Result<std::size_t, WorkerRefusal> WorkerDesk::hand_over(const std::string& container, ByteView prompt,
                                                         std::span<std::uint8_t> answer) {
    const auto admitted = agent_.admitted(container);
    if (!admitted) return WorkerRefusal{"E_POLICY_STATE", "no such container was admitted"};
    if (admitted->phase == ContainerPhase::stopped)
        return WorkerRefusal{"E_WORKER_REUSE", "the container has served its request"};
    if (admitted->phase != ContainerPhase::started)
        return WorkerRefusal{"E_POLICY_STATE", "the container is not started"};
    const auto gpu = admitted->devices.find("gpu");
    if (gpu == admitted->devices.end() || gpu->second == 0)
        return WorkerRefusal{"E_DEVICE_NOT_ATTESTED", "the container holds no attested GPU"};

    // From here on the container is used up, whatever comes of the request.
    agent_.container_exited(container);
    const auto worker = factory_.start(*admitted);
    if (!worker) return WorkerRefusal{"E_POLICY_STATE", "no worker can be started"};
    auto out = worker->serve(prompt, answer);
    worker->end();
    if (out && *out > answer.size()) return WorkerRefusal{"E_LIMIT", "the answer is longer than its buffer"};
    return out;
}

}  // namespace assay::runtime
