#include "conformance/observed_port.hpp"

#include "conformance/watched_call.hpp"

namespace assay::conformance {
namespace {

class ObservedGpuPort final : public GpuPort {
    template <class Call>
    auto call(const Event& request, const Call& inner) {
        return watch(log_, request, inner, [&] {
            std::vector<Event> happened = port_->take_events();
            reported_ = !happened.empty();
            for_the_suite_.insert(for_the_suite_.end(), happened.begin(), happened.end());
            return happened;
        });
    }

public:
    ObservedGpuPort(std::unique_ptr<GpuPort> port, CaseLog& log) : port_(std::move(port)), log_(log) {}

    std::set<std::string> capabilities() const override { return port_->capabilities(); }
    Result<GpuReferences, PortError> references() override {
        return call(asked("device", "references"), [&] { return port_->references(); });
    }
    Result<gpu::Evidence, PortError> collect(ByteView nonce) override {
        return call(asked("device", "collect evidence", "nonce " + to_hex(nonce)),
                    [&] { return port_->collect(nonce); });
    }
    Result<Bytes, PortError> exchange(ByteView request) override {
        Event event = asked("device", "request");
        event.kind = Event::Kind::message;
        event.bytes.assign(request.begin(), request.end());
        auto answer = call(event, [&] { return port_->exchange(request); });
        if (answer && !reported_) {
            Event response{
                .kind = Event::Kind::message, .actor = "device", .peer = "host", .name = "response"};
            response.bytes = *answer;
            if (answer->empty()) response.outcome = Event::Outcome::dropped;
            log_.event(response);
        }
        return answer;
    }
    Result<Nothing, PortError> power_on_reset() override {
        return call(asked("device", "power-on reset"), [&] { return port_->power_on_reset(); });
    }
    std::vector<FirmwareStage> firmware_stages() override {
        return call(asked("device", "firmware stages"), [&] { return port_->firmware_stages(); });
    }
    Result<Nothing, PortError> load_firmware(std::string_view stage, unsigned change) override {
        return call(
            asked("device", "load firmware", std::string{stage} + ", image " + std::to_string(change)),
            [&] { return port_->load_firmware(stage, change); });
    }
    Result<Nothing, PortError> roll_back_firmware() override {
        return call(asked("device", "roll back firmware"), [&] { return port_->roll_back_firmware(); });
    }
    Result<Nothing, PortError> set_cc_mode(std::string_view mode) override {
        return call(asked("device", "set CC mode", std::string{mode}),
                    [&] { return port_->set_cc_mode(mode); });
    }
    Result<Nothing, PortError> set_debug(bool enabled) override {
        return call(asked("device", "set debug", enabled ? "enabled" : "disabled"),
                    [&] { return port_->set_debug(enabled); });
    }
    std::vector<Event> take_events() override { return std::exchange(for_the_suite_, {}); }
    std::string waves() override { return port_->waves(); }

private:
    std::unique_ptr<GpuPort> port_;
    CaseLog& log_;
    std::vector<Event> for_the_suite_;
    bool reported_ = false;  // the last call came with events of the target's own
};

class ObservedAppraisalPort final : public AppraisalPort {
public:
    ObservedAppraisalPort(std::unique_ptr<AppraisalPort> port, CaseLog& log)
        : port_(std::move(port)), log_(log) {}

    Result<AppraisalAnswer, PortError> appraise(const AppraisalRequest& request) override {
        const Event event =
            asked("verifier", "appraise", std::to_string(request.devices.size()) + " devices");
        auto answer = watch(
            log_, event, [&] { return port_->appraise(request); }, [] { return std::vector<Event>{}; });
        if (!answer) return answer;
        Event verdict{.kind = Event::Kind::state, .actor = "verifier", .name = "accepted"};
        if (!answer->accepted) {
            verdict.name = "refused";
            verdict.outcome = Event::Outcome::refused;
            for (const std::string& reason : answer->reasons)
                verdict.detail += (verdict.detail.empty() ? "" : ", ") + reason;
        }
        log_.event(verdict);
        return answer;
    }

private:
    std::unique_ptr<AppraisalPort> port_;
    CaseLog& log_;
};

class ObservedSpdmPort final : public SpdmPort {
    template <class Call>
    auto call(const Event& event, const Call& inner) {
        return watch(log_, event, inner, [] { return std::vector<Event>{}; });
    }

public:
    ObservedSpdmPort(std::unique_ptr<SpdmPort> port, CaseLog& log) : port_(std::move(port)), log_(log) {}

    std::set<std::string> capabilities() const override { return port_->capabilities(); }
    SpdmTransport transport() const override { return port_->transport(); }
    SpdmShared shared() const override { return port_->shared(); }
    Result<Bytes, PortError> exchange(SpdmKind kind, ByteView message) override {
        Event event = asked("responder", kind == SpdmKind::plain ? "request" : "secured request");
        event.kind = Event::Kind::message;
        event.bytes.assign(message.begin(), message.end());
        auto answer = call(event, [&] { return port_->exchange(kind, message); });
        if (!answer) return answer;
        Event response = asked("host", kind == SpdmKind::plain ? "response" : "secured response");
        response.kind = Event::Kind::message;
        response.actor = "responder";
        response.bytes = *answer;
        if (answer->empty()) response.outcome = Event::Outcome::dropped;
        log_.event(response);
        return answer;
    }
    Result<Nothing, PortError> reset() override {
        return call(asked("responder", "reset"), [&] { return port_->reset(); });
    }

private:
    std::unique_ptr<SpdmPort> port_;
    CaseLog& log_;
};

}  // namespace

std::unique_ptr<GpuPort> observed(std::unique_ptr<GpuPort> port, CaseLog& log) {
    return std::make_unique<ObservedGpuPort>(std::move(port), log);
}
std::unique_ptr<AppraisalPort> observed(std::unique_ptr<AppraisalPort> port, CaseLog& log) {
    return std::make_unique<ObservedAppraisalPort>(std::move(port), log);
}
std::unique_ptr<SpdmPort> observed(std::unique_ptr<SpdmPort> port, CaseLog& log) {
    return std::make_unique<ObservedSpdmPort>(std::move(port), log);
}

}  // namespace assay::conformance
