// What is prepared before power-on: it fits together, and the runtime would take it.
#include "models/platform/deployment.hpp"

#include <boost/test/unit_test.hpp>

#include "models/cvm/verity_device.hpp"
#include "models/runtime/agent.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::platform {
namespace {

Deployment sample() { return {built_in_workload(), as_bytes("seed")}; }

BOOST_AUTO_TEST_CASE(the_runtime_binds_the_policy_and_admits_one_container_after_the_other) {
    const Deployment d = sample();
    runtime::NoEffects effects;
    runtime::Agent agent{effects};
    const auto bound = agent.bind(d.runtime_policy, crypto::digest(crypto::Hash::sha256, {d.runtime_policy}));
    BOOST_REQUIRE_MESSAGE(bool(bound), (bound ? "" : bound.error().at + " " + bound.error().what));
    agent.device_attested("gpu");
    const auto send = [&](const ControlCommand& c) {
        const auto decision =
            agent.decide(as_bytes("{\"command\":\"" + c.command + "\",\"input\":" + c.input + "}"));
        BOOST_TEST(decision.allowed(), c.command << " " << name(decision.code) << " " << decision.at);
    };
    for (const auto& c : sandbox_commands(d)) send(c);
    for (const char* id : {"c1", "c2"}) {
        for (const auto& c : container_commands(d, id)) send(c);
        agent.container_exited(id);
        for (const auto& c : removal_commands(id)) send(c);
    }
}

BOOST_AUTO_TEST_CASE(the_image_opens_with_the_root_hash_of_the_command_line) {
    const Deployment d = sample();
    const cvm::ByteSource whole{d.image};
    const cvm::WindowSource data{whole, 0, d.image_data_size};
    const auto root = from_hex(*cvm::verity_root_of(d.plan.command_line));
    auto disk = cvm::VerityDevice::open(
        data, whole, {.root_hash = *root, .hash_offset = d.image_data_size, .parameters = {}});
    BOOST_REQUIRE_MESSAGE(bool(disk), (disk ? "" : disk.error().what));
    Bytes block(disk->block_size());
    BOOST_TEST(bool(disk->read(d.tokenizer.begin / block.size(), block)));
    // The tokenizer stands behind the size of its vocabulary.
    BOOST_TEST(equal(ByteView{block}.subspan(4, 64), ByteView{d.workload.tokenizer}.first(64)));
}

}  // namespace
}  // namespace assay::platform
