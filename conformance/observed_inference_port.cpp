// The port of inference engines, observed.
#include "conformance/watched_call.hpp"

namespace assay::conformance {
namespace {

std::vector<Event> no_inference_events() { return {}; }

class ObservedInferencePort final : public InferencePort {
    template <class Call>
    auto call(std::string name, std::string detail, const Call& inner) {
        return watch(log_, asked("engine", std::move(name), std::move(detail)), inner, no_inference_events);
    }

public:
    ObservedInferencePort(std::unique_ptr<InferencePort> port, CaseLog& log)
        : port_(std::move(port)), log_(log) {}

    std::set<std::string> capabilities() const override { return port_->capabilities(); }
    Result<Nothing, PortError> load(ByteView model, ByteView tokenizer) override {
        return call("load",
                    std::to_string(model.size()) + " bytes of model, " + std::to_string(tokenizer.size()) +
                        " of tokenizer",
                    [&] { return port_->load(model, tokenizer); });
    }
    Result<std::vector<float>, PortError> step(std::uint32_t token) override {
        return call("step", "token " + std::to_string(token), [&] { return port_->step(token); });
    }
    Result<Nothing, PortError> reset() override {
        return call("reset", {}, [&] { return port_->reset(); });
    }
    Result<InferenceAnswer, PortError> generate(const InferenceRequest& request) override {
        Event asking = asked("engine", "generate", std::to_string(request.steps) + " steps");
        asking.kind = Event::Kind::message;
        asking.bytes = request.prompt;
        auto answer = watch(
            log_, asking, [&] { return port_->generate(request); }, no_inference_events);
        if (!answer) return answer;
        Event text{.kind = Event::Kind::message, .actor = "engine", .peer = "host", .name = "text"};
        text.detail = std::to_string(answer->tokens.size()) + " tokens";
        text.bytes = answer->text;
        log_.event(text);
        return answer;
    }

private:
    std::unique_ptr<InferencePort> port_;
    CaseLog& log_;
};

}  // namespace

std::unique_ptr<InferencePort> observed(std::unique_ptr<InferencePort> port, CaseLog& log) {
    return std::make_unique<ObservedInferencePort>(std::move(port), log);
}

}  // namespace assay::conformance
