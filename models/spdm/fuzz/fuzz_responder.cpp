// libFuzzer's entry to the responder.
#include "models/spdm/fuzz/harness.hpp"
#include "sim/crypto/plain_memory.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    assay::crypto::use_plain_memory();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    assay::spdm::fuzz_responder({data, size});
    return 0;
}
