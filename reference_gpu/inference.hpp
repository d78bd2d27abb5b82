// A model at work: tokens in, logits out; or a prompt in and text out.
//
//     auto model = std::make_shared<const Model>(*load_model(file));
//     auto inference = Inference::open(model, {.device = Device::automatic});      // or why not
//     const auto tokenizer = Tokenizer::from_file(words, model->config.vocabulary);
//     generate(*inference, *tokenizer, "Once upon a time", {.steps = 64},
//              [](Token, std::string_view piece) { std::cout << piece; return true; });
//
// Every device gives the same bits: logits of the same tokens are equal, and so is the text.
// All state of a user's prompt (cache, activations, logits, tokens) is wiped by reset() and at the end.
#pragma once
#include <functional>

#include "reference_gpu/backend.hpp"
#include "reference_gpu/fibers.hpp"
#include "reference_gpu/sampler.hpp"
#include "reference_gpu/tokenizer.hpp"

namespace assay::reference_gpu {

enum class Device : std::uint8_t { automatic, cuda, cpu, shim };
/// "auto", "cuda", "cpu", "shim".
std::string_view name(Device device);
std::optional<Device> find_device(std::string_view name);

struct Options {
    Device device = Device::automatic;  // CUDA where there is a device, else the CPU
    std::uint32_t positions = 0;        // of the context; 0: all that the model has
    unsigned threads = 1;               // of the CPU path
    fibers::Schedule schedule{};        // of the shim
    std::uint64_t max_state_bytes = std::uint64_t{4} << 30;
};

class Inference {
public:
    /// Refuses, in one line, a device that is not there ("not run: cuda: ..."), a context longer than the
    /// model's and one that takes more than `max_state_bytes`.
    static Result<Inference, std::string> open(std::shared_ptr<const Model> model,
                                               const Options& options = {});

    const Config& config() const { return model_->config; }
    /// What runs: never `automatic`.
    Device device() const { return device_; }
    /// Why not CUDA, when `automatic` did not take it ("not run: cuda: ..."); else empty.
    const std::string& note() const { return note_; }

    std::uint32_t position() const { return position_; }
    std::uint32_t positions() const { return positions_; }

    /// The logits after one more token; they may be written to, and stay until the next call. Throws
    /// std::logic_error for a token that the model does not have, or when no position is left.
    Floats step(Token token);

    /// Back to position 0, and nothing of what was before is left.
    void reset();

private:
    Inference() = default;

    std::shared_ptr<const Model> model_;
    std::unique_ptr<Backend> backend_;  // before the model goes
    Device device_{};
    std::string note_;
    std::uint32_t position_ = 0, positions_ = 0;
};

struct Generate {
    std::uint32_t steps = 256;  // forward passes, prompt included; no more than there are positions
    Sampling sampling{};
    std::uint64_t seed = 1;  // not 0
};

struct Generated {
    Wiped<Token> tokens;  // chosen after each step; those of the prompt are forced
    bool ended = false;   // by `Tokenizer::begin`, which ends a text; it is the last of `tokens`
};

/// Receives each token and the bytes that it adds to the text; false stops.
using OnToken = std::function<bool(Token, std::string_view)>;

/// Resets, then continues `prompt`, which is part of the text. Refuses, in one line, a prompt that is longer
/// than `steps`, wrong sampling, seed 0, and a tokenizer that is not of the model.
Result<Generated, std::string> generate(Inference& inference, const Tokenizer& tokenizer,
                                        std::string_view prompt, const Generate& how,
                                        const OnToken& on_token = {});

}  // namespace assay::reference_gpu
