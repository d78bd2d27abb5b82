#include "conformance/suites/disk/suite.hpp"

#include <algorithm>

#include "conformance/suites/disk/row.hpp"

namespace assay::conformance {
namespace guest_disk {

/// Before any case: a valid volume opens and reads.
void ready(Trial& trial) {
    const Volume volume = standard_volume();
    Reader reader{trial};
    reader.open(volume);
    reader.expect_block(volume, 0);
}

}  // namespace guest_disk

Suite disk_suite() {
    Suite suite{"disk", "Read paths of dm-verity volumes", PortKind::block, {}};
    for (const auto table : {guest_disk::tree_rows(), guest_disk::read_rows(), guest_disk::parameter_rows()})
        for (const guest_disk::Row& row : table) {
            const std::string id = row.id;
            suite.cases.push_back({"disk." + id,
                                   row.title,
                                   {row.requirement},
                                   {},
                                   {id.substr(0, id.find('.'))},
                                   guest_disk::ready,
                                   row.run});
        }
    std::ranges::sort(suite.cases, {}, &Case::id);
    return suite;
}

}  // namespace assay::conformance
