// tpm_fuzz [executions] [seed]: seeded mutated commands in any state, to be built with sanitizers. With clang
// and ASSAY_LIBFUZZER the same as a target of libFuzzer.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "models/tpm/fuzz_tpm.hpp"

#ifdef ASSAY_LIBFUZZER

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static assay::tpm::FuzzTpm tpm{1};
    tpm.run({data, size});
    return 0;
}

#else

int main(int argc, char** argv) {
    const std::uint64_t executions = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    try {
        assay::tpm::FuzzTpm tpm{seed};
        for (std::uint64_t i = 0; i < executions; ++i) tpm.step();
        std::printf("%llu executions from seed %llu, %zu of them accepted, no finding\n",
                    static_cast<unsigned long long>(executions), static_cast<unsigned long long>(seed),
                    tpm.accepted());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tpm_fuzz: %s\n", error.what());
        return 1;
    }
    return 0;
}

#endif
