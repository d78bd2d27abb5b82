#include "conformance/suites/data_path/suite.hpp"

#include <algorithm>
#include <iterator>

#include "conformance/suites/data_path/world.hpp"

namespace assay::conformance {
namespace data_path {

constexpr std::array topics{record_cases, request_cases, session_cases, model_cases, fault_cases};

}  // namespace data_path

Suite data_path_suite() {
    Suite suite{
        "data-path", "The data path between a confidential guest and its GPU", PortKind::data_path, {}};
    for (const auto topic : data_path::topics) std::ranges::move(topic(), std::back_inserter(suite.cases));
    std::ranges::sort(suite.cases, {}, &Case::id);
    return suite;
}

}  // namespace assay::conformance
