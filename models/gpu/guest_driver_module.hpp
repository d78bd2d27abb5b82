// SystemC shell of the guest's driver: a program that rings and polls.
#pragma once
#include "models/gpu/guest_driver.hpp"
#include "models/gpu/probe.hpp"
#include "sim/kernel/initiator.hpp"
#include "sim/kernel/program.hpp"
#include "sim/kernel/state_holder.hpp"
#include "sim/kernel/timing_profile.hpp"

namespace assay::gpu {

/// The CPU's port to the device's registers, as a module that holds nothing.
class DriverCpu : public kernel::Initiator, public kernel::NoUserData {
public:
    explicit DriverCpu(const sc_core::sc_module_name& name)
        : Initiator(name), NoUserData("addresses and status of the device only") {}
};

/// run() hands the program a task: see kernel::Program. Figures: host.poll, host.timeout, pcie.request.
class GuestDriverModule : public sc_core::sc_module, public kernel::StateHolder, private Doorbell {
public:
    DriverCpu cpu{"cpu"};

    GuestDriverModule(const sc_core::sc_module_name& name, labels::Registry& registry,
                      labels::OrderMonitor& monitor, labels::LabelledStore& bounce,
                      const kernel::TimingProfile& profile, Probe& probe, GuestSpec spec = {});

    void run(const std::function<void(GuestDriver&)>& task) {
        program_.run([&] { task(driver_); });
    }
    /// The same from a thread of the simulation, which may be another program's.
    GuestDriver& driver() { return driver_; }

    std::vector<const labels::LabelledStore*> stores() const override;
    std::size_t state_bytes() const override;

private:
    Result<Nothing, labels::Refusal> ring(std::uint64_t record, std::uint64_t answer) override;
    bool fence(const labels::Subject& subject) override;
    void drop_session() override;
    bool set(std::uint64_t reg, std::uint32_t value);

    GuestDriver driver_;
    Probe& probe_;
    sc_core::sc_time poll_, timeout_, request_;
    kernel::Program program_{"program"};
};

}  // namespace assay::gpu
