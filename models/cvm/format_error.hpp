// Why bytes that a confidential VM handed out are not what they should be.
#pragma once
#include <optional>

#include "sim/base/reader.hpp"

namespace assay::cvm {

/// What, where, expected. `code` is a stable name (`E_LOG_PARSE`).
struct FormatError {
    std::string code;
    std::string path{};                   // field or JSON member
    std::optional<std::size_t> offset{};  // in the bytes that were handed in
    std::string what{};
    std::string text() const;  // one line
};

/// A fault of a wire layout under `code`; `base` is where the layout begins in the input.
FormatError format_error(std::string_view code, const WireError& error, std::size_t base = 0);

}  // namespace assay::cvm
