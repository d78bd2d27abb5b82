// Secrets that come and go in one store: no byte of one that went is left, and no place has two owners.
#include "sim/labels/vault.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/labels/label_oracle.hpp"
#include "sim/labels/test_registry.hpp"

namespace assay::labels {
namespace {

struct VaultBench : TestBench {
    Vault vault{registry, {"chip.nv", StoreKind::flash, 256, false}};
    Label key(const Subject& of) { return registry.label(of, DataClass::key); }
    std::size_t labelled(const Subject& of) { return sweep(registry, of).size(); }
    bool is_blank() {
        return std::ranges::all_of(vault.store().bytes(vault.store().all()),
                                   [](std::uint8_t byte) { return byte == 0; });
    }
};

BOOST_FIXTURE_TEST_CASE(what_is_held_is_labelled_and_goes_with_its_holder, VaultBench) {
    const Subject chip = subject();
    {
        const Held seed = vault.hold(as_bytes("seed of a hierarchy"), key(chip));
        BOOST_TEST(text_of(seed.bytes()) == "seed of a hierarchy");
        BOOST_TEST((seed.label() == key(chip)));
        BOOST_TEST(labelled(chip) == 1U);
        BOOST_TEST(vault.used() == 19U);
    }
    BOOST_TEST(labelled(chip) == 0U);
    BOOST_TEST(vault.used() == 0U);
    BOOST_TEST(is_blank());
    BOOST_TEST(!!registry.release(chip));
}

BOOST_FIXTURE_TEST_CASE(moving_and_replacing_leave_one_copy, VaultBench) {
    const Subject chip = subject();
    Held one = vault.hold(as_bytes("first"), key(chip));
    Held two = std::move(one);
    BOOST_TEST(one.empty());
    BOOST_TEST(text_of(two.bytes()) == "first");
    two = vault.hold(as_bytes("second"), key(chip));
    BOOST_TEST(vault.used() == 6U);
    Held& same = two;
    two = std::move(same);
    BOOST_TEST(text_of(two.bytes()) == "second");
    two = {};
    BOOST_TEST(is_blank());
}

BOOST_FIXTURE_TEST_CASE(bytes_are_written_in_place_and_inside_alone, VaultBench) {
    const Subject chip = subject();
    Held index = vault.hold(Bytes(8, 0xFF), key(chip));
    const Held neighbour = vault.hold(Bytes(8, 0xAA), key(chip));
    index.write(6, Bytes{1, 2});
    BOOST_TEST((index.bytes()[6] == 1 && index.bytes()[7] == 2));
    BOOST_CHECK_THROW(index.write(7, Bytes{1, 2}), std::out_of_range);
    BOOST_CHECK_THROW(index.write(SIZE_MAX, Bytes{1}), std::out_of_range);
    BOOST_CHECK_THROW(Held{}.write(0, Bytes{1}), std::out_of_range);
    BOOST_TEST(std::ranges::equal(neighbour.bytes(), Bytes(8, 0xAA)));
}

BOOST_FIXTURE_TEST_CASE(places_are_used_again_and_never_shared, VaultBench) {
    const Subject chip = subject();
    std::vector<Held> held;
    for (std::uint8_t i = 0; i < 16; ++i) held.push_back(vault.hold(Bytes(16, i), key(chip)));
    BOOST_TEST(!vault.has_room(1));
    BOOST_CHECK_THROW(vault.hold(Bytes(1, 1), key(chip)), std::length_error);
    held[3] = {};
    held[4] = {};
    BOOST_TEST(vault.has_room(32));
    BOOST_TEST(!vault.has_room(33));
    held[3] = vault.hold(Bytes(32, 0x33), key(chip));
    for (std::uint8_t i = 0; i < 16; ++i)
        if (i != 4) BOOST_TEST(held[i].bytes().front() == (i == 3 ? 0x33 : i));
    BOOST_TEST(vault.hold({}, key(chip)).empty());
}

BOOST_FIXTURE_TEST_CASE(a_place_that_cannot_be_scrubbed_is_out_of_use_and_told, VaultBench) {
    const Subject chip = subject();
    Held seed = vault.hold(as_bytes("stuck"), key(chip));
    vault.store().stick({0, 1});
    seed = {};
    BOOST_TEST(registry.findings().entries().back().code == "E_SCRUB_VERIFY");
    BOOST_TEST(labelled(chip) == 1U);
    BOOST_TEST(!registry.release(chip));
    BOOST_TEST(vault.lost() == 1U);
    const Held next = vault.hold(as_bytes("elsewhere"), key(chip));
    BOOST_TEST(text_of(next.bytes()) == "elsewhere");
}

BOOST_FIXTURE_TEST_CASE(after_a_power_cycle_the_owners_are_said_again, VaultBench) {
    const Subject before = subject();
    const Held seed = vault.hold(as_bytes("seed"), key(before));
    const Label old = seed.label();
    registry.power_cycle();
    BOOST_TEST(registry.power_cycles() == 1U);
    BOOST_TEST(text_of(seed.bytes()) == "seed");
    BOOST_TEST((vault.store().label({0, 4}) == unknown));
    const Subject other = subject(), now = subject();  // the first has the slots of before
    vault.relabel([&](const Label& label) { return label == old ? key(now) : unknown; });
    BOOST_TEST(labelled(other) == 0U);
    BOOST_TEST(labelled(now) == 1U);
    BOOST_TEST((seed.label() == key(now)));
}

}  // namespace
}  // namespace assay::labels
