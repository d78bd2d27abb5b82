// The whole story on one elaborated platform.
#include "models/platform/reference_platform.hpp"

#include <map>
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

BOOST_AUTO_TEST_CASE(a_thousand_requests_leave_nothing_and_use_no_id_and_no_nonce_twice) {
    ReferencePlatform& p = platform_in();
    for (int request = 0; request < 1000; ++request) {
        std::string canary = "CANARYCANARYCANARYCA" + std::to_string(1000 + request);
        const auto answer = p.ask({"to " + canary, 40, canary});
        BOOST_REQUIRE_MESSAGE(bool(answer), request << ": " << (answer ? "" : answer.error().text()));
        BOOST_REQUIRE(answer->deletion.complete);
        BOOST_REQUIRE(p.sweep().empty());
    }
    std::set<Bytes> seen;
    std::map<std::string, int> where;
    for (const ObservedId& id : p.observed_ids()) {
        BOOST_REQUIRE_MESSAGE(seen.insert(id.value).second, id.where);
        ++where[id.where];
    }
    for (const char* hop : {"hpke enc", "relay", "balancer"}) BOOST_TEST(where[hop] == 1000, hop);
    // Input, run, output and release are a record and an answer each; and those that loaded the model.
    for (const char* way : {"dma host-to-device", "dma device-to-host"}) BOOST_TEST(where[way] > 4000, way);
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
