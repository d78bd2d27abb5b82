// JSON (RFC 8259) from outside: what nlohmann lets pass in silence is refused here.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"

namespace assay::gpu {

/// Refuses text longer than `max_size`, a byte order mark, nesting deeper than 32, and a name that comes
/// twice in one object. The error is one line.
Result<nlohmann::json, std::string> parse_strict_json(ByteView text, std::size_t max_size = 1 << 20);

}  // namespace assay::gpu
