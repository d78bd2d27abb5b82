#include "conformance/targets/model_inference.hpp"

#include "conformance/targets/inference_worker.hpp"
#include "reference_gpu/gguf.hpp"
#include "reference_gpu/inference.hpp"

namespace assay::conformance {
namespace {

using reference_gpu::Device;
using reference_gpu::Inference;
using reference_gpu::Tokenizer;

PortError refused_by_engine(std::string what) { return {PortError::Kind::refused, std::move(what)}; }

class ModelInferencePort final : public InferencePort {
public:
    explicit ModelInferencePort(Device device) : device_(device) {}

    std::set<std::string> capabilities() const override {
#if defined(__SANITIZE_ADDRESS__)
        return {"gguf", "logits"};  // its shadow and quarantine are memory that no worker has
#else
        // A process that has used a GPU cannot be forked.
        if (device_ == Device::cuda) return {"gguf", "logits"};
        return {"gguf", "logits", "worker", "worker-leaks"};
#endif
    }

    Result<Nothing, PortError> load(ByteView model, ByteView tokenizer) override {
        worker_.reset();
        inference_.reset();
        tokenizer_.reset();
        std::shared_ptr<const reference_gpu::Model> weights;
        if (reference_gpu::is_gguf(model)) {
            auto loaded = reference_gpu::load_gguf(model);
            if (!loaded) return refused_by_engine(loaded.error().text());
            weights = std::make_shared<const reference_gpu::Model>(std::move(loaded->model));
            tokenizer_ = std::move(loaded->tokenizer);
        } else {
            auto loaded = reference_gpu::load_checkpoint(model);
            if (!loaded) return refused_by_engine(loaded.error().text());
            weights = std::make_shared<const reference_gpu::Model>(*std::move(loaded));
        }
        if (!tokenizer.empty() || !tokenizer_) {
            auto words = Tokenizer::from_file(tokenizer, weights->config.vocabulary);
            if (!words) return refused_by_engine(words.error().text());
            tokenizer_ = *std::move(words);
        }
        auto opened = Inference::open(std::move(weights), {.device = device_});
        if (!opened) return refused_by_engine(opened.error());
        inference_.emplace(*std::move(opened));
        return Nothing{};
    }

    Result<std::vector<float>, PortError> step(std::uint32_t token) override {
        if (!inference_) return refused_by_engine("nothing is loaded");
        if (token >= inference_->config().vocabulary)
            return refused_by_engine("token " + std::to_string(token) + " is not one of " +
                                     std::to_string(inference_->config().vocabulary));
        if (inference_->position() == inference_->positions())
            return refused_by_engine("no position is left");
        const auto logits = inference_->step(token);
        return std::vector<float>{logits.begin(), logits.end()};
    }

    Result<Nothing, PortError> reset() override {
        if (!inference_) return refused_by_engine("nothing is loaded");
        inference_->reset();
        return Nothing{};
    }

    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        if (!inference_) return refused_by_engine("nothing is loaded");
        InferenceAnswer out;
        const auto made =
            reference_gpu::generate(*inference_, *tokenizer_, as_text(request.prompt),
                                    {.steps = request.steps,
                                     .sampling = {.temperature = request.temperature, .top_p = request.top_p},
                                     .seed = request.seed},
                                    [&](reference_gpu::Token, std::string_view piece) {
                                        append(out.text, as_bytes(piece));
                                        return true;
                                    });
        if (!made) return refused_by_engine(made.error());
        out.tokens.assign(made->tokens.begin(), made->tokens.end());
        out.ended = made->ended;
        return out;
    }

    Result<Nothing, PortError> start_worker() override {
        if (!inference_) return refused_by_engine("nothing is loaded");
        inference_->reset();
        worker_.emplace(*inference_, *tokenizer_);
        return Nothing{};
    }

    Result<WorkerAnswer, PortError> ask_worker(const InferenceRequest& request, WorkerLeak leak) override {
        if (!worker_) return refused_by_engine("no worker is there");
        return worker_->ask(request, leak);
    }

    Result<DeviceScan, PortError> scan_device(const std::vector<Bytes>&) override {
        const std::string fault = reference_gpu::cuda_fault();
        return PortError{PortError::Kind::not_supported,
                         "not run: no device: " + (fault.empty() ? "the worker computes on the CPU" : fault)};
    }

private:
    Device device_;
    std::optional<Tokenizer> tokenizer_;
    std::optional<Inference> inference_;
    std::optional<InferenceWorker> worker_;
};

std::string_view device_of(const std::map<std::string, std::string>& options) {
    const auto found = options.find("device");
    return found == options.end() ? std::string_view{"cpu"} : std::string_view{found->second};
}

}  // namespace

std::string check_inference_options(const std::map<std::string, std::string>& options) {
    const auto device = reference_gpu::find_device(device_of(options));
    if (!device || *device == Device::automatic)
        return "device '" + std::string{device_of(options)} + "'; cpu, shim or cuda is expected";
    if (*device == Device::cuda)
        if (const auto fault = reference_gpu::cuda_fault(); !fault.empty()) return "not run: cuda: " + fault;
    return {};
}

std::unique_ptr<InferencePort> make_model_inference(const std::map<std::string, std::string>& options) {
    return std::make_unique<ModelInferencePort>(reference_gpu::find_device(device_of(options)).value());
}

}  // namespace assay::conformance
