#include "conformance/suites/ohttp/suite.hpp"

#include <algorithm>
#include <iterator>

#include "conformance/suites/ohttp/session.hpp"

namespace assay::conformance {
namespace oblivious {

constexpr std::array topics{decapsulation_cases, content_cases, key_cases,  response_cases,
                            replay_cases,        hop_cases,     leak_cases, rotation_cases};

}  // namespace oblivious

Suite ohttp_suite() {
    Suite suite{"ohttp", "Relays and gateways of oblivious HTTP", PortKind::ohttp, {}};
    for (const auto topic : oblivious::topics) std::ranges::move(topic(), std::back_inserter(suite.cases));
    std::ranges::sort(suite.cases, {}, &Case::id);
    return suite;
}

}  // namespace assay::conformance
