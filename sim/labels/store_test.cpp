// Storage that knows whose its bytes are (data and label change in one step).
#include "sim/labels/store.hpp"

#include <numeric>

#include <boost/test/unit_test.hpp>

#include "sim/labels/label_oracle.hpp"
#include "sim/labels/test_registry.hpp"

namespace assay::labels {
namespace {

BOOST_AUTO_TEST_CASE(what_is_written_keeps_its_label) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 10000}};
    const Label mine = bench.prompt(bench.subject());
    BOOST_TEST(store.write(4090, as_bytes("a prompt of mine"), mine));
    BOOST_TEST(text_of(store.bytes({4090, 16})) == "a prompt of mine");
    BOOST_TEST((store.label({4090, 16}) == mine));
    BOOST_TEST((store.label({0, 4090}) == clean));
    BOOST_TEST((store.label({0, 10000}) == mine));
}

BOOST_AUTO_TEST_CASE(a_write_without_a_label_is_unknown_and_counts_as_residue) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 100}};
    const Subject subject = bench.subject();
    store.write_unlabelled(7, as_bytes("who"));
    BOOST_TEST((store.label({7, 3}) == unknown));
    const auto found = sweep(bench.registry, subject);
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].store == "ram");
    BOOST_TEST(found[0].range.at == 7U);
    BOOST_TEST(found[0].range.size == 3U);
    BOOST_TEST(found[0].form == "unknown");
    BOOST_TEST(!bench.registry.release(subject));
}

BOOST_AUTO_TEST_CASE(bytes_of_two_subjects_are_mixed_and_belong_to_both) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 100}};
    const Subject a = bench.subject(), b = bench.subject(), c = bench.subject();
    const Label both = bench.registry.join(bench.prompt(a), bench.prompt(b));
    store.produce({0, 8}, both, [](std::span<std::uint8_t> out) { std::ranges::fill(out, std::uint8_t{1}); });
    BOOST_TEST(sweep(bench.registry, a).size() == 1U);
    BOOST_TEST(sweep(bench.registry, b).size() == 1U);
    BOOST_TEST(sweep(bench.registry, c).empty());
    // The set goes along with a copy, and is cut by a later write.
    LabelledStore other{bench.registry, {"other", StoreKind::dram, 100}};
    other.copy(store, {2, 6}, 50);
    other.write(52, Bytes(2, 0), clean);
    const auto found = sweep(bench.registry, b);
    BOOST_REQUIRE(found.size() == 3U);
    BOOST_TEST(found[0].range.at == 50U);
    BOOST_TEST(found[0].range.size == 2U);
    BOOST_TEST(found[1].range.at == 54U);
    BOOST_TEST(found[1].range.size == 2U);
}

BOOST_AUTO_TEST_CASE(a_mixed_label_without_a_set_is_unknown) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 100}};
    store.write(0, Bytes(4, 1), Label{mixed_byte, 0});
    BOOST_TEST((store.label({0, 4}) == unknown));
}

BOOST_AUTO_TEST_CASE(a_copy_takes_labels_along_also_onto_itself) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 20000}};
    const Label mine = bench.prompt(bench.subject());
    Bytes data(9000);
    std::iota(data.begin(), data.end(), std::uint8_t{0});
    store.write(100, data, mine);
    store.copy(store, {100, 9000}, 3000);
    BOOST_TEST(equal(store.bytes({3000, 9000}), data));
    BOOST_TEST((store.label({3000, 9000}) == mine));
    BOOST_TEST((store.label({12000, 8000}) == clean));
    const auto runs = store.runs({0, 20000});
    BOOST_REQUIRE(runs.size() == 3U);
    BOOST_TEST(runs[1].range.at == 100U);
    BOOST_TEST(runs[1].range.size == 11900U);
}

BOOST_AUTO_TEST_CASE(a_computation_that_throws_leaves_its_range_labelled) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 64}};
    const Label mine = bench.prompt(bench.subject());
    BOOST_CHECK_THROW(store.produce({0, 8}, mine,
                                    [](std::span<std::uint8_t> out) {
                                        out[0] = 1;
                                        throw std::runtime_error("kernel");
                                    }),
                      std::runtime_error);
    BOOST_TEST((store.label({0, 8}) == mine));
}

BOOST_AUTO_TEST_CASE(a_scrub_clears_bytes_and_labels_and_is_recorded) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 100}};
    store.write(10, as_bytes("secret"), bench.prompt(bench.subject()));
    BOOST_TEST(bool(store.scrub({0, 100}, ScrubMethod::overwrite_pattern)));
    BOOST_TEST(equal(store.bytes({0, 100}), Bytes(100, 0)));
    BOOST_TEST((store.label({0, 100}) == clean));
    BOOST_REQUIRE(bench.registry.scrubs().total() == 1U);
    BOOST_TEST(bench.registry.scrubs().entries()[0].verified);
}

