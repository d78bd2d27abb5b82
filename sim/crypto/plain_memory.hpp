// For fuzzers: OpenSSL's own objects stand in the C library's memory, past a sanitizer.
#pragma once

namespace assay::crypto {

/// To be called before anything else of OpenSSL, else std::logic_error. A sanitizer then neither checks nor
/// delays the many small allocations inside OpenSSL, which is not what is tested; everything that it reads
/// from us and writes to us is ours, and checked as ever.
void use_plain_memory();

}  // namespace assay::crypto
