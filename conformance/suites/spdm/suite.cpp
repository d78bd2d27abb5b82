#include "conformance/suites/spdm/suite.hpp"

#include <algorithm>

#include "conformance/suites/spdm/client.hpp"

namespace assay::conformance {

Suite spdm_suite() {
    Suite suite{"spdm", "SPDM responders and their secure sessions", PortKind::spdm, {}};
    for (const auto add :
         {spdm_topic::add_setup_cases, spdm_topic::add_identity_cases, spdm_topic::add_measurement_cases,
          spdm_topic::add_exchange_cases, spdm_topic::add_session_cases, spdm_topic::add_record_cases,
          spdm_topic::add_state_cases, spdm_topic::add_boundary_cases, spdm_topic::add_content_cases,
          spdm_topic::add_channel_cases, spdm_topic::add_psk_cases, spdm_topic::add_chunk_cases,
          spdm_topic::add_provisioning_cases, spdm_topic::add_mutual_cases,
          spdm_topic::add_basic_mutual_cases})
        add(suite.cases);
    std::ranges::sort(suite.cases, {}, &Case::id);
    return suite;
}

}  // namespace assay::conformance
