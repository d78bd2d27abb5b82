// libFuzzer's entry to the responder.
#include "models/spdm/fuzz/harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    assay::spdm::fuzz_responder({data, size});
    return 0;
}
