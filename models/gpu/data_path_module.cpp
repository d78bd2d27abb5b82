#include "models/gpu/data_path_module.hpp"

#include <stdexcept>

namespace assay::embedded {
std::string_view data_path_timing_profile();
}

namespace assay::gpu {

const kernel::TimingProfile& data_path_profile() {
    static const kernel::TimingProfile profile = [] {
        auto parsed = kernel::TimingProfile::from_json(embedded::data_path_timing_profile());
        if (!parsed) throw std::logic_error("data-path.json: " + parsed.error());
        return *std::move(parsed);
    }();
    return profile;
}

DataPathModule::DataPathModule(const sc_core::sc_module_name& name, labels::Registry& registry, Probe& probe,
                               const DataPathSpec& spec, const kernel::TimingProfile& profile)
    : sc_module(name),
      NoUserData("its parts hold what there is"),
      monitor(registry),
      bounce(registry, bounce_store()),
      registry_(registry),
      spec_(spec),
      core_(registry, monitor, spec.hbm),
      memory("bounce", bounce, sc_core::SC_ZERO_TIME),
      link("link", registry, profile.time("pcie.request"), profile.time("pcie.dma_byte")),
      device("device", core_, profile, probe),
      guest("guest", registry, monitor, bounce, profile, probe, spec.guest) {
    guest.cpu.socket.bind(device.registers_socket);
    device.dma.bind(link.from_device);
    link.to_host.bind(memory.socket);
    guest.driver().set_tap([this](Direction direction, labels::LabelledStore& store, labels::Range record) {
        host(direction, store, record);
    });
}

void DataPathModule::begin() {
    host = {};
    core_.faults().clear();
    device.power_on_reset(CcMode::off);
    guest.driver().power_on_reset();
    bounce.power_cycle();
    monitor.forget();
    sessions_ = 0;
}

Result<Nothing, labels::Refusal> DataPathModule::open(ByteView secret, crypto::Hash hash) {
    const Channel::Options options{Channel::End::device, ++sessions_, hash, spec_.record_limit};
    return open_both(registry_, core_, guest.driver(), secret, options);
}

Result<Nothing, labels::Refusal> DataPathModule::inject(Fault fault) {
    return inject_fault(fault, host, guest.driver(), core_);
}

}  // namespace assay::gpu
