// Failures of OpenSSL as exceptions.
#include "sim/crypto/native.hpp"

#include <limits>
#include <stdexcept>

#include <openssl/err.h>

namespace assay::crypto {

void openssl_failure(const char* call) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    const std::string text = std::string{"OpenSSL: "} + call + (reason != nullptr ? ": " : " failed") +
                             (reason != nullptr ? reason : "");
    ERR_clear_error();
    throw std::runtime_error(text);
}

bool succeeded(int code) {
    if (code == 1) return true;
    ERR_clear_error();
    return false;
}

int int_size(std::size_t size) {
    if (size > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw std::logic_error("crypto: data of more than 2 GiB in one call");
    return static_cast<int>(size);
}

}  // namespace assay::crypto
