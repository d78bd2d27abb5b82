// The suite's own canaries and the forms in which they may turn up, and its own search for them. Written
// apart from the node's oracle, so that an error of one is not an error of both.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/base/bytes.hpp"

namespace assay::conformance::deletion {

struct CanaryForm {
    std::string name;
    Bytes bytes;
};

/// 24 characters from `seed`: the same for the same seed.
std::string canary_text(std::uint64_t seed);
/// Every form of the sheet: each is a case of its own.
std::vector<CanaryForm> canary_forms(const std::string& canary);
/// Eight ids from position `at`, in 16, 32 and 64 bits.
std::vector<CanaryForm> token_forms(std::span<const std::uint32_t> tokens, std::size_t at);

/// Whether `needle` stands there, and where first.
bool stands_in(ByteView haystack, ByteView needle, std::size_t& at);

/// The first of `forms` that stands in `haystack`, and where; null: none does. One pass, whatever their
/// number.
const CanaryForm* first_of(std::span<const CanaryForm> forms, ByteView haystack, std::size_t& at);

}  // namespace assay::conformance::deletion
