// Digests and seeds as results.json spells them.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sim/base/bytes.hpp"

namespace assay::conformance {

/// "sha256:" and 64 lower-case digits.
std::string sha256_digest(ByteView content);
/// Of the compact text of `document` without that member.
std::string digest_without(const nlohmann::json& document, std::string_view member);
/// "0x" and 16 digits.
std::string seed_text(std::uint64_t seed);

}  // namespace assay::conformance
