// The CUDA path against the CPU to the bit, where a device is there.
#include <cstdio>

#include "reference_gpu/test_support.hpp"

namespace assay::reference_gpu {

BOOST_AUTO_TEST_SUITE(cuda)

BOOST_AUTO_TEST_CASE(a_device_gives_the_bits_of_the_cpu) {
    const auto model = test::share(test::must(load_model(test::own_vector("tiny.bin"))));
    auto device = Inference::open(model, {.device = Device::cuda});
    if (!device) {
        std::cout << "skipped: " << device.error() << std::endl;
        std::fflush(nullptr);
        std::_Exit(77);  // nothing of the CUDA runtime is torn down: without a device that can crash
    }
    auto cpu = test::must(Inference::open(model, {.device = Device::cpu}));
    std::vector<Token> tokens;
    for (Token i = 0; i < 100; ++i) tokens.push_back(i * 37 % model->config.vocabulary);
    const auto expected = test::all_logits(cpu, tokens);
    for (int round = 0; round < 3; ++round)
        BOOST_TEST(test::same_bits(test::all_logits(*device, tokens), expected));
}

BOOST_AUTO_TEST_CASE(reset_leaves_no_logits_on_the_host) {
    auto device =
        Inference::open(test::share(random_model(test::small_shape(), 1)), {.device = Device::cuda});
    if (!device) return;
    const FloatView logits = device->step(1);
    device->reset();
    BOOST_TEST(std::ranges::all_of(logits, [](float v) { return v == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::reference_gpu
