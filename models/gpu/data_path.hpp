// Guest, bounce buffer and GPU in one piece, without SystemC and without time: for tests, benchmarks, and
// whoever needs the data path and no clock.
#pragma once
#include "models/gpu/data_plane.hpp"
#include "models/gpu/guest_driver.hpp"
#include "models/gpu/host_faults.hpp"

namespace assay::gpu {

struct DataPathSpec {
    HbmSpec hbm;
    GuestSpec guest;
    std::uint64_t record_limit = std::uint64_t{1} << 32;  // records under one key
};

/// Gives both ends what they are told beside the channel, and puts faults where they belong.
///
///     DataPath path{registry};
///     path.power_on(CcMode::on);
///     path.open(export_master_secret);
///     path.driver().set_ready();
class DataPath final : private Doorbell, private HostMemory {
public:
    explicit DataPath(labels::Registry& registry, const DataPathSpec& spec = {});

    void power_on(CcMode mode) { device_.power_on_reset(mode); }
    /// Device first, then guest; nothing is left of it where one of them refuses.
    Result<Nothing, labels::Refusal> open(ByteView export_master_secret,
                                          crypto::Hash hash = crypto::Hash::sha384);

    GuestDriver& driver() { return driver_; }
    DataPlane& device() { return device_; }
    labels::LabelledStore& bounce() { return bounce_; }
    labels::OrderMonitor& monitor() { return monitor_; }
    HostFaults& host() { return host_; }
    const Work& last_work() const { return last_work_; }
    /// E_ORDER for a fault that needs a session and finds none.
    Result<Nothing, labels::Refusal> inject(Fault fault);

private:
    Result<Nothing, labels::Refusal> ring(std::uint64_t record, std::uint64_t answer) override;
    bool fence(const labels::Subject& subject) override { return device_.fence(subject); }
    void drop_session() override { (void)device_.close(); }
    bool read(std::uint64_t address, labels::LabelledStore& to, labels::Range range) override;
    bool write(std::uint64_t address, const labels::LabelledStore& from, labels::Range range) override;

    labels::Registry& registry_;
    DataPathSpec spec_;
    labels::OrderMonitor monitor_;
    labels::LabelledStore bounce_;
    DataPlane device_;
    GuestDriver driver_;
    HostFaults host_;
    Work last_work_;
    std::uint32_t sessions_ = 0;
};

/// The device's end first, then the guest's; nothing is left of a session that one of them refuses.
Result<Nothing, labels::Refusal> open_both(labels::Registry& registry, DataPlane& device, GuestDriver& driver,
                                           ByteView export_master_secret, const Channel::Options& options);

/// Puts a fault where it belongs: host, driver, its channel, or device.
Result<Nothing, labels::Refusal> inject_fault(Fault fault, HostFaults& host, GuestDriver& driver,
                                              DataPlane& device);

}  // namespace assay::gpu
