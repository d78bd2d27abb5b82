#include "conformance/suites/deletion/suite.hpp"

#include <algorithm>
#include <iterator>

#include "conformance/suites/deletion/node.hpp"

namespace assay::conformance {
namespace deletion {

constexpr std::array topics{control_cases, request_cases, end_cases,  fault_cases,
                            sink_cases,    key_cases,     order_cases};

}  // namespace deletion

Suite deletion_suite() {
    Suite suite{"deletion", "Nodes that forget their requests", PortKind::deletion, {}};
    for (const auto topic : deletion::topics) std::ranges::move(topic(), std::back_inserter(suite.cases));
    std::ranges::sort(suite.cases, {}, &Case::id);
    return suite;
}

}  // namespace assay::conformance
