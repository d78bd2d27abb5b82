#include "conformance/targets/model_platform.hpp"

#include <stdexcept>

#include "models/platform/reference_platform.hpp"
#include "sim/base/file.hpp"

namespace assay::conformance {
namespace {

constexpr std::size_t max_workload_file = 64 << 20;

Bytes workload_file(const std::string& path) {
    auto content = read_file(path, max_workload_file);
    if (!content) throw std::invalid_argument(content.error().text());
    return *std::move(content);
}

platform::ReferenceOptions options_of(const std::map<std::string, std::string>& options,
                                      std::shared_ptr<const platform::Supply> gpu_supply) {
    if (const std::string fault = check_platform_options(options); !fault.empty())
        throw std::invalid_argument(fault);
    platform::ReferenceOptions out;
    out.gpu_supply = std::move(gpu_supply);
    if (const auto profile = options.find("profile"); profile != options.end())
        out.gpu_profile = profile->second;
    if (options.contains("model"))
        out.workload = {workload_file(options.at("model")), workload_file(options.at("tokenizer"))};
    return out;
}

PlatformRefusal refusal_of(const platform::Refusal& refusal) {
    return {std::string{platform::name(refusal.stage)}, refusal.component, refusal.code, refusal.what};
}

class ModelPlatform final : public PlatformPort {
public:
    ModelPlatform(const std::map<std::string, std::string>& options, std::uint64_t seed,
                  std::shared_ptr<const platform::Supply> gpu_supply)
        : platform_(options_of(options, std::move(gpu_supply)), seed) {
        if (const auto fault = options.find("fault"); fault != options.end())
            static_cast<void>(platform_.inject(fault->second));
        platform_.power_on_reset();
    }

    std::set<std::string> capabilities() const override {
        return {"fault", "oracles", "reference", "control-plane"};
    }
    std::vector<std::string> stages() const override {
        std::vector<std::string> out;
        for (const platform::StageInfo& stage : platform::stages()) out.emplace_back(stage.name);
        return out;
    }
    Result<Nothing, PortError> power_on_reset() override {
        platform_.power_on_reset();
        return Nothing{};
    }
    Result<Nothing, PortError> inject(std::string_view fault) override {
        if (!platform_.inject(fault))
            return PortError{PortError::Kind::not_supported, "no fault " + std::string{fault}};
        return Nothing{};
    }
    Result<std::optional<PlatformRefusal>, PortError> advance(std::string_view stage) override {
        const auto known = platform::stage_named(stage);
        if (!known) return PortError{PortError::Kind::not_supported, "no stage " + std::string{stage}};
        const auto done = platform_.advance(*known);
        if (done) return std::optional<PlatformRefusal>{};
        return std::optional{refusal_of(done.error())};
    }
    Result<Served, PortError> ask(std::string_view prompt, unsigned steps, std::string_view canary) override {
        const auto answer = platform_.ask({std::string{prompt}, steps, std::string{canary}});
        Served out;
        if (answer)
            out.answer = {answer->text, answer->tokens};
        else
            out.refusal = refusal_of(answer.error());
        return out;
    }
    Result<PlatformAnswer, PortError> reference(std::string_view prompt, unsigned steps) override {
        auto answer = platform_.reference({std::string{prompt}, steps, {}});
        return PlatformAnswer{std::move(answer.text), std::move(answer.tokens)};
    }
    Result<Controlled, PortError> control(std::string_view command, std::string_view input) override {
        const auto answer = platform_.control(std::string{command}, std::string{input});
        return Controlled{answer.allowed ? "allow" : answer.code, answer.changed};
    }
    Result<std::vector<PlatformResidue>, PortError> sweep() override {
        std::vector<PlatformResidue> out;
        for (const auto& finding : platform_.sweep())
            out.push_back({std::string{finding.oracle}, finding.store, finding.text()});
        return out;
    }
    Result<std::vector<std::string>, PortError> stores() override { return platform_.stores(); }
    Result<Nothing, PortError> plant(std::string_view store, std::string_view canary) override {
        if (!platform_.plant(store, canary))
            return PortError{PortError::Kind::not_supported,
                             "nothing can be planted in " + std::string{store}};
        return Nothing{};
    }
    Result<std::vector<std::pair<std::string, Bytes>>, PortError> observed_ids() override {
        std::vector<std::pair<std::string, Bytes>> out;
        for (auto& one : platform_.observed_ids()) out.emplace_back(one.where, std::move(one.value));
        return out;
    }
    std::vector<Event> take_events() override { return platform_.take_events(); }
    std::string waves() override { return platform_.waves(); }

private:
    platform::ReferencePlatform platform_;
};

}  // namespace

std::string check_platform_options(const std::map<std::string, std::string>& options) {
    if (const auto fault = options.find("fault");
        fault != options.end() && platform::find_fault(fault->second) == nullptr)
        return "unknown fault '" + fault->second + "'; assay demo --list names them";
    if (const auto profile = options.find("profile");
        profile != options.end() && gpu::find_chip(profile->second) == nullptr)
        return "unknown profile '" + profile->second + "'; gb100 and gh100 are known";
    if (options.contains("model") != options.contains("tokenizer"))
        return "model and tokenizer come together";
    return {};
}

std::unique_ptr<PlatformPort> make_model_platform(const std::map<std::string, std::string>& options,
                                                  std::uint64_t seed,
                                                  std::shared_ptr<const platform::Supply> gpu_supply) {
    return std::make_unique<ModelPlatform>(options, seed, std::move(gpu_supply));
}

}  // namespace assay::conformance
