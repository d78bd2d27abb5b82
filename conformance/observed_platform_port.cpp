#include "conformance/watched_call.hpp"

namespace assay::conformance {
namespace {

class ObservedPlatformPort final : public PlatformPort {
    template <class Call>
    auto call(std::string name, std::string detail, const Call& inner) {
        return watch(log_, asked("platform", std::move(name), std::move(detail)), inner, [&] {
            std::vector<Event> happened = port_->take_events();
            for_the_suite_.insert(for_the_suite_.end(), happened.begin(), happened.end());
            return happened;
        });
    }

public:
    ObservedPlatformPort(std::unique_ptr<PlatformPort> port, CaseLog& log)
        : port_(std::move(port)), log_(log) {}

    std::set<std::string> capabilities() const override { return port_->capabilities(); }
    std::vector<std::string> stages() const override { return port_->stages(); }
    Result<Nothing, PortError> power_on_reset() override {
        return call("power-on reset", {}, [&] { return port_->power_on_reset(); });
    }
    Result<Nothing, PortError> inject(std::string_view fault) override {
        return call("inject fault", std::string{fault}, [&] { return port_->inject(fault); });
    }
    Result<std::optional<PlatformRefusal>, PortError> advance(std::string_view stage) override {
        return call("advance", std::string{stage}, [&] { return port_->advance(stage); });
    }
    Result<Served, PortError> ask(std::string_view prompt, unsigned steps, std::string_view canary) override {
        // Nothing of a prompt stands in a log.
        return call("ask", std::to_string(steps) + " steps",
                    [&] { return port_->ask(prompt, steps, canary); });
    }
    Result<PlatformAnswer, PortError> reference(std::string_view prompt, unsigned steps) override {
        return call("reference path", std::to_string(steps) + " steps",
                    [&] { return port_->reference(prompt, steps); });
    }
    Result<Controlled, PortError> control(std::string_view command, std::string_view input) override {
        return call("control plane", std::string{command}, [&] { return port_->control(command, input); });
    }
    Result<std::vector<PlatformResidue>, PortError> sweep() override {
        return call("sweep", {}, [&] { return port_->sweep(); });
    }
    Result<std::vector<std::string>, PortError> stores() override {
        return call("stores", {}, [&] { return port_->stores(); });
    }
    Result<Nothing, PortError> plant(std::string_view store, std::string_view canary) override {
        return call("plant", std::string{store}, [&] { return port_->plant(store, canary); });
    }
    Result<std::vector<std::pair<std::string, Bytes>>, PortError> observed_ids() override {
        return call("observed ids", {}, [&] { return port_->observed_ids(); });
    }
    std::vector<Event> take_events() override { return std::exchange(for_the_suite_, {}); }
    std::string waves() override { return port_->waves(); }

private:
    std::unique_ptr<PlatformPort> port_;
    CaseLog& log_;
    std::vector<Event> for_the_suite_;
};

}  // namespace

std::unique_ptr<PlatformPort> observed(std::unique_ptr<PlatformPort> port, CaseLog& log) {
    return std::make_unique<ObservedPlatformPort>(std::move(port), log);
}

}  // namespace assay::conformance