BOOST_AUTO_TEST_CASE(a_bank_that_loses_writes_fails_its_read_back_and_is_out_of_use) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 100}};
    const Subject subject = bench.subject();
    store.write(0, Bytes(100, 0x55), bench.prompt(subject));
    store.stick({40, 8});
    const auto done = store.scrub({0, 100}, ScrubMethod::overwrite_zero);
    BOOST_REQUIRE(!done);
    BOOST_TEST(done.error().code == "E_SCRUB_VERIFY");
    BOOST_TEST(store.bytes({40, 1})[0] == 0x55);
    const auto found = sweep(bench.registry, subject);  // and the label stays where the bytes do
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].range.at == 40U);
    BOOST_TEST(found[0].range.size == 8U);
    BOOST_TEST(!store.usable({0, 100}));
    BOOST_TEST(store.usable({0, 40}));
    BOOST_CHECK_THROW(store.write(44, Bytes(1, 0), clean), std::logic_error);
}

BOOST_AUTO_TEST_CASE(what_may_not_cross_is_blocked_and_found) {
    TestBench bench;
    LabelledStore page{bench.registry, {"host.page", StoreKind::shared_page, 64, true, Sink::bounce_ring}};
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 64}};
    const Subject subject = bench.subject();
    BOOST_TEST(page.write(0, as_bytes("in the clear"), clean));
    BOOST_TEST(!page.write(16, as_bytes("prompt"), bench.prompt(subject)));
    BOOST_TEST(equal(page.bytes({16, 6}), Bytes(6, 0)));
    BOOST_TEST(!page.write_unlabelled(16, as_bytes("prompt")));
    store.write(0, as_bytes("key"), bench.registry.label(subject, DataClass::key));
    BOOST_TEST(!page.copy(store, {0, 8}, 0));
    const auto& found = bench.registry.findings().entries();
    BOOST_REQUIRE(found.size() == 3U);
    BOOST_TEST(found[0].code == "E_PLAINTEXT_EGRESS");
    BOOST_TEST(found[0].store == "host.page");
    BOOST_TEST(found[0].range.at == 16U);
    BOOST_TEST(found[2].code == "E_PLAINTEXT_KEY");
    bench.registry.strict = false;
    BOOST_TEST(page.write(16, as_bytes("prompt"), bench.prompt(subject)));
    BOOST_TEST(bench.registry.findings().total() == 4U);
}

BOOST_AUTO_TEST_CASE(a_store_that_ends_with_labelled_bytes_is_a_finding) {
    TestBench bench;
    {
        LabelledStore store{bench.registry, {"ram", StoreKind::dram, 64}};
        store.write(3, as_bytes("left"), bench.prompt(bench.subject()));
    }
    BOOST_REQUIRE(bench.registry.findings().total() == 1U);
    BOOST_TEST(bench.registry.findings().entries()[0].code == "E_RESIDUE");
    BOOST_TEST(bench.registry.findings().entries()[0].range.at == 3U);
    BOOST_TEST(bench.registry.stores().empty());
}

BOOST_AUTO_TEST_CASE(a_power_cycle_empties_volatile_stores_only) {
    TestBench bench;
    LabelledStore ram{bench.registry, {"ram", StoreKind::dram, 8}};
    LabelledStore flash{bench.registry, {"flash", StoreKind::flash, 8, false}};
    const Label mine = bench.prompt(bench.subject());
    ram.write(0, as_bytes("x"), mine);
    flash.write(0, as_bytes("x"), mine);
    ram.power_cycle();
    flash.power_cycle();
    BOOST_TEST((ram.label({0, 8}) == clean));
    BOOST_TEST((flash.label({0, 8}) == mine));
}

BOOST_AUTO_TEST_CASE(ranges_outside_and_names_that_are_taken_are_bugs_of_the_caller) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 8}};
    BOOST_CHECK_THROW(store.write(5, Bytes(4, 0), clean), std::out_of_range);
    BOOST_CHECK_THROW(store.bytes({SIZE_MAX, 2}), std::out_of_range);
    BOOST_CHECK_THROW((LabelledStore{bench.registry, {"ram", StoreKind::dram, 8}}), std::logic_error);
    BOOST_CHECK_THROW(store.values<float>(2, 1), std::logic_error);
    const Run gap{{1, 3}, clean};
    BOOST_CHECK_THROW(store.write(0, Bytes(4, 0), std::span{&gap, 1}), std::logic_error);
}

}  // namespace
}  // namespace assay::labels
