// Markers that are planted in prompts, and every form in which one may turn up again.
#pragma once
#include <vector>

#include "sim/base/random.hpp"
#include "sim/base/secret.hpp"

namespace assay::labels {

/// 24 characters of A-Z without I and O, and 2-9: 120 bits.
inline constexpr std::size_t canary_size = 24;
Secret make_canary(Random& random);

/// A byte string that betrays what was planted.
struct Form {
    std::string name;  // "utf-16", "base64 phase 1", "sha-256 hex"
    Secret bytes;
    /// Hits of such forms that touch are one hit.
    bool part = false;
};

/// plain; parts of 16 characters; UTF-16 of either order; base64 and base64url at three phases; hexadecimal,
/// percent-encoded and JSON-escaped, both cases; reversed; SHA-256 and SHA-1 raw, in hexadecimal and base64.
std::vector<Form> forms_of_canary(ByteView canary);
/// SHA-256 and SHA-1 of a whole prompt.
std::vector<Form> hashes_of(ByteView text, std::string_view of);
/// Any 8 consecutive ids: 16 and 32 bits, little-endian, and 64 bits. Fewer than 8 ids make no form.
std::vector<Form> forms_of_tokens(std::span<const std::uint32_t> tokens);
/// Any 16 consecutive bytes of `rows` (embeddings, keys, values) at a multiple of `element` bytes, but what
/// is one byte over and over.
std::vector<Form> forms_of_rows(ByteView rows, std::size_t element);

}  // namespace assay::labels
