// tpm_fuzz [executions] [seed]: seeded mutated commands in any state, to be built with sanitizers.
// tpm_fuzz seeds FOLDER: writes inputs for libFuzzer to begin with.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "models/tpm/fuzz_tpm.hpp"
#include "sim/base/file.hpp"

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view{argv[1]} == "seeds") {
        int number = 0;
        for (const assay::Bytes& one : assay::tpm::FuzzTpm{1}.seeds())
            assay::write_file(std::filesystem::path{argv[2]} / std::to_string(number++), one);
        return 0;
    }
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
