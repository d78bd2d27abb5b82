#include "conformance/suites/runtime/suite.hpp"

#include <algorithm>
#include <iterator>

#include "conformance/suites/runtime/row.hpp"

namespace assay::conformance {
namespace guest_runtime {

constexpr std::array row_tables{denied_rows,  line_rows,    container_rows, storage_rows,
                                process_rows, network_rows, state_rows};

Case case_of(const Row& row) {
    Case out{
        "runtime." + row.id, row.title, row.requirements, {}, {row.id.substr(0, row.id.find('.'))}, {}, {}};
    out.prepare = [row](Trial& trial) {
        Guest guest{trial};
        guest.boot(policy_text(row.deployment));
        guest.bring_to(row.stage);
        if (!row.neighbour.empty()) guest.expect_allowed(row.neighbour);
    };
    out.run = [row](Trial& trial) {
        Guest guest{trial};
        guest.boot(policy_text(row.deployment));
        guest.bring_to(row.stage);
        std::string attempt = row.attempt;
        attempt.resize(std::max(attempt.size(), row.padded_to), ' ');
        guest.expect_denied(attempt, row.code, row.at);
        if (!row.neighbour.empty()) guest.expect_allowed(row.neighbour);
    };
    return out;
}

}  // namespace guest_runtime

Suite runtime_suite() {
    Suite suite{"runtime", "Container runtimes with an attested policy", PortKind::command, {}};
    for (const auto table : guest_runtime::row_tables)
        for (const guest_runtime::Row& row : table()) suite.cases.push_back(guest_runtime::case_of(row));
    std::ranges::move(guest_runtime::policy_cases(), std::back_inserter(suite.cases));
    std::ranges::move(guest_runtime::answer_cases(), std::back_inserter(suite.cases));
    std::ranges::sort(suite.cases, {}, &Case::id);
    return suite;
}

}  // namespace assay::conformance
