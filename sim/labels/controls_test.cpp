// Planted residue is found in every store, by name and to the byte; and a blind oracle is seen to be blind.
#include "sim/labels/controls.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/labels/label_oracle.hpp"
#include "sim/labels/test_registry.hpp"

namespace assay::labels {
namespace {

BOOST_AUTO_TEST_CASE(every_store_passes_its_controls_and_is_as_it_was) {
    TestBench bench;
    LabelledStore ram{bench.registry, {"ram", StoreKind::dram, 3 * 4096 + 5}};
    LabelledStore ring{bench.registry, {"ring", StoreKind::ring, 4096, true, Sink::bounce_ring}};
    LabelledStore flash{bench.registry, {"flash", StoreKind::flash, 200, false}};
    LabelledStore bits{bench.registry, {"bits", StoreKind::registers, 8}};
    KeyStore keys{bench.registry, "keys", 2};
    const Subject subject = bench.subject();
    ram.write(4090, as_bytes("user data across a page"), bench.prompt(subject));
    const Bytes before{ram.bytes(ram.all()).begin(), ram.bytes(ram.all()).end()};
    const auto runs = ram.runs(ram.all());

    for (std::uint8_t round = 0; round < 30; ++round) {  // every form has its turn in every store
        LabelledStore one_more{bench.registry, {"a" + std::to_string(round), StoreKind::sram, 5000}};
        const auto controls = run_controls(bench.registry, bench.random);
        BOOST_TEST(controls.size() == 6U);
        for (const Control& control : controls) {
            BOOST_TEST_CONTEXT(control.store) {
                BOOST_TEST(control.passed());
                BOOST_TEST(control.not_covered.empty() == (control.store != "bits"));
            }
        }
    }
    BOOST_TEST(equal(ram.bytes(ram.all()), before));
    BOOST_TEST((ram.runs(ram.all()) == runs));
    BOOST_TEST(bench.registry.findings().total() == 0U);
}

BOOST_AUTO_TEST_CASE(a_store_that_did_not_register_is_in_no_control) {
    TestBench bench, other;
    LabelledStore seen{bench.registry, {"seen", StoreKind::dram, 100}};
    LabelledStore unseen{other.registry, {"unseen", StoreKind::dram, 100}};
    const auto controls = run_controls(bench.registry, bench.random);
    BOOST_REQUIRE(controls.size() == 1U);
    BOOST_TEST(controls[0].store == "seen");
    BOOST_TEST(bench.registry.state_bytes() == 100U);  // what a module declares is compared with this
}

BOOST_AUTO_TEST_CASE(a_plant_that_stays_is_a_false_alarm_of_the_next_controls) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 100}};
    const Plant left{store, 50, Bytes(1, 0), planted};
    const auto controls = run_controls(bench.registry, bench.random);
    BOOST_REQUIRE(controls.size() == 1U);
    BOOST_TEST(!controls[0].passed());
}

BOOST_AUTO_TEST_CASE(a_leak_in_each_store_is_named_by_both_oracles) {
    TestBench bench;
    LabelledStore a{bench.registry, {"a", StoreKind::dram, 5000}};
    LabelledStore b{bench.registry, {"b", StoreKind::hbm, 5000}};
    LabelledStore log{bench.registry, {"log", StoreKind::log, 5000, false, Sink::log}};
    const Subject subject = bench.subject();
    const Secret canary = make_canary(bench.random);
    ContentOracle content{bench.random};
    content.add(forms_of_canary(canary.bytes()));
    for (LabelledStore* store : {&a, &b, &log}) {
        const Plant leak{*store, 4090, canary.bytes(), bench.prompt(subject)};
        const auto by_label = sweep(bench.registry, subject), by_content = content.scan(bench.registry);
        BOOST_REQUIRE(by_label.size() == 1U);
        BOOST_REQUIRE(by_content.size() == 1U);
        BOOST_TEST(by_label[0].store == store->name());
        BOOST_TEST(by_content[0].store == store->name());
        BOOST_TEST((by_label[0].range == by_content[0].range));
    }
    BOOST_TEST(sweep(bench.registry, subject).empty());
    BOOST_TEST(content.scan(bench.registry).empty());
}

}  // namespace
}  // namespace assay::labels
