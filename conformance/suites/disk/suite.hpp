// The suite disk: judges the read path of dm-verity volumes by media that change under it.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance {

/// Cases in order of id, each with at least one requirement of requirements/disk.json.
Suite disk_suite();

}  // namespace assay::conformance
