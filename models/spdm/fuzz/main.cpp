// spdm_fuzz responder|requester COUNT [SEED] [FILE...]: replays files, then runs COUNT seeded changes.
// spdm_fuzz responder|requester seeds FOLDER: writes inputs for libFuzzer to begin with.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "models/spdm/fuzz/harness.hpp"
#include "sim/base/file.hpp"

int main(int argc, char** argv) {
    using namespace assay;
    const std::string_view which = argc > 1 ? argv[1] : "";
    if (argc < 3 || (which != "responder" && which != "requester")) {
        std::fputs("usage: spdm_fuzz responder|requester COUNT [SEED] [FILE...]\n", stderr);
        return 2;
    }
    const bool responder = which == "responder";
    const auto target = responder ? &spdm::fuzz_responder : &spdm::fuzz_requester;
    try {
        if (std::string_view{argv[2]} == "seeds" && argc == 4) {
            int number = 0;
            for (const Bytes& one : responder ? spdm::responder_seeds() : spdm::requester_seeds())
                write_file(std::filesystem::path{argv[3]} / std::to_string(number++), one);
            return 0;
        }
        for (int i = 4; i < argc; ++i)
            if (const auto input = read_file(argv[i], 1 << 20)) target(*input);
        const std::uint64_t count = std::strtoull(argv[2], nullptr, 10);
        const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
        spdm::fuzz_mutations(target, responder ? spdm::responder_seeds() : spdm::requester_seeds(), seed,
                             count);
        std::printf("%s: %llu executions\n", argv[1], static_cast<unsigned long long>(count));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
