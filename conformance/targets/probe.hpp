// What a target says of itself, asked in a process of its own: opening a model elaborates it, and a process
// can do that once.
#pragma once
#include "conformance/targets/target.hpp"

namespace assay::conformance {

/// Capabilities of the port that `open` gives, or why it gives none.
Result<std::vector<std::string>, std::string> probe_capabilities(
    const std::function<AnyPort(std::uint64_t)>& open);

}  // namespace assay::conformance
