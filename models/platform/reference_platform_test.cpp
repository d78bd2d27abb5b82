// The whole story on one elaborated platform.
#include "models/platform/reference_platform.hpp"

#include <map>
#include <set>

#include <boost/test/unit_test.hpp>

#include "models/tpm/commands.hpp"
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

/// The memory of the vTPM is in the sight of the oracles: a guest that keeps a prompt in an NV index is found
/// out by the bytes, though it never said what they are.
BOOST_AUTO_TEST_CASE(a_prompt_that_the_guest_keeps_in_its_tpm_is_residue) {
    ReferencePlatform& p = platform_in();
    const std::string canary = "CANARYCANARYCANARYCANARY";
    BOOST_REQUIRE(p.ask({"to " + canary, 40, canary}));
    const auto vtpm = [&](ByteView command) {
        return p.vtpm(command);
    };
    namespace na = tpm::nv_attribute;
    constexpr tpm::Handle index = 0x0180'0001;
    tpm::NvDefineSpaceIn define{.auth_handle = tpm::rh::owner};
    define.public_info.value = {
        .nv_index = index, .attributes = na::owner_write | na::owner_read, .data_size = 24};
    BOOST_REQUIRE(tpm::call(vtpm, define, {tpm::password()}));
    BOOST_TEST(p.sweep().empty());
    const tpm::NvWriteIn write{tpm::rh::owner, index, {Bytes{canary.begin(), canary.end()}}, 0};
    BOOST_REQUIRE(tpm::call(vtpm, write, {tpm::password()}));
    const auto found = p.sweep();
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].store == "vtpm.nv");
    BOOST_TEST(found[0].oracle == "content");
    BOOST_REQUIRE(tpm::call(vtpm, tpm::NvUndefineSpaceIn{tpm::rh::owner, index}, {tpm::password()}));
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
