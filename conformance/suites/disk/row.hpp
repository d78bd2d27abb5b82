// A case of the suite as data.
#pragma once
#include "conformance/suites/disk/volume.hpp"

namespace assay::conformance::guest_disk {

struct Row {
    const char *id, *title, *requirement;  // the id after "disk."
    void (*run)(Trial&);
};
std::span<const Row> tree_rows();
std::span<const Row> read_rows();
std::span<const Row> parameter_rows();

}  // namespace assay::conformance::guest_disk
