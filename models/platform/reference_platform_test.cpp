// The whole story on one elaborated platform.
#include "models/platform/reference_platform.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::platform {
namespace {

/// SystemC elaborates once per process: every test uses this one, from power-on.
ReferencePlatform& platform_in(Tampering tampering = {}) {
    static ReferencePlatform one{{}, 42};
    one.set_tampering(std::move(tampering));
    one.power_on_reset();
    return one;
}

BOOST_AUTO_TEST_CASE(a_sealed_prompt_is_answered_as_the_reference_path_computes_it) {
    ReferencePlatform& p = platform_in();
    const Prompt prompt{"to CANARYCANARYCANARYCANARY22", 48, "CANARYCANARYCANARYCANARY"};
    const auto answer = p.ask(prompt);
    BOOST_REQUIRE_MESSAGE(bool(answer), (answer ? "" : answer.error().text()));
    const Answer expected = p.reference(prompt);
    BOOST_TEST(answer->text == expected.text);
    BOOST_TEST(answer->tokens == expected.tokens, boost::test_tools::per_element());
    BOOST_TEST(answer->deletion.complete);
    BOOST_TEST(p.sweep().empty());
}

BOOST_AUTO_TEST_CASE(every_fault_is_refused_by_somebody) {
    for (const ScenarioFault& fault : scenario_faults()) {
        Tampering tampering;
        fault.arm(tampering);
        ReferencePlatform& p = platform_in(std::move(tampering));
        const auto answer = p.ask({"to be or not to be", 40, {}});
        BOOST_TEST(!answer, fault.id << " was accepted");
        if (!answer) BOOST_TEST_MESSAGE(std::string{fault.id} + ": " + answer.error().text());
    }
    // And nothing of them is left.
    BOOST_TEST(bool(platform_in().ask({"to be or not to be", 40, {}})));
}

}  // namespace
}  // namespace assay::platform
