#include "models/gpu/data_path.hpp"

namespace assay::gpu {
namespace {

using labels::LabelledStore;
using labels::Range;
using labels::Refusal;

bool inside(std::uint64_t address, std::size_t size, const LabelledStore& store) {
    return address <= store.capacity() && size <= store.capacity() - address;
}

}  // namespace

DataPath::DataPath(labels::Registry& registry, const DataPathSpec& spec)
    : registry_(registry),
      spec_(spec),
      monitor_(registry),
      bounce_(registry, bounce_store()),
      device_(registry, monitor_, spec.hbm),
      driver_(registry, monitor_, bounce_, *this, spec.guest) {
    driver_.set_tap([this](Direction direction, LabelledStore& bounce, Range record) {
        host_(direction, bounce, record);
    });
}

Result<Nothing, Refusal> DataPath::open(ByteView secret, crypto::Hash hash) {
    const Channel::Options options{Channel::End::device, ++sessions_, hash, spec_.record_limit};
    return open_both(registry_, device_, driver_, secret, options);
}

Result<Nothing, Refusal> open_both(labels::Registry& registry, DataPlane& device, GuestDriver& driver,
                                   ByteView secret, const Channel::Options& options) {
    auto session = registry.admit();
    if (!session) return session.error();
    auto opened = device.open(secret, *session, options);
    if (opened) opened = driver.open(secret, device.mode(), options, *session);
    if (opened) return opened;
    (void)device.close();
    if (auto released = registry.release(*session); !released) return released;
    return opened;
}

Result<Nothing, Refusal> DataPath::ring(std::uint64_t record, std::uint64_t answer) {
    auto work = device_.execute(*this, record, answer);
    if (!work) return work.error();
    last_work_ = *work;
    return Nothing{};
}

bool DataPath::read(std::uint64_t address, LabelledStore& to, Range range) {
    return inside(address, range.size, bounce_) &&
           to.copy(bounce_, {static_cast<std::size_t>(address), range.size}, range.at);
}

bool DataPath::write(std::uint64_t address, const LabelledStore& from, Range range) {
    return inside(address, range.size, bounce_) &&
           bounce_.copy(from, range, static_cast<std::size_t>(address));
}

Result<Nothing, Refusal> DataPath::inject(Fault fault) {
    return inject_fault(fault, host_, driver_, device_);
}

Result<Nothing, Refusal> inject_fault(Fault fault, HostFaults& host, GuestDriver& driver, DataPlane& device) {
    if (HostFaults::is_of_the_host(fault)) {
        host.inject(fault);
        return Nothing{};
    }
    Channel* const channel = driver.channel();
    switch (fault) {
        case Fault::counter_reused:
        case Fault::iv_skipped:
        case Fault::stale_key:
            if (channel == nullptr || channel->sent() == 0)
                return Refusal{"E_ORDER", "no session with a record", "fault " + std::string{row(fault).name},
                               "a session"};
            if (fault == Fault::stale_key) return channel->use_stale_key();
            channel->set_next_counter(fault == Fault::iv_skipped ? channel->sent() + 1 : channel->sent() - 1);
            return Nothing{};
        case Fault::plaintext_in_bounce:
        case Fault::token_in_doorbell:
        case Fault::buffer_left:
        case Fault::bounce_left: driver.faults().insert(fault); return Nothing{};
        default: device.faults().insert(fault); return Nothing{};
    }
}

}  // namespace assay::gpu
