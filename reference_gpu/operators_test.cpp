// Operators against double precision and against the definition of their sums; all vector units to the bit.
#include "reference_gpu/operators.hpp"

#include <cmath>

#include "reference_gpu/arithmetic.hpp"
#include "reference_gpu/dot.hpp"
#include "reference_gpu/test_support.hpp"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace assay::reference_gpu {
namespace {

using test::random_values;
using test::same_bits;

/// The definition, word by word.
float defined_dot(FloatView a, FloatView b) {
    std::array<float, 32> p{};
    for (std::size_t i = 0; i < a.size(); ++i) p[i % 32] = std::fmaf(a[i], b[i], p[i % 32]);
    for (const std::size_t m : {16, 8, 4, 2, 1}) {
        const auto before = p;
        for (std::size_t l = 0; l < 32; ++l) p[l] = before[l] + before[l ^ m];
    }
    return p[0];
}

std::vector<Unit> units() {
    std::vector<Unit> out{Unit::scalar};
    if (best_unit() >= Unit::avx2) out.push_back(Unit::avx2);
    if (best_unit() >= Unit::avx512) out.push_back(Unit::avx512);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(operators)

BOOST_AUTO_TEST_CASE(every_vector_unit_sums_in_the_defined_shape) {
    for (std::size_t n = 1; n <= 4097; n += n < 200 ? 1 : 389) {
        const std::size_t rows = n < 200 ? 7 : 5;
        const auto matrix = random_values(rows * n, static_cast<std::uint32_t>(n));
        const auto x = random_values(n, 77);
        Wiped<float> expected(rows);
        for (std::size_t r = 0; r < rows; ++r)
            expected[r] = defined_dot(FloatView{matrix}.subspan(r * n, n), x);
        for (const Unit unit : units()) {
            Wiped<float> out(rows);
            kernels(unit).rows(matrix.data(), rows, n, x.data(), out.data());
            BOOST_TEST(same_bits(out, expected),
                       "unit " << static_cast<int>(unit) << ", " << n << " columns");
        }
    }
}

BOOST_AUTO_TEST_CASE(sums_that_underflow_keep_their_sign_on_every_unit) {
    // -1e-30 * 1e-30 rounds to -0: lanes without an element must not add +0 to it.
    const Wiped<float> a(33, -1e-30F);
    const Wiped<float> b(33, 1e-30F);
    for (const Unit unit : units()) {
        float out = 1;
        kernels(unit).rows(a.data(), 1, 33, b.data(), &out);
        BOOST_TEST(std::signbit(out));
        BOOST_TEST(out == 0.0F);
    }
}

BOOST_AUTO_TEST_CASE(every_vector_unit_gives_the_same_elementwise_bits) {
    for (const std::size_t n : {1U, 7U, 8U, 31U, 64U, 172U, 1000U}) {
        const auto gate = random_values(n, 1, 20.0F);
        const auto up = random_values(n, 2, 3.0F);
        const auto values = random_values(n * 9, 3);
        Wiped<float> gated_scalar(n);
        Wiped<float> weighted_scalar(n);
        Wiped<float> exp_scalar = gate;
        kernels(Unit::scalar).swiglu(gate.data(), up.data(), n, gated_scalar.data());
        kernels(Unit::scalar)
            .weighted(up.data(), std::min<std::size_t>(n, 9), values.data(), n, weighted_scalar.data());
        const float sum = kernels(Unit::scalar).exponentials(exp_scalar.data(), n, 20.0F);
        for (const Unit unit : units()) {
            Wiped<float> out(n);
            kernels(unit).swiglu(gate.data(), up.data(), n, out.data());
            BOOST_TEST(same_bits(out, gated_scalar));
            kernels(unit).weighted(up.data(), std::min<std::size_t>(n, 9), values.data(), n, out.data());
            BOOST_TEST(same_bits(out, weighted_scalar));
            out = gate;
            const float other = kernels(unit).exponentials(out.data(), n, 20.0F);
            BOOST_TEST(same_bits(out, exp_scalar));
            BOOST_TEST(same_bits({&other, 1}, {&sum, 1}));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_exponential_is_within_two_rounding_steps_everywhere) {
    double worst = 0;
    for (double x = -87.0; x <= 88.0; x += 0.000317) {
        const auto f = static_cast<float>(x);
        const double exact = std::exp(double{f});
        worst = std::max(worst, std::fabs(double{exponential(f)} - exact) / exact);
    }
    BOOST_TEST(worst < 1.2e-7);
    BOOST_TEST(exponential(0.0F) == 1.0F);
    BOOST_TEST(exponential(-87.5F) == 0.0F);
    BOOST_TEST(exponential(-std::numeric_limits<float>::infinity()) == 0.0F);
    BOOST_TEST(exponential(1000.0F) == exponential(88.0F));
    BOOST_TEST(exponential(std::numeric_limits<float>::quiet_NaN()) == exponential(88.0F));
    BOOST_TEST(std::isfinite(exponential(88.0F)));
}

BOOST_AUTO_TEST_CASE(small_numbers_are_not_flushed_to_zero) {
#if defined(__x86_64__)
    BOOST_TEST((_mm_getcsr() & 0x8040U) == 0U);  // FTZ, DAZ
#endif
    volatile float tiny = std::numeric_limits<float>::min();
    BOOST_TEST(tiny / 4 > 0.0F);
}

BOOST_AUTO_TEST_CASE(rmsnorm_divides_by_the_root_of_the_mean_square) {
    const auto x = random_values(172, 4);
    const auto weight = random_values(172, 5);
    Wiped<float> out(172);
    rmsnorm(x, weight, 1e-5F, out);
    double squares = 0;
    for (const float v : x) squares += double{v} * v;
    for (std::size_t i = 0; i < x.size(); ++i)
        BOOST_TEST(std::fabs(out[i] - weight[i] * x[i] / std::sqrt(squares / 172 + 1e-5)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(rope_turns_interleaved_pairs) {
    constexpr unsigned head_size = 6;
    Wiped<float> cosines(5 * 3);
    Wiped<float> sines(5 * 3);
    rope_tables(head_size, 10000.0F, cosines, sines);
    const auto before = random_values(12, 6);
    auto heads = before;
    constexpr unsigned position = 4;
    rope(heads, head_size, FloatView{cosines}.subspan(position * 3, 3),
         FloatView{sines}.subspan(position * 3, 3));
    for (std::size_t head = 0; head < 2; ++head)
        for (std::size_t j = 0; j < 3; ++j) {
            const double angle = position * std::pow(10000.0, -2.0 * static_cast<double>(j) / head_size);
            const double a = before[head * 6 + 2 * j];
            const double b = before[head * 6 + 2 * j + 1];
            BOOST_TEST(std::fabs(heads[head * 6 + 2 * j] - (a * std::cos(angle) - b * std::sin(angle))) <
                       1e-6);
            BOOST_TEST(std::fabs(heads[head * 6 + 2 * j + 1] - (a * std::sin(angle) + b * std::cos(angle))) <
                       1e-6);
        }
}

BOOST_AUTO_TEST_CASE(attention_weighs_the_values_by_the_softmax_of_scores) {
    const AttentionShape shape{.heads = 4, .kv_heads = 2, .head_size = 10, .positions = 7};
    const auto q = random_values(40, 7, 3.0F);
    Wiped<float> keys(shape.cache_size());
    Wiped<float> values(shape.cache_size());
    std::vector<Wiped<float>> k;
    std::vector<Wiped<float>> v;
    for (unsigned position = 0; position < 6; ++position) {
        k.push_back(random_values(20, 100 + position));
        v.push_back(random_values(20, 200 + position));
        cache_row(k.back(), shape, position, keys);
        cache_row(v.back(), shape, position, values);
    }
    Wiped<float> scores(shape.score_size());
    Wiped<float> out(40);
    attention(q, keys, values, shape, 5, scores, out);
    for (std::size_t head = 0; head < 4; ++head) {
        const std::size_t at = head / 2 * 10;
        std::array<double, 6> weight{};
        double sum = 0;
        for (std::size_t t = 0; t < 6; ++t) {
            double product = 0;
            for (std::size_t i = 0; i < 10; ++i) product += double{q[head * 10 + i]} * k[t][at + i];
            sum += weight[t] = std::exp(product / std::sqrt(10.0));
        }
        for (std::size_t i = 0; i < 10; ++i) {
            double expected = 0;
            for (std::size_t t = 0; t < 6; ++t) expected += weight[t] / sum * v[t][at + i];
            BOOST_TEST(std::fabs(out[head * 10 + i] - expected) < 1e-6);
        }
    }
}

BOOST_AUTO_TEST_CASE(swiglu_gates_and_softmax_sums_to_one) {
    const auto gate = random_values(50, 8, 5.0F);
    const auto up = random_values(50, 9);
    Wiped<float> out(50);
    swiglu(gate, up, out);
    for (std::size_t i = 0; i < 50; ++i)
        BOOST_TEST(std::fabs(out[i] - gate[i] / (1 + std::exp(-double{gate[i]})) * up[i]) < 2e-6);
    softmax(out);
    double sum = 0;
    for (const float p : out) sum += p;
    BOOST_TEST(std::fabs(sum - 1) < 1e-6);
}

BOOST_AUTO_TEST_CASE(argmax_takes_the_first_of_equals_and_never_nan) {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float inf = std::numeric_limits<float>::infinity();
    BOOST_TEST(argmax(std::array{1.0F, 3.0F, 3.0F, 2.0F}) == 1U);
    BOOST_TEST(argmax(std::array{nan, -5.0F, nan, -4.0F}) == 3U);
    BOOST_TEST(argmax(std::array{nan, -inf}) == 0U);
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_fit_are_a_fault_of_the_caller) {
    Wiped<float> four(4);
    Wiped<float> eight(8);
    Wiped<float> nine(9);
    BOOST_CHECK_THROW(matmul(nine, four, eight), std::logic_error);
    BOOST_CHECK_THROW(rmsnorm(four, eight, 1e-5F, four), std::logic_error);
    BOOST_CHECK_THROW(add(four, eight), std::logic_error);
    BOOST_CHECK_THROW(swiglu(four, four, eight), std::logic_error);
    BOOST_CHECK_THROW(embedding_row(eight, 2, four), std::logic_error);
    BOOST_CHECK_THROW(rope(nine, 4, four, four), std::logic_error);
    BOOST_CHECK_THROW(softmax({}), std::logic_error);
    const AttentionShape shape{.heads = 2, .kv_heads = 1, .head_size = 2, .positions = 4};
    BOOST_CHECK_THROW(cache_row(FloatView{four}.first(2), shape, 4, eight), std::logic_error);
    BOOST_CHECK_THROW(attention(four, eight, eight, shape, 4, eight, four), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::reference_gpu
