// Some thousands of mutated commands in every build, the sanitizers' above all; tpm_fuzz runs as many as one
// likes.
#include <boost/test/unit_test.hpp>

#include "models/tpm/fuzz_tpm.hpp"
#include "sim/base/file.hpp"

namespace assay::tpm {
namespace {

BOOST_AUTO_TEST_CASE(mutated_commands_get_well_formed_answers_and_the_seed_decides_all_of_it) {
    const auto accepted = [](std::uint64_t seed) {
        FuzzTpm tpm{seed};
        for (int i = 0; i < 4000; ++i) tpm.step();  // throws with the command, where an answer is malformed
        return tpm.accepted();
    };
    const std::size_t first = accepted(1);
    BOOST_TEST(first > 200U);  // else it would not get past the first checks
    BOOST_TEST(accepted(1) == first);
    BOOST_TEST(accepted(2) != first);
}

BOOST_AUTO_TEST_CASE(the_bytes_of_a_fuzzer_are_commands_after_their_lengths) {
    FuzzTpm tpm{3};
    const std::size_t before = tpm.accepted();
    // A session; GetRandom of 4 bytes; the same after a power cycle; a length without a command.
    tpm.run(*from_hex("04 000c 8001 0000000c 0000017b 0004 800c 8001 0000000c 0000017b 0009 3fff"));
    BOOST_TEST(tpm.accepted() == before + 4);  // and TPM2_Startup(CLEAR)
    tpm.run({});
}

BOOST_AUTO_TEST_CASE(the_kept_inputs_of_the_fuzzer_get_well_formed_answers) {
    const char* source = std::getenv("ASSAY_SOURCE");
    if (source == nullptr) return;
    FuzzTpm tpm{1};
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator{std::filesystem::path{source} / "models/tpm/fuzz/corpus"}) {
        const auto input = read_file(entry.path(), 1 << 20);
        BOOST_REQUIRE(bool(input));
        tpm.run(*input);  // throws with the command, where an answer is malformed
        ++count;
    }
    BOOST_TEST(count > 100U);
}

}  // namespace
}  // namespace assay::tpm
