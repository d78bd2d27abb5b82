#include "conformance/targets/model_gpu.hpp"

#include <stdexcept>

#include "models/platform/gpu_platform.hpp"

namespace assay::conformance {
namespace {

PortError port_error(const platform::LinkError& error) {
    using Kind = platform::LinkError::Kind;
    switch (error.kind) {
        case Kind::too_long: return {PortError::Kind::not_supported, error.what};
        case Kind::timeout: return {PortError::Kind::timeout, error.what};
        case Kind::device:
        case Kind::refused: return {PortError::Kind::refused, error.what};
        default: return {PortError::Kind::io, error.what};
    }
}

PortError not_supported(std::string what) { return {PortError::Kind::not_supported, std::move(what)}; }

class ModelGpu final : public GpuPort {
public:
    ModelGpu(std::string_view profile, std::uint64_t seed, std::shared_ptr<const platform::Supply> supply)
        : platform_(profile, seed, std::move(supply)) {
        platform_.power_on_reset();
    }

    std::set<std::string> capabilities() const override {
        return {"fresh-nonce", "spdm",  "power-on-reset", "firmware-update",
                "cc-mode",     "debug", "references",     "ocsp"};
    }

    Result<GpuReferences, PortError> references() override {
        platform::Published published = platform_.published();
        GpuReferences out;
        out.device_roots = std::move(published.device_roots);
        out.rim_roots = std::move(published.rim_roots);
        for (auto& file : published.rims) out.rims.push_back({file.name, std::move(file.content)});
        for (auto& file : published.ocsp_responses)
            out.ocsp_responses.push_back({file.name, std::move(file.content)});
        out.device_chain_time = out.rim_chain_time = out.device_ocsp_time = out.rim_ocsp_time =
            published.judged_at;
        return out;
    }

    Result<gpu::Evidence, PortError> collect(ByteView nonce) override {
        spdm::Nonce own{};
        if (nonce.size() != own.size()) return not_supported("a nonce has 32 bytes");
        std::ranges::copy(nonce, own.begin());
        auto evidence = platform_.collect(own);
        if (!evidence) return port_error(evidence.error());
        return *std::move(evidence);
    }

    Result<Bytes, PortError> exchange(ByteView request) override {
        auto answer = platform_.exchange(request);
        if (!answer) return port_error(answer.error());
        return *std::move(answer);
    }

    Result<Nothing, PortError> power_on_reset() override {
        platform_.power_on_reset();
        return Nothing{};
    }

    std::vector<FirmwareStage> firmware_stages() override {
        const gpu::Chip& chip = platform_.device().chip();
        std::vector<FirmwareStage> out;
        for (const gpu::Stage& stage : chip.stages)
            out.push_back({std::string{stage.name}, gpu::slots_of(chip, stage.name), stage.in_fwid});
        return out;
    }

    Result<Nothing, PortError> load_firmware(std::string_view stage, unsigned change) override {
        if (platform_.load_firmware(stage, change)) return Nothing{};
        return not_supported("no firmware stage " + std::string{stage});
    }

    Result<Nothing, PortError> roll_back_firmware() override {
        platform_.roll_back_firmware();
        return Nothing{};
    }

    Result<Nothing, PortError> set_cc_mode(std::string_view mode) override {
        const auto known = gpu::cc_mode_from_name(mode);
        if (!known) return not_supported("cc mode " + std::string{mode} + ": off, on and devtools are known");
        platform_.set_cc_mode(*known);
        return Nothing{};
    }

    Result<Nothing, PortError> set_debug(bool enabled) override {
        platform_.set_debug(enabled);
        return Nothing{};
    }

    std::vector<Event> take_events() override { return platform_.take_events(); }
    std::string waves() override { return platform_.waves(); }

private:
    platform::GpuPlatform platform_;
};

}  // namespace

std::unique_ptr<GpuPort> make_model_gpu(const std::map<std::string, std::string>& options, std::uint64_t seed,
                                        std::shared_ptr<const platform::Supply> supply) {
    std::string profile = "gh100";
    for (const auto& [key, value] : options) {
        if (key != "profile")
            throw std::invalid_argument("model:gpu: unknown option " + key + ", profile is known");
        profile = value;
    }
    return std::make_unique<ModelGpu>(profile, seed, std::move(supply));
}

}  // namespace assay::conformance
