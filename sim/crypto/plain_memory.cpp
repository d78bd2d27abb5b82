#include "sim/crypto/plain_memory.hpp"

#include <cstddef>
#include <stdexcept>

#include <openssl/crypto.h>

// The C library's allocator under the names that no sanitizer replaces.
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_realloc(void* old, std::size_t size);
extern "C" void __libc_free(void* old);

// A trace of each allocation costs more than the allocation; ASAN_OPTIONS=malloc_context_size=30 brings it
// back.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
    return "malloc_context_size=0:max_malloc_fill_size=0:quarantine_size_mb=16:thread_local_quarantine_size_"
           "kb=64";
}

namespace assay::crypto {

void use_plain_memory() {
    const int code = CRYPTO_set_mem_functions(
        [](std::size_t size, const char*, int) { return __libc_malloc(size); },
        [](void* old, std::size_t size, const char*, int) { return __libc_realloc(old, size); },
        [](void* old, const char*, int) { __libc_free(old); });
    if (code != 1) throw std::logic_error("use_plain_memory: OpenSSL has allocated already");
}

}  // namespace assay::crypto
