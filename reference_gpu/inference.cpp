// See inference.hpp.
#include "reference_gpu/inference.hpp"

#include <algorithm>
#include <stdexcept>

namespace assay::reference_gpu {
namespace {

constexpr std::array<std::string_view, 4> device_names{"auto", "cuda", "cpu", "shim"};

}  // namespace

std::string_view name(Device device) { return device_names.at(static_cast<std::size_t>(device)); }

std::optional<Device> find_device(std::string_view name) {
    const auto at = std::ranges::find(device_names, name);
    if (at == device_names.end()) return std::nullopt;
    return static_cast<Device>(at - device_names.begin());
}

std::uint64_t state_size(const Config& c, std::uint32_t positions) {
    // positions, layers and kv_dim have limits that keep this in 64 bits (model.cpp)
    const std::uint64_t per_position =
        2 * std::uint64_t{c.layers} * c.kv_dim() + std::uint64_t{c.heads} + c.head_size();
    return per_position * positions + 5 * std::uint64_t{c.dim} + 2 * std::uint64_t{c.hidden} + c.vocabulary;
}

Result<Inference, std::string> Inference::open(std::shared_ptr<const Model> model, const Options& options) {
    const Config& config = model->config;
    if (options.positions > config.positions)
        return "a context of " + std::to_string(options.positions) + " positions; the model has " +
               std::to_string(config.positions);
    Inference out;
    out.positions_ = options.positions == 0 ? config.positions : options.positions;
    const std::uint64_t bytes = state_size(config, out.positions_) * sizeof(float);
    if (bytes > options.max_state_bytes)
        return "a context of " + std::to_string(out.positions_) + " positions takes " +
               std::to_string(bytes) + " bytes, above the limit of " +
               std::to_string(options.max_state_bytes);
    out.device_ = options.device;
    if (options.device == Device::automatic || options.device == Device::cuda) {
        auto cuda = make_cuda(*model, out.positions_);
        if (!cuda && options.device == Device::cuda) return "not run: cuda: " + cuda.error();
        if (cuda)
            out.backend_ = *std::move(cuda);
        else
            out.note_ = "not run: cuda: " + cuda.error();
        out.device_ = cuda ? Device::cuda : Device::cpu;
    }
    if (out.device_ == Device::cpu) out.backend_ = make_cpu(*model, out.positions_, options.threads);
    if (out.device_ == Device::shim) out.backend_ = make_shim(*model, out.positions_, options.schedule);
    out.model_ = std::move(model);
    return out;
}

Floats Inference::step(Token token) {
    if (token >= config().vocabulary) throw std::logic_error("Inference: no such token");
    if (position_ == positions_) throw std::logic_error("Inference: no position is left");
    return backend_->forward(token, position_++);
}

void Inference::reset() {
    backend_->wipe();
    position_ = 0;
}

Result<Generated, std::string> generate(Inference& inference, const Tokenizer& tokenizer,
                                        std::string_view prompt, const Generate& how,
                                        const OnToken& on_token) {
    if (tokenizer.vocabulary() != inference.config().vocabulary)
        return "the tokenizer has " + std::to_string(tokenizer.vocabulary()) + " tokens, the model " +
               std::to_string(inference.config().vocabulary);
    if (const char* fault = how.sampling.fault()) return fault;
    if (how.seed == 0) return "the seed is 0";
    if (how.steps == 0 || how.steps > inference.positions())
        return std::to_string(how.steps) + " steps; from 1 to " + std::to_string(inference.positions()) +
               " are possible";
    const auto forced = tokenizer.encode(prompt);
    if (forced.size() > how.steps)
        return "a prompt of " + std::to_string(forced.size()) + " tokens; " + std::to_string(how.steps) +
               " steps are wanted";

    inference.reset();
    Xorshift random{how.seed};
    Wiped<Candidate> candidates(how.sampling.temperature > 0 ? tokenizer.vocabulary() : 0);
    Generated out;
    out.tokens.reserve(how.steps);
    Token token = forced.front();
    for (std::uint32_t i = 0; i < how.steps; ++i) {
        const Floats logits = inference.step(token);
        const Token next =
            i + 1 < forced.size() ? forced[i + 1] : sample(logits, how.sampling, random, candidates);
        out.tokens.push_back(next);
        if (next == Tokenizer::begin) {
            out.ended = true;
            break;
        }
        if (on_token && !on_token(next, tokenizer.piece(token, next))) break;
        token = next;
    }
    return out;
}

}  // namespace assay::reference_gpu
