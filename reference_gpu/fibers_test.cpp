// The fibers themselves: order, barriers, shuffles, and that wrong kernels are found.
#include "reference_gpu/fibers.hpp"

#include <array>

#include "reference_gpu/dialect.hpp"
#include "reference_gpu/test_support.hpp"

namespace assay::reference_gpu {
namespace {

using fibers::Order;
using fibers::Schedule;

/// out[i] = in[i] + its right and left neighbour's, through shared memory; without its barrier it is a race.
template <bool has_barrier>
void neighbours(const float* in, float* out) {
    GPU_SHARED(float, tile, 128);
    const unsigned me = threadIdx.x;
    tile[me] = in[me];
    if constexpr (has_barrier) __syncthreads();
    out[me] = tile[me] + tile[(me + 1) % 128] + tile[(me + 127) % 128];
}

std::size_t right_values(bool has_barrier, const Schedule& schedule) {
    std::array<float, 128> in{};
    std::array<float, 128> out{};
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i * i % 97);
    fibers::launch(schedule, {}, {.x = 128}, 0, [&] {
        has_barrier ? neighbours<true>(in.data(), out.data()) : neighbours<false>(in.data(), out.data());
    });
    std::size_t right = 0;
    for (std::size_t i = 0; i < in.size(); ++i)
        right += out[i] == in[i] + in[(i + 1) % 128] + in[(i + 127) % 128];
    return right;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fiber_shim)

BOOST_AUTO_TEST_CASE(a_kernel_without_races_is_right_in_every_order) {
    for (const Order order : {Order::forward, Order::reversed, Order::shuffled})
        for (const std::uint64_t seed : {1, 2, 3}) BOOST_TEST(right_values(true, {order, seed}) == 128U);
}

BOOST_AUTO_TEST_CASE(a_missing_barrier_shows_in_every_order) {
    for (const Order order : {Order::forward, Order::reversed, Order::shuffled})
        BOOST_TEST(right_values(false, {order, 1}) < 128U);
}

BOOST_AUTO_TEST_CASE(each_thread_of_each_block_runs_once_with_its_own_indices) {
    std::array<int, 2 * 3 * 2 * 8> seen{};
    for (const Order order : {Order::forward, Order::reversed, Order::shuffled})
        fibers::launch({order, 5}, {.x = 2, .y = 3}, {.x = 4, .y = 2, .z = 2}, 0, [&] {
            const unsigned block = blockIdx.x + blockIdx.y * gridDim.x;
            const unsigned thread =
                threadIdx.x + threadIdx.y * blockDim.x + threadIdx.z * blockDim.x * blockDim.y;
            ++seen[block * 16 + thread];
        });
    for (const int count : seen) BOOST_TEST(count == 3);
}

BOOST_AUTO_TEST_CASE(a_shuffle_gives_the_value_of_the_partner_lane) {
    for (const Order order : {Order::forward, Order::reversed, Order::shuffled}) {
        std::array<float, 64> out{};
        fibers::launch({order, 9}, {}, {.x = 64}, 0, [&] {
            float v = static_cast<float>(threadIdx.x);
            v = shuffle_xor(v, 5);
            v = shuffle_xor(v, 5);
            out[threadIdx.x] = shuffle_xor(v, 16);
        });
        for (unsigned i = 0; i < 64; ++i) BOOST_TEST(out[i] == static_cast<float>(i ^ 16U));
    }
}

BOOST_AUTO_TEST_CASE(a_barrier_that_only_some_threads_reach_is_found) {
    const auto run = [](const std::function<void()>& kernel) {
        fibers::launch({}, {}, {.x = 64}, 0, kernel);
    };
    // Half a warp at one kind of barrier, half at the other.
    BOOST_CHECK_THROW(run([] { threadIdx.x % 2 == 0 ? __syncthreads() : __syncwarp(); }), std::logic_error);
    // A warp waits for the block while the other one's lanes are split.
    BOOST_CHECK_THROW(run([] {
                          if (threadIdx.x < 40) __syncthreads();
                          if (threadIdx.x >= 32) __syncwarp();
                      }),
                      std::logic_error);
    // Threads that have returned do not count.
    BOOST_CHECK_NO_THROW(run([] {
        if (threadIdx.x < 40) __syncthreads();
    }));
}

BOOST_AUTO_TEST_CASE(a_shuffle_with_a_thread_that_has_returned_is_found) {
    BOOST_CHECK_THROW(fibers::launch({}, {}, {.x = 32}, 0,
                                     [] {
                                         if (threadIdx.x != 7) shuffle_xor(1.0F, 1);
                                     }),
                      std::logic_error);
}

BOOST_AUTO_TEST_CASE(shared_memory_begins_as_nan_in_every_block) {
    std::array<int, 6> nans{};
    fibers::launch({}, {.x = 3}, {.x = 32}, 4 * sizeof(float), [&] {
        GPU_DYNAMIC_SHARED(float, dynamic);
        GPU_SHARED(float, fixed, 4);
        if (threadIdx.x == 0) {
            nans[blockIdx.x] += dynamic[3] != dynamic[3];
            nans[3 + blockIdx.x] += fixed[3] != fixed[3];
        }
        __syncthreads();
        if (threadIdx.x == 1) dynamic[3] = fixed[3] = 1;
    });
    for (const int n : nans) BOOST_TEST(n == 1);
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_kernel_reaches_the_caller) {
    for (int i = 0; i < 3; ++i)
        BOOST_CHECK_THROW(fibers::launch({}, {.x = 2}, {.x = 64}, 0,
                                         [] {
                                             __syncthreads();
                                             if (threadIdx.x == 33) throw std::out_of_range("kernel");
                                             __syncthreads();
                                         }),
                          std::out_of_range);
}

BOOST_AUTO_TEST_CASE(blocks_that_are_too_large_are_refused) {
    BOOST_CHECK_THROW(fibers::launch({}, {}, {.x = 1025}, 0, [] {}), std::logic_error);
    BOOST_CHECK_THROW(fibers::launch({}, {}, {.x = 0}, 0, [] {}), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::reference_gpu
