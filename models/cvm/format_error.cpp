#include "models/cvm/format_error.hpp"

namespace assay::cvm {

std::string FormatError::text() const {
    std::string out = code;
    if (!path.empty()) out += ": " + path;
    if (offset) out += " at offset " + std::to_string(*offset);
    return out + ": " + what;
}

FormatError format_error(std::string_view code, const WireError& error, std::size_t base) {
    return {std::string{code}, error.path, base + error.offset, error.text()};
}

}  // namespace assay::cvm
