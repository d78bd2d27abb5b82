// libFuzzer's entry to the TPM's commands.
#include "models/tpm/fuzz_tpm.hpp"
#include "sim/crypto/plain_memory.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    assay::crypto::use_plain_memory();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static assay::tpm::FuzzTpm tpm{1};
    tpm.run({data, size});
    return 0;
}
