// Targets of ports of the data path and of deletion that a test makes.
#pragma once
#include "conformance/suites/failures.hpp"
#include "conformance/targets/model_data_path.hpp"

namespace assay::conformance {

inline const std::set<std::string> path_can{"cc-off",   "devtools",     "faults",
                                            "raw-read", "record-limit", "rekey"};
inline const std::set<std::string> node_can{"faults", "keys", "order", "plant", "raw-read", "reset", "sinks"};

template <class Port>
Target data_target(std::function<std::unique_ptr<Port>(std::uint64_t)> make) {
    const std::set<std::string>& can = std::is_same_v<Port, DataPathPort> ? path_can : node_can;
    return {.id = "data",
            .uri = "test:data",
            .kind = "software",
            .port = std::is_same_v<Port, DataPathPort> ? PortKind::data_path : PortKind::deletion,
            .vendor = {},
            .product = {},
            .version = {},
            .capabilities = {can.begin(), can.end()},
            .artifacts = {},
            .open = [make = std::move(make)](std::uint64_t seed) {
                return AnyPort{make(seed)};
            }};
}

/// All cases of a suite on ports that `make` makes, each in a process of its own.
template <class Port>
Failures failures_of(const Suite& suite, std::function<std::unique_ptr<Port>(std::uint64_t)> make) {
    const Target target = data_target<Port>(std::move(make));
    Failures out;
    for (const Case& one : suite.cases) out.add(one, verdict_apart(one, target));
    return out;
}

}  // namespace assay::conformance
