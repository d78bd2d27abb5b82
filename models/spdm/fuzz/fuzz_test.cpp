// The fuzzers' own seeds, kept inputs and a few thousand seeded changes: what runs where no fuzzer is.
#include <boost/test/unit_test.hpp>

#include "models/spdm/fuzz/harness.hpp"
#include "sim/base/file.hpp"

namespace assay::spdm {
namespace {

void replay_kept(const char* folder, void (*target)(ByteView)) {
    const char* source = std::getenv("ASSAY_SOURCE");
    if (source == nullptr) return;
    const auto path = std::filesystem::path{source} / "models/spdm/fuzz/corpus" / folder;
    if (!std::filesystem::exists(path)) return;
    for (const auto& entry : std::filesystem::directory_iterator{path}) {
        const auto input = read_file(entry.path(), 1 << 20);
        BOOST_REQUIRE(bool(input));
        target(*input);
    }
}

BOOST_AUTO_TEST_CASE(a_responder_stands_any_bytes_in_any_state) {
    const auto seeds = responder_seeds();
    for (const Bytes& one : seeds) fuzz_responder(one);
    replay_kept("responder", &fuzz_responder);
    fuzz_mutations(&fuzz_responder, seeds, 1, 3000);
}

BOOST_AUTO_TEST_CASE(a_requester_stands_any_answers_in_any_state) {
    const auto seeds = requester_seeds();
    for (std::size_t i = 0; i < seeds.size(); i += 7) fuzz_requester(seeds[i]);
    replay_kept("requester", &fuzz_requester);
    fuzz_mutations(&fuzz_requester, seeds, 1, 3000);
}

}  // namespace
}  // namespace assay::spdm
