// A GPU made of the forge's parts alone, for tests: right in everything until a test alters it before it
// signs.
#pragma once
#include "conformance/suites/bare_trial.hpp"
#include "conformance/suites/gpu_appraisal/forge.hpp"

namespace assay::conformance {

/// What a wrong device does otherwise.
struct Alteration {
    std::function<void(gpu_appraisal::World&)> world{};        // before certificates and manifests are made
    std::function<void(gpu_appraisal::ReportPlan&)> report{};  // of each report, before it is signed
    std::function<void(Bytes&)> body{};                        // its bytes, before they are signed
    std::function<Bytes(const crypto::PrivateKey&, ByteView body)> sign{};
    std::function<void(gpu::Evidence&)> evidence{};  // after all
    std::function<void(GpuReferences&)> references{};
};

class ForgedDevice final : public GpuPort {
public:
    ForgedDevice(gpu::Arch arch, Alteration alteration);

    std::set<std::string> capabilities() const override { return {"fresh-nonce", "references", "ocsp"}; }
    Result<GpuReferences, PortError> references() override { return request_.references; }
    Result<gpu::Evidence, PortError> collect(ByteView nonce) override;
    Result<Bytes, PortError> exchange(ByteView) override { return cannot(); }
    Result<Nothing, PortError> power_on_reset() override { return cannot(); }
    std::vector<FirmwareStage> firmware_stages() override { return {}; }
    Result<Nothing, PortError> load_firmware(std::string_view, unsigned) override { return cannot(); }
    Result<Nothing, PortError> roll_back_firmware() override { return cannot(); }
    Result<Nothing, PortError> set_cc_mode(std::string_view) override { return cannot(); }
    Result<Nothing, PortError> set_debug(bool) override { return cannot(); }
    std::vector<Event> take_events() override { return {}; }

private:
    static PortError cannot() { return {PortError::Kind::not_supported, "a forged device cannot"}; }

    BareTrial trial_{"forged device"};
    Alteration alteration_;
    gpu_appraisal::World world_;
    AppraisalRequest request_;
    const crypto::PrivateKey* leaf_ = nullptr;
};

}  // namespace assay::conformance
