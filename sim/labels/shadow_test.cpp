// The hybrid shadow against a flat array of label bytes.
#include "sim/labels/shadow.hpp"

#include <cstring>
#include <random>

#include <boost/test/unit_test.hpp>

namespace assay::labels {
namespace {

class Dice {
public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t limit) { return engine_() % limit; }

private:
    std::mt19937_64 engine_;
};

constexpr std::size_t shadow_size = 5 * Shadow::page_size + 77;

/// Lengths from one byte to several pages, often just around a page.
Range some_range(Dice& dice) {
    const std::size_t lengths[] = {1 + dice.below(9), 1 + dice.below(300), 4090 + dice.below(12),
                                   1 + dice.below(3 * 4096)};
    const std::size_t size = lengths[dice.below(4)];
    std::size_t at = dice.below(shadow_size - size + 1);
    if (dice.below(3) == 0) at = std::min(at / 4096 * 4096, shadow_size - size);
    return {at, size};
}

BOOST_AUTO_TEST_CASE(a_shadow_says_what_a_flat_array_says_after_any_operations) {
    Dice dice{1};
    Shadow shadow{shadow_size};
    std::vector<LabelByte> flat(shadow_size, clean_byte);
    const auto same = [&] {
        std::vector<LabelByte> read(shadow_size);
        shadow.read(0, read);
        return read == flat;
    };
    for (int i = 0; i < 4000; ++i) {
        const Range range = some_range(dice);
        const auto label = static_cast<LabelByte>(dice.below(4));
        switch (dice.below(4)) {
            case 0:
                shadow.fill(range, label);
                std::fill_n(flat.begin() + static_cast<std::ptrdiff_t>(range.at), range.size, label);
                break;
            case 1: {  // overlapping or not
                const std::size_t at = dice.below(shadow_size - range.size + 1);
                shadow.copy(shadow, range, at);
                std::memmove(flat.data() + at, flat.data() + range.at, range.size);
                break;
            }
            case 2: {
                std::vector<LabelByte> labels(range.size);
                for (LabelByte& one : labels) one = static_cast<LabelByte>(dice.below(8) / 6);
                shadow.write(range.at, labels);
                std::ranges::copy(labels, flat.begin() + static_cast<std::ptrdiff_t>(range.at));
                break;
            }
            default: {
                const auto uniform = shadow.uniform(range);
                const auto first = flat.begin() + static_cast<std::ptrdiff_t>(range.at);
                const bool alike = std::all_of(first, first + static_cast<std::ptrdiff_t>(range.size),
                                               [&](LabelByte one) { return one == *first; });
                BOOST_TEST(uniform.has_value() == alike);
                if (uniform) BOOST_TEST(*uniform == *first);
            }
        }
        if (i % 16 == 0) BOOST_REQUIRE(same());
    }
    BOOST_TEST(same());

    // Runs and searches agree with it, too.
    std::vector<LabelByte> rebuilt(shadow_size);
    shadow.each_run({0, shadow_size}, [&](Range run, LabelByte label) {
        BOOST_TEST(run.size > 0U);
        std::fill_n(rebuilt.begin() + static_cast<std::ptrdiff_t>(run.at), run.size, label);
    });
    BOOST_TEST((rebuilt == flat));
    std::bitset<256> wanted;
    wanted.set(1).set(3);
    std::vector<LabelByte> marked(shadow_size), expected = flat;
    for (LabelByte& one : expected)
        if (one != 1 && one != 3) one = 0;
    shadow.find(wanted, [&](Range run, LabelByte label) {
        std::fill_n(marked.begin() + static_cast<std::ptrdiff_t>(run.at), run.size, label);
    });
    BOOST_TEST((marked == expected));
}

BOOST_AUTO_TEST_CASE(a_page_that_is_filled_as_a_whole_needs_no_bytes) {
    Shadow shadow{4 * Shadow::page_size};
    shadow.fill({10, 20}, 5);
    BOOST_TEST(shadow.materialised() == 1U);
    shadow.fill({0, Shadow::page_size}, 5);
    BOOST_TEST(shadow.materialised() == 0U);
    shadow.fill({4096, 100}, 7);
    shadow.fill({4096, 100}, 0);
    shadow.find({}, [](Range, LabelByte) {});  // a sweep finds pages that have become alike
    BOOST_TEST(shadow.materialised() == 0U);
}

BOOST_AUTO_TEST_CASE(a_run_that_a_sweep_finds_goes_on_over_page_borders) {
    Shadow shadow{4 * Shadow::page_size};
    shadow.fill({4000, 5000}, 9);
    std::bitset<256> wanted;
    wanted.set(9);
    std::vector<Range> found;
    shadow.find(wanted, [&](Range run, LabelByte) { found.push_back(run); });
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].at == 4000U);
    BOOST_TEST(found[0].size == 5000U);
}

}  // namespace
}  // namespace assay::labels
