// SystemC shell of the GPU's root of trust: power-on reset, boot in time, SPDM behind a DOE mailbox.
#pragma once
#include "models/gpu/doe_module.hpp"
#include "models/gpu/root_of_trust.hpp"
#include "sim/kernel/timing_profile.hpp"

namespace assay::gpu {

/// While `reset` is high the device is as power-on leaves it; when it falls the boot begins. Times come from
/// the profile: doe.register, doe.discovery, gpu.message, gpu.certificate, gpu.sign, gpu.boot.<stage>.
class RootOfTrustModule : public sc_core::sc_module, private DoeService {
public:
    /// Where the DOE capability stands in configuration space: the first extended one.
    static constexpr std::uint64_t doe_offset = 0x100;

    sc_core::sc_in<bool> reset{"reset"};

    /// `profile` and `probe` outlive it. Throws std::out_of_range when the profile lacks a figure.
    RootOfTrustModule(const sc_core::sc_module_name& name, const Chip& chip, std::uint64_t seed,
                      const kernel::TimingProfile& profile, Probe& probe,
                      std::shared_ptr<const Provisioning> provisioning = {});

    /// Configuration space.
    auto& socket() { return doe_.socket; }
    RootOfTrust& core() { return core_; }
    const RootOfTrust& core() const { return core_; }

private:
    std::span<const spdm::doe::Feature> features() const override;
    sc_core::sc_time accept(spdm::doe::Type type, ByteView body) override;
    std::optional<Bytes> answer(spdm::doe::Type type, ByteView body) override;

    void on_reset();
    void on_boot();
    void await_stage(std::size_t stage);
    void tell(Event::Kind kind, std::string name, Event::Outcome outcome, std::string detail);

    RootOfTrust core_;
    const kernel::TimingProfile& profile_;
    Probe& probe_;
    DoeModule doe_;
    std::size_t stage_ = 0;
    sc_core::sc_event boot_{"boot"};
};

}  // namespace assay::gpu
