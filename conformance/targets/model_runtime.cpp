#include "conformance/targets/model_runtime.hpp"

#include "models/runtime/agent.hpp"

namespace assay::conformance {
namespace {

class ModelRuntimePort final : public CommandPort, private runtime::Effects {
public:
    Result<BootAnswer, PortError> boot(const CommandBoot& boot) override {
        agent_.power_on_reset();
        effects_ = 0;
        fails_ = false;
        auto out = bind(boot);
        for (unsigned i = 0; i < boot.gpus; ++i) agent_.device_attested("gpu");
        return out;
    }
    Result<BootAnswer, PortError> offer_policy(const CommandBoot& boot) override { return bind(boot); }
    Result<Bytes, PortError> command(ByteView line) override { return agent_.execute(line); }
    Result<Bytes, PortError> state_digest() override { return agent_.state_digest(); }
    Result<std::map<std::string, std::uint64_t>, PortError> counters() override {
        std::map<std::string, std::uint64_t> out;
        for (const auto& [key, count] : agent_.counters())
            out[key.second == runtime::Code::allow ? "allow" : std::string{runtime::name(key.second)}] +=
                count;
        return out;
    }
    Result<std::uint64_t, PortError> effects() override { return effects_; }
    Result<Nothing, PortError> fail_next_effect() override {
        fails_ = true;
        return Nothing{};
    }

private:
    BootAnswer bind(const CommandBoot& boot) {
        const auto bound = agent_.bind(boot.policy, boot.measured_digest);
        if (bound) return {true, ""};
        return {false, std::string{bound.error().reason}};
    }
    bool perform(const runtime::Effect&) override {
        if (std::exchange(fails_, false)) return false;
        ++effects_;
        return true;
    }

    runtime::Agent agent_{static_cast<runtime::Effects&>(*this)};
    std::uint64_t effects_ = 0;
    bool fails_ = false;
};

}  // namespace

std::unique_ptr<CommandPort> make_model_runtime() { return std::make_unique<ModelRuntimePort>(); }

}  // namespace assay::conformance
