// The port of inference engines: a model file and its tokenizer in, logits and text out.
#pragma once
#include <set>

#include <sys/types.h>

#include "conformance/targets/message_port.hpp"

namespace assay::conformance {

struct InferenceRequest {
    Bytes prompt{};           // text, as bytes
    std::uint32_t steps = 0;  // forward passes, prompt included
    float temperature = 0;    // 0: greedy
    float top_p = 1;
    std::uint64_t seed = 1;  // of xorshift64*
};

struct InferenceAnswer {
    Bytes text;                         // prompt and what follows it
    std::vector<std::uint32_t> tokens;  // chosen after each step; those of the prompt are forced
    bool ended = false;                 // by token 1, the last of `tokens`, which adds no text
};

/// How a worker is made to leave what it was told, to prove that a residue is found: in a block that it
/// keeps, in one that it frees as it is, in memory of its device.
enum class WorkerLeak : std::uint8_t { none, kept, freed, device };

/// What a worker answered, and the process that did, which rests: it has stopped itself (SIGSTOP).
struct WorkerAnswer {
    InferenceAnswer answer;
    pid_t process = -1;
};

struct DeviceScan {
    std::uint64_t bytes = 0;  // read
    std::size_t hits = 0;
};

/// One engine. A case owns its port: nothing of one case is seen by the next.
class InferencePort {
public:
    virtual ~InferencePort() = default;

    /// Tokens for what this target can do besides load() and generate(): "logits" (step, reset), "gguf"
    /// (loads GGUF), "worker" (start_worker, ask_worker), "worker-leaks" (those of WorkerLeak).
    virtual std::set<std::string> capabilities() const = 0;

    /// Takes the place of what was loaded. `model`: llama2.c checkpoint, or GGUF v3; `tokenizer`: llama2.c
    /// tokenizer, empty for GGUF, which brings its own. A file that is not well-formed is `refused`, with its
    /// field in the text.
    virtual Result<Nothing, PortError> load(ByteView model, ByteView tokenizer) = 0;

    /// Logits after one more token. `refused` for a token that the model has not, or when no position is
    /// left.
    virtual Result<std::vector<float>, PortError> step(std::uint32_t token) = 0;
    /// Forgets all tokens.
    virtual Result<Nothing, PortError> reset() = 0;

    /// Forgets all tokens, then answers. `refused` when the prompt does not fit into the steps.
    virtual Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) = 0;

    /// Begins a process that serves with what is loaded, in place of the one before. It knows nothing that is
    /// made after this call but what it is asked.
    virtual Result<Nothing, PortError> start_worker() = 0;
    /// The worker answers, forgets, and rests so that its memory can be read until it is asked again.
    virtual Result<WorkerAnswer, PortError> ask_worker(const InferenceRequest& request, WorkerLeak leak) = 0;
    /// Looks for `forms` in all memory of the worker's device that a later tenant could get. `not_supported`,
    /// with the reason, where there is no device, or none that can be looked into.
    virtual Result<DeviceScan, PortError> scan_device(const std::vector<Bytes>& forms) = 0;
};

}  // namespace assay::conformance
