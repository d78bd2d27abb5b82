#include "conformance/targets/model_tpm.hpp"

#include "models/tpm/engine.hpp"

namespace assay::conformance {
namespace {

class ModelTpm final : public TpmPort {
public:
    ModelTpm(std::uint64_t seed, const tpm::Config& config)
        : random_(store(seed, std::endian::big), "model:tpm"), tpm_(config, random_, time_) {
        tpm_.power_on();
    }

    std::set<std::string> capabilities() const override {
        return {"any-size", "erase", "locality", "power-cycle"};
    }
    Result<Bytes, PortError> exchange(ByteView command, unsigned locality) override {
        return tpm_.execute(command, locality);
    }
    Result<Nothing, PortError> reset() override {
        tpm_.power_off();
        tpm_.power_on();
        return Nothing{};
    }

private:
    crypto::Drbg random_;
    tpm::ManualTime time_;
    tpm::Engine tpm_;
};

}  // namespace

std::unique_ptr<TpmPort> make_model_tpm(std::uint64_t seed, const tpm::Config& config) {
    return std::make_unique<ModelTpm>(seed, config);
}

}  // namespace assay::conformance
