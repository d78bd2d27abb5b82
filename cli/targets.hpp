// Targets from the command line, and the ones that are judged when none is named.
#pragma once
#include "conformance/targets/target.hpp"

namespace assay::cli {

struct Targets {
    std::vector<conformance::Target> list;
    std::vector<std::pair<std::string, std::string>> absent;  // component, reason: what could not be judged
    std::string error;                                        // one line; empty when all is well
};

/// Ids must differ. `may_erase`: what has an option `erase` and does not say, is to be erased.
Targets parse_targets(const std::vector<std::string>& uris, bool may_erase = false);

/// The whole platform, each of its components by itself, and, where ASSAY_SHARED (default ../shared) has it,
/// evidence recorded from real silicon: an H100, an NVSwitch, a GB100.
Targets built_in_targets();

}  // namespace assay::cli
