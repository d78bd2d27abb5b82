// Subjects, their slots, and the gate of the trust boundary.
#include "sim/labels/registry.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/labels/label_oracle.hpp"
#include "sim/labels/test_registry.hpp"

namespace assay::labels {
namespace {

BOOST_AUTO_TEST_CASE(the_127th_subject_is_refused_and_never_shares) {
    TestBench bench;
    std::vector<Subject> all;
    for (std::size_t i = 0; i < SlotTable::max_subjects; ++i) all.push_back(bench.subject());
    const auto more = bench.registry.admit();
    BOOST_REQUIRE(!more);
    BOOST_TEST(more.error().code == "E_QUOTA");
    BOOST_TEST(bool(bench.registry.release(all[5])));
    const auto next = bench.registry.admit();
    BOOST_REQUIRE(bool(next));
    BOOST_TEST(next->data == all[5].data);
    BOOST_TEST(next->generation == all[5].generation + 1);
}

BOOST_AUTO_TEST_CASE(nobody_writes_for_a_subject_that_was_released) {
    TestBench bench;
    const Subject gone = bench.subject();
    BOOST_TEST(bool(bench.registry.release(gone)));
    BOOST_CHECK_THROW(bench.prompt(gone), std::logic_error);
    const Subject next = bench.subject();  // the same slots
    BOOST_TEST(next.data == gone.data);
    BOOST_CHECK_THROW(bench.prompt(gone), std::logic_error);
}

BOOST_AUTO_TEST_CASE(slots_are_kept_while_a_byte_is_left) {
    TestBench bench;
    LabelledStore store{bench.registry, {"ram", StoreKind::dram, 10000}};
    const Subject subject = bench.subject();
    store.write(9999, Bytes(1, 7), bench.registry.label(subject, DataClass::credential));
    const auto refused = bench.registry.release(subject);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().code == "E_RESIDUE");
    BOOST_TEST(refused.error().where == "ram at 9999");
    BOOST_REQUIRE(bool(store.scrub({9999, 1}, ScrubMethod::overwrite_zero)));
    BOOST_TEST(bool(bench.registry.release(subject)));
}

BOOST_AUTO_TEST_CASE(joins_are_neutral_to_clean_idempotent_commutative_and_associative) {
    TestBench bench;
    Registry& r = bench.registry;
    const Label a = bench.prompt(bench.subject()), b = bench.prompt(bench.subject()),
                c = bench.prompt(bench.subject());
    BOOST_TEST((r.join(a, clean) == a));
    BOOST_TEST((r.join(clean, a) == a));
    BOOST_TEST((r.join(a, a) == a));
    BOOST_TEST((r.join(a, b) == r.join(b, a)));
    BOOST_TEST((r.join(r.join(a, b), c) == r.join(a, r.join(c, b))));
    BOOST_TEST((r.join(r.join(a, b), a) == r.join(a, b)));
    BOOST_TEST((r.join(r.join(a, b), unknown) == unknown));
    BOOST_TEST(r.slots().contains(r.join(a, b), a.byte));
    BOOST_TEST(!r.slots().contains(r.join(a, b), c.byte));
}

BOOST_AUTO_TEST_CASE(reading_the_bytes_of_another_subject_is_found) {
    TestBench bench;
    const Subject a = bench.subject(), b = bench.subject();
    BOOST_TEST(bool(bench.registry.require_owner(bench.prompt(a), a, "kv")));
    BOOST_TEST(bool(bench.registry.require_owner(clean, a, "kv")));
    for (const Label& label :
         {bench.prompt(b), bench.registry.join(bench.prompt(a), bench.prompt(b)), unknown}) {
        const auto refused = bench.registry.require_owner(label, a, "kv");
        BOOST_REQUIRE(!refused);
        BOOST_TEST(refused.error().code == "E_CROSS_SUBJECT");
    }
    BOOST_TEST(bench.registry.findings().total() == 3U);
}

BOOST_AUTO_TEST_CASE(every_sink_refuses_data_and_keys_by_its_own_code_and_tells_sizes_in_buckets) {
    TestBench bench;
    const Subject subject = bench.subject();
    for (const SinkRule& row : sink_rules()) {
        BOOST_TEST(bool(bench.registry.cross(row.sink, clean, 100, "x")));
        const auto data = bench.registry.cross(row.sink, bench.prompt(subject), 100, "x");
        BOOST_REQUIRE(!data);
        BOOST_TEST(data.error().code == row.data_code);
        BOOST_TEST(bench.registry.findings().entries().back().range.size == 128U);
        const auto secret =
            bench.registry.cross(row.sink, bench.registry.label(subject, DataClass::key), 3, "x");
        BOOST_REQUIRE(!secret);
        BOOST_TEST(secret.error().code == row.secret_code);
        BOOST_TEST(!bench.registry.cross(row.sink, unknown, 1, "x"));
    }
}

BOOST_AUTO_TEST_CASE(an_exemption_needs_a_reason) {
    TestBench bench;
    BOOST_CHECK_THROW(bench.registry.exempt({"fuses", 32, ""}), std::logic_error);
    bench.registry.exempt({"fuses", 32, "written at manufacture"});
    BOOST_TEST(bench.registry.exemptions().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_journal_keeps_the_newest_and_counts_all) {
    Journal<int> journal;
    for (int i = 0; i < 5000; ++i) journal.add(i);
    BOOST_TEST(journal.total() == 5000U);
    BOOST_TEST(journal.entries().size() == 4096U);
    BOOST_TEST(journal.entries().back() == 4999);
}

}  // namespace
}  // namespace assay::labels
