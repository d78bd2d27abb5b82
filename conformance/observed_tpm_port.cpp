#include "conformance/watched_call.hpp"

namespace assay::conformance {
namespace {

class ObservedTpmPort final : public TpmPort {
    template <class Call>
    auto call(const Event& event, const Call& inner) {
        return watch(log_, event, inner, [] { return std::vector<Event>{}; });
    }

public:
    ObservedTpmPort(std::unique_ptr<TpmPort> port, CaseLog& log) : port_(std::move(port)), log_(log) {}

    std::set<std::string> capabilities() const override { return port_->capabilities(); }
    Result<Bytes, PortError> exchange(ByteView command, unsigned locality) override {
        Event event = asked("tpm", "command", locality == 0 ? "" : "locality " + std::to_string(locality));
        event.kind = Event::Kind::message;
        event.bytes.assign(command.begin(), command.end());
        auto answer = call(event, [&] { return port_->exchange(command, locality); });
        if (!answer) return answer;
        Event response = asked("host", "response");
        response.kind = Event::Kind::message;
        response.actor = "tpm";
        response.bytes = *answer;
        log_.event(response);
        return answer;
    }
    Result<Nothing, PortError> reset() override {
        return call(asked("tpm", "reset"), [&] { return port_->reset(); });
    }

private:
    std::unique_ptr<TpmPort> port_;
    CaseLog& log_;
};

}  // namespace

std::unique_ptr<TpmPort> observed(std::unique_ptr<TpmPort> port, CaseLog& log) {
    return std::make_unique<ObservedTpmPort>(std::move(port), log);
}

}  // namespace assay::conformance
