// The generator against published values, and which token a coin chooses.
#include "reference_gpu/sampler.hpp"

#include "reference_gpu/test_support.hpp"

namespace assay::reference_gpu {

BOOST_AUTO_TEST_SUITE(sampler)

BOOST_AUTO_TEST_CASE(the_generator_gives_the_published_values) {
    Xorshift random{133'742};
    for (const std::uint32_t expected : {3033531262U, 2674377904U, 2312864567U, 2287415643U})
        BOOST_TEST(random.next() == expected);
    Xorshift coins{42};
    for (const float expected : {0.339085221F, 0.782255828F, 0.790136993F, 0.944042623F})
        BOOST_TEST(coins.coin() == expected);
    BOOST_CHECK_THROW(Xorshift{0}, std::logic_error);
}

BOOST_AUTO_TEST_CASE(temperature_zero_is_the_first_of_the_largest_and_takes_no_coin) {
    Xorshift random{42};
    std::array logits{1.0F, 4.0F, 4.0F};
    BOOST_TEST(sample(logits, {.temperature = 0}, random, {}) == 1U);
    BOOST_TEST(random.coin() == 0.339085221F);
}

BOOST_AUTO_TEST_CASE(all_tokens_are_drawn_as_often_as_their_probability) {
    Xorshift random{7};
    std::array<int, 3> count{};
    for (int i = 0; i < 30'000; ++i) {
        std::array logits{0.0F, 1.0986123F, 1.7917595F};  // 1 : 3 : 6
        ++count[sample(logits, {.temperature = 1, .top_p = 1}, random, {})];
    }
    BOOST_TEST(std::abs(count[0] - 3'000) < 200);
    BOOST_TEST(std::abs(count[1] - 9'000) < 300);
    BOOST_TEST(std::abs(count[2] - 18'000) < 300);
}

BOOST_AUTO_TEST_CASE(top_p_leaves_out_the_improbable) {
    Xorshift random{7};
    std::array<Candidate, 4> scratch{};
    std::array<int, 4> count{};
    for (int i = 0; i < 5'000; ++i) {
        std::array logits{0.0F, 1.0986123F, 1.7917595F, 0.0F};  // 1 : 3 : 6 : 1
        ++count[sample(logits, {.temperature = 1, .top_p = 0.8F}, random, scratch)];
    }
    BOOST_TEST(count[0] == 0);
    BOOST_TEST(count[3] == 0);
    BOOST_TEST(std::abs(count[2] - 3'333) < 150);  // 6 of 9
}

BOOST_AUTO_TEST_CASE(of_equal_probabilities_the_smaller_token_stands_first) {
    Xorshift random{42};  // coin 0.339 of 3/4 lies in the second of the first three
    std::array<Candidate, 4> scratch{};
    std::array logits{0.0F, 0.0F, 0.0F, 0.0F};
    BOOST_TEST(sample(logits, {.temperature = 1, .top_p = 0.7F}, random, scratch) == 1U);
}

BOOST_AUTO_TEST_CASE(logits_without_a_number_still_give_a_token) {
    Xorshift random{42};
    std::array<Candidate, 2> scratch{};
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    std::array logits{nan, nan};
    BOOST_TEST(sample(logits, {.temperature = 1, .top_p = 0.5F}, random, scratch) < 2U);
    logits = {nan, nan};
    BOOST_TEST(sample(logits, {.temperature = 1, .top_p = 1.0F}, random, scratch) < 2U);
}

BOOST_AUTO_TEST_CASE(wrong_sampling_is_named) {
    BOOST_TEST(Sampling{.temperature = -1}.fault() != nullptr);
    BOOST_TEST(Sampling{.temperature = std::numeric_limits<float>::infinity()}.fault() != nullptr);
    BOOST_TEST(Sampling{.top_p = std::numeric_limits<float>::quiet_NaN()}.fault() != nullptr);
    BOOST_TEST(Sampling{}.fault() == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::reference_gpu
