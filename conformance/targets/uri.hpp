// The parts of a target URI: `id=scheme:path?key=value&key=value`.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "sim/base/result.hpp"

namespace assay::conformance {

struct TargetUri {
    std::string id;                              // empty where none is given
    std::string scheme;                          // "evidence", or "model:gpu": what has no path of its own
    std::string path;                            // percent-decoded
    std::map<std::string, std::string> options;  // percent-decoded
};

/// The error says what is wrong. Percent-decoding happens once, after the text is taken apart.
Result<TargetUri, std::string> parse_uri(std::string_view text);

}  // namespace assay::conformance
