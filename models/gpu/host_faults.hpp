// The host as an adversary: what it does to records in the bounce buffer, which it owns.
#pragma once
#include <functional>
#include <set>

#include "models/gpu/data_path_faults.hpp"
#include "models/gpu/transfer.hpp"
#include "sim/labels/store.hpp"

namespace assay::gpu {

/// Is a HostTap. Each fault strikes once, at the next record that it fits, and is then over.
class HostFaults {
public:
    void inject(Fault fault) { waiting_.insert(fault); }
    /// True for what this class does; the other faults are not the host's.
    static bool is_of_the_host(Fault fault);
    void operator()(Direction direction, labels::LabelledStore& bounce, labels::Range record);
    /// What the host saw, as it came: both directions, in order.
    std::function<void(Direction, ByteView)> on_record;

private:
    bool strike(Fault fault);

    std::set<Fault> waiting_;
    Bytes last_record_, last_payload_, last_answer_;
};

}  // namespace assay::gpu
