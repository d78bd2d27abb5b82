// From an admitted container to an answer: one worker serves one request of one subject, and ends.
#pragma once
#include <memory>

#include "models/runtime/agent.hpp"

namespace assay::runtime {

/// Why a request was not served.
struct WorkerRefusal {
    std::string_view reason;  // E_POLICY_STATE, E_DEVICE_NOT_ATTESTED, E_WORKER_REUSE, E_CROSS_SUBJECT,
                              // E_LIMIT, or what the worker itself says
    std::string_view what;    // one line, no user data
};

/// The inference path behind an admitted container; the platform supplies it.
class Worker {
public:
    virtual ~Worker() = default;
    /// Writes the answer into `answer` and returns its length in bytes. Called at most once.
    virtual Result<std::size_t, WorkerRefusal> serve(ByteView prompt, std::span<std::uint8_t> answer) = 0;
    /// Whatever it held of the request is wiped. Called exactly once, after `serve` or instead of it.
    virtual void end() noexcept = 0;
};
class WorkerFactory {
public:
    virtual ~WorkerFactory() = default;
    /// A worker that has seen nothing yet. Null: none can be had.
    virtual std::unique_ptr<Worker> start(const Admission& container) = 0;
};

/// Hands requests to started containers. After its one request a container is stopped, whatever came of it:
/// the next request needs another container, which the control plane has to bring through the agent.
class WorkerDesk {
public:
    /// Both outlive it.
    WorkerDesk(Agent& agent, WorkerFactory& factory) : agent_(agent), factory_(factory) {}

    /// Serves `prompt` in `container`. The length of the answer in `answer`; on a refusal `answer` is all
    /// zero.
    Result<std::size_t, WorkerRefusal> serve(const std::string& container, ByteView prompt,
                                             std::span<std::uint8_t> answer);

    std::uint64_t served() const { return served_; }
    std::uint64_t refused() const { return refused_; }

private:
    Result<std::size_t, WorkerRefusal> hand_over(const std::string& container, ByteView prompt,
                                                 std::span<std::uint8_t> answer);
    Agent& agent_;
    WorkerFactory& factory_;
    std::uint64_t served_ = 0, refused_ = 0;
};

}  // namespace assay::runtime
