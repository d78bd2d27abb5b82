#include "conformance/targets/model_tpm.hpp"

#include "models/tpm/engine.hpp"

namespace assay::conformance {
namespace {

class ModelTpm final : public TpmPort {
public:
    explicit ModelTpm(std::uint64_t seed) : random_(store(seed, std::endian::big), "model:tpm") {
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
    tpm::Engine tpm_{{}, random_, time_};
};

}  // namespace

std::unique_ptr<TpmPort> make_model_tpm(std::uint64_t seed) { return std::make_unique<ModelTpm>(seed); }

}  // namespace assay::conformance
