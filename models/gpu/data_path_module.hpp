// The data path in SystemC as one piece: guest, bounce memory, PCIe, device. A platform may take it whole, or
// its parts.
#pragma once
#include "models/gpu/data_path.hpp"
#include "models/gpu/data_plane_module.hpp"
#include "models/gpu/guest_driver_module.hpp"
#include "sim/kernel/dma_link.hpp"
#include "sim/kernel/labelled_memory.hpp"

namespace assay::gpu {

/// The figures of the data path: an H100 NVL in a TDX guest, with source and certainty of each.
const kernel::TimingProfile& data_path_profile();

///     DataPathModule path{"data_path", registry, probe};
///     path.power_on_reset(CcMode::on);                             // outside or inside the simulation
///     path.open(export_master_secret);
///     path.guest.run([&](GuestDriver& driver) { driver.set_ready(); driver.load_model(sealed, key); ... });
class DataPathModule : public sc_core::sc_module, public kernel::NoUserData {
public:
    DataPathModule(const sc_core::sc_module_name& name, labels::Registry& registry, Probe& probe,
                   const DataPathSpec& spec = {}, const kernel::TimingProfile& profile = data_path_profile());

    void power_on_reset(CcMode mode) { device.power_on_reset(mode); }
    /// A scenario begins: device, guest and host are as new, without faults and observers.
    void begin();
    /// Both ends are told the session's secret: the device by its SPDM responder, the guest by its requester.
    Result<Nothing, labels::Refusal> open(ByteView export_master_secret,
                                          crypto::Hash hash = crypto::Hash::sha384);
    /// Of sessions that are opened from now on: records under one key.
    void set_record_limit(std::uint64_t limit) { spec_.record_limit = limit; }
    Result<Nothing, labels::Refusal> inject(Fault fault);

    labels::OrderMonitor monitor;
    labels::LabelledStore bounce;

private:
    labels::Registry& registry_;
    DataPathSpec spec_;
    DataPlane core_;
    std::uint32_t sessions_ = 0;

public:
    HostFaults host;
    kernel::LabelledMemory memory;
    kernel::DmaLink link;
    DataPlaneModule device;
    GuestDriverModule guest;
};

}  // namespace assay::gpu
