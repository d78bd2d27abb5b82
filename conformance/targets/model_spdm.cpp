#include "conformance/targets/model_spdm.hpp"

#include <optional>
#include <stdexcept>

#include "models/gpu/root_of_trust.hpp"
#include "models/spdm/responder.hpp"
#include "models/spdm/sample_device.hpp"

namespace assay::conformance {
namespace {

class GenericSpdm final : public SpdmPort {
public:
    explicit GenericSpdm(std::uint64_t seed) : device_(seed) {
        capabilities_ = spdm_capabilities([&](ByteView request) { return responder_->execute(request); });
        responder_.emplace(device_, spdm::mctp_records);
    }
    std::set<std::string> capabilities() const override { return capabilities_; }
    SpdmTransport transport() const override { return SpdmTransport::mctp; }
    Result<Bytes, PortError> exchange(SpdmKind kind, ByteView message) override {
        return kind == SpdmKind::plain ? responder_->execute(message)
                                       : responder_->execute_secured(message).value_or(Bytes{});
    }
    Result<Nothing, PortError> reset() override {
        responder_.emplace(device_, spdm::mctp_records);
        return Nothing{};
    }

private:
    spdm::SampleDevice device_;
    std::optional<spdm::Responder> responder_{std::in_place, device_, spdm::mctp_records};
    std::set<std::string> capabilities_;
};

class NvidiaSpdm final : public SpdmPort {
public:
    explicit NvidiaSpdm(std::uint64_t seed) : device_(*gpu::find_chip("gh100"), seed) {
        boot();
        capabilities_ = spdm_capabilities([&](ByteView request) { return device_.spdm(request); });
        boot();
    }
    std::set<std::string> capabilities() const override { return capabilities_; }
    SpdmTransport transport() const override { return SpdmTransport::doe; }
    Result<Bytes, PortError> exchange(SpdmKind kind, ByteView message) override {
        return padded(kind == SpdmKind::plain ? device_.spdm(message)
                                              : device_.secured(message).value_or(Bytes{}));
    }
    Result<Nothing, PortError> reset() override {
        boot();
        return Nothing{};
    }

private:
    void boot() {
        device_.power_on_reset();
        while (!device_.booted())
            if (const auto stage = device_.boot_stage(); !stage)
                throw std::runtime_error("model:spdm: the boot refused " + stage.error().stage);
    }
    static Bytes padded(Bytes answer) {  // as a data object carries it
        answer.resize((answer.size() + 3) / 4 * 4);
        return answer;
    }

    gpu::RootOfTrust device_;
    std::set<std::string> capabilities_;
};

}  // namespace

std::unique_ptr<SpdmPort> make_model_spdm(const std::map<std::string, std::string>& options,
                                          std::uint64_t seed) {
    std::string profile = "generic";
    for (const auto& [key, value] : options) {
        if (key != "profile")
            throw std::invalid_argument("model:spdm: unknown option " + key + ", profile is known");
        profile = value;
    }
    if (profile == "generic") return std::make_unique<GenericSpdm>(seed);
    if (profile == "nvidia") return std::make_unique<NvidiaSpdm>(seed);
    throw std::invalid_argument("model:spdm: unknown profile " + profile + ", generic and nvidia are known");
}

}  // namespace assay::conformance
