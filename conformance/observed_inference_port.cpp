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
        auto answer = watch(
            log_, prompt("generate", request), [&] { return port_->generate(request); }, no_inference_events);
        if (answer) tell(*answer);
        return answer;
    }
    Result<Nothing, PortError> start_worker() override {
        return call("start worker", {}, [&] { return port_->start_worker(); });
    }
    Result<WorkerAnswer, PortError> ask_worker(const InferenceRequest& request, WorkerLeak leak) override {
        auto answer = watch(
            log_, prompt("ask worker", request), [&] { return port_->ask_worker(request, leak); },
            no_inference_events);
        if (answer) tell(answer->answer);
        return answer;
    }
    Result<DeviceScan, PortError> scan_device(const std::vector<Bytes>& forms) override {
        return call("scan device", std::to_string(forms.size()) + " forms",
                    [&] { return port_->scan_device(forms); });
    }

private:
    static Event prompt(std::string name, const InferenceRequest& request) {
        Event out = asked("engine", std::move(name), std::to_string(request.steps) + " steps");
        out.kind = Event::Kind::message;
        out.bytes = request.prompt;
        return out;
    }
    void tell(const InferenceAnswer& answer) {
        Event text{.kind = Event::Kind::message, .actor = "engine", .peer = "host", .name = "text"};
        text.detail = std::to_string(answer.tokens.size()) + " tokens";
        text.bytes = answer.text;
        log_.event(text);
    }

    std::unique_ptr<InferencePort> port_;
    CaseLog& log_;
};

}  // namespace

std::unique_ptr<InferencePort> observed(std::unique_ptr<InferencePort> port, CaseLog& log) {
    return std::make_unique<ObservedInferencePort>(std::move(port), log);
}

}  // namespace assay::conformance
