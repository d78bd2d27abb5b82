// libFuzzer's entry to the requester.
#include "models/spdm/fuzz/harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    assay::spdm::fuzz_requester({data, size});
    return 0;
}
