#include "models/gpu/guest_driver_module.hpp"

#include "models/gpu/data_plane_module.hpp"

namespace assay::gpu {
namespace {

using Device = DataPlaneModule;
using labels::Refusal;

}  // namespace

GuestDriverModule::GuestDriverModule(const sc_core::sc_module_name& name, labels::Registry& registry,
                                     labels::OrderMonitor& monitor, labels::LabelledStore& bounce,
                                     const kernel::TimingProfile& profile, Probe& probe, GuestSpec spec)
    : sc_module(name),
      driver_(registry, monitor, bounce, *this, std::move(spec)),
      probe_(probe),
      poll_(profile.time("host.poll")),
      timeout_(profile.time("host.timeout")),
      request_(profile.time("pcie.request")) {}

std::vector<const labels::LabelledStore*> GuestDriverModule::stores() const {
    return {&driver_.buffer(), &driver_.keys().store()};
}

std::size_t GuestDriverModule::state_bytes() const {
    return driver_.buffer().capacity() + driver_.keys().store().capacity();
}

bool GuestDriverModule::set(std::uint64_t reg, std::uint32_t value) {
    wait(request_);
    return cpu.write_register(reg, value) == tlm::TLM_OK_RESPONSE;
}

Result<Nothing, Refusal> GuestDriverModule::ring(std::uint64_t record, std::uint64_t answer) {
    const Refusal bus{"E_DEVICE", "a register access failed", "guest driver",
                      "a device behind its registers"};
    if (!set(Device::record, static_cast<std::uint32_t>(record)) ||
        !set(Device::answer, static_cast<std::uint32_t>(answer)) || !set(Device::doorbell, 1))
        return bus;
    const sc_core::sc_time begin = sc_core::sc_time_stamp();
    for (;;) {
        wait(poll_ + request_);
        std::uint32_t value = 0;
        if (cpu.read_register(Device::status, value) != tlm::TLM_OK_RESPONSE) return bus;
        if ((value & Device::done) != 0) return Nothing{};
        if ((value & Device::failed) != 0)
            return Refusal{code_of(value >> Device::code_shift), "the device ended the session", "gpu",
                           "an answer"};
        if (sc_core::sc_time_stamp() - begin > timeout_)
            return Refusal{"E_TIMEOUT", "no answer", "gpu", "an answer in time"};
    }
}

bool GuestDriverModule::fence(const labels::Subject& subject) {
    const std::uint64_t context = context_id(subject);
    if (!set(Device::fence_low, static_cast<std::uint32_t>(context)) ||
        !set(Device::fence_high, static_cast<std::uint32_t>(context >> 32)))
        return false;
    wait(request_);
    std::uint32_t value = Device::busy;
    return cpu.read_register(Device::status, value) == tlm::TLM_OK_RESPONSE && (value & Device::busy) == 0;
}

void GuestDriverModule::drop_session() { (void)set(Device::drop_session, 1); }

}  // namespace assay::gpu
