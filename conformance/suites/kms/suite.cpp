#include "conformance/suites/kms/suite.hpp"

#include <algorithm>
#include <iterator>

#include "conformance/suites/kms/cases.hpp"

namespace assay::conformance {
namespace key_release {

std::vector<std::string> with(std::initializer_list<const char*> more) {
    std::vector<std::string> out{"issuers", "callers", "clock", "keys"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

Case make_case(std::string_view id, std::string_view title, std::vector<std::string> requirements,
               std::vector<std::string> needs, std::function<void(Scene&)> run) {
    const std::string topic{id.substr(0, id.find('.'))};
    return {"kms." + std::string{id},
            std::string{title},
            std::move(requirements),
            std::move(needs),
            {topic},
            [](Trial& trial) {
                Scene scene{trial};
                const Bytes key = scene.provide("control");
                scene.expect_key(scene.release("control"), key);
            },
            [run = std::move(run)](Trial& trial) {
                Scene scene{trial};
                run(scene);
            }};
}

constexpr std::array topics{row_cases,      order_cases,    policy_cases,  nonce_cases,
                            wrapping_cases, rotation_cases, receipt_cases, record_cases};

}  // namespace key_release

Suite kms_suite() {
    Suite suite{"kms", "Key management services that release keys to attested platforms", PortKind::kms, {}};
    for (const auto topic : key_release::topics) std::ranges::move(topic(), std::back_inserter(suite.cases));
    std::ranges::sort(suite.cases, {}, &Case::id);
    suite.warm = [] {
        static_cast<void>(key_release::vtpm_key());
    };  // its check is half of a case
    return suite;
}

}  // namespace assay::conformance
