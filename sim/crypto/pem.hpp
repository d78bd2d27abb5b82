// PEM (RFC 7468). Internal to sim/crypto.
#pragma once
#include <vector>

#include "sim/base/secret.hpp"

namespace assay::crypto {

/// A block between BEGIN and END lines; `der` is nothing when the block is cut off or not base64.
struct PemBlock {
    std::string_view label;
    std::optional<Secret> der;
};

/// All blocks in order; other text is skipped. A block that is cut off is the last one.
std::vector<PemBlock> pem_blocks(ByteView text);

/// Lines of 64 characters.
std::string to_pem(std::string_view label, ByteView der);

}  // namespace assay::crypto
