// Every barrier of the kernels is needed, and the fibers see it: kernels compiled without one of them give
// other logits than the CPU path. Only an order that runs one warp ahead sees some of them.
#include <set>

#include "reference_gpu/dialect.hpp"

// The same sources, under another name, with a barrier that can be left out: __syncthreads() of one line.
namespace assay::reference_gpu {
struct Barriers {
    std::set<unsigned> lines;  // met
    unsigned left_out = 0;     // 0: none
    void at(unsigned line) {
        lines.insert(line);
        if (line != left_out) fibers::sync_threads();
    }
};
static Barriers barriers;
}  // namespace assay::reference_gpu
#undef __syncthreads
#define __syncthreads() barriers.at(__LINE__)
#undef GPU_DIALECT
#define GPU_DIALECT without_a_barrier

#include "reference_gpu/shim.hpp"
#include "reference_gpu/test_support.hpp"

namespace assay::reference_gpu {
namespace {

using fibers::Order;
using fibers::Schedule;

/// More positions than a warp has lanes, so that the warps of a block share the weights of one head.
constexpr std::uint32_t positions = 44;

Model model_with_long_context() {
    Config shape = test::small_shape();
    shape.positions = positions;
    return random_model(shape, 3);
}

/// Whether all logits of a text are as expected; ends at the first that is not.
bool same_logits(Backend& tested, const std::vector<Wiped<float>>& expected) {
    for (std::uint32_t at = 0; at < positions; ++at)
        if (!test::same_bits(tested.forward(at % 7, at), expected[at])) return false;
    return true;
}

std::vector<Schedule> schedules() {
    std::vector<Schedule> out;
    for (const bool warp_ahead : {false, true})
        for (const Order order : {Order::forward, Order::reversed, Order::shuffled})
            out.push_back({order, 11, warp_ahead});
    return out;
}

std::string text(const Schedule& s) {
    static constexpr std::array names{"forward", "reversed", "shuffled"};
    return std::string{names.at(static_cast<std::size_t>(s.order))} +
           (s.warp_ahead ? ", one warp ahead" : "");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(barriers_of_kernels)

BOOST_AUTO_TEST_CASE(a_kernel_without_any_one_of_its_barriers_is_found) {
    const Model model = model_with_long_context();
    std::vector<Wiped<float>> expected;
    const auto cpu = make_cpu(model, positions, 1);
    for (std::uint32_t at = 0; at < positions; ++at) {
        const Floats logits = cpu->forward(at % 7, at);
        expected.emplace_back(logits.begin(), logits.end());
    }
    for (const Schedule& schedule : schedules()) {
        Shim shim{model, positions, schedule};
        BOOST_TEST(same_logits(shim, expected), text(schedule));
    }
    const std::set<unsigned> lines = barriers.lines;
    BOOST_TEST(lines.size() == 6U);  // one of the norm, five of attention
    std::size_t only_ahead = 0;
    for (const unsigned line : lines) {
        barriers.left_out = line;
        std::string found;
        bool in_step = false;
        bool ahead = false;
        for (const Schedule& schedule : schedules()) {
            Shim shim{model, positions, schedule};
            if (same_logits(shim, expected)) continue;
            found += " [" + text(schedule) + "]";
            (schedule.warp_ahead ? ahead : in_step) = true;
        }
        BOOST_TEST_MESSAGE("kernels.cuh:" << line << " found by" << found);
        BOOST_TEST(ahead, "no order with a warp ahead misses the barrier of kernels.cuh:" << line);
        only_ahead += ahead && !in_step;
    }
    barriers.left_out = 0;
    BOOST_TEST(only_ahead > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::reference_gpu
