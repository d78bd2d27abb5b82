// Bytes of evidence for people: field by field, line by line, or expected beside actual.
#pragma once
#include <set>

#include "reports/html.hpp"
#include "reports/view.hpp"

#include "sim/base/bytes.hpp"

namespace assay::reports {

/// Offsets of bytes to mark.
using Marked = std::set<std::uint64_t>;

/// The bytes of `evidence` that the differences say are wrong.
Marked marked_bytes(const Json& diffs, std::string_view evidence);

/// Hexadecimal with spaces; marked bytes stand out by colour, weight and underline. `offset` is that of the
/// first byte.
Html marked_hex(ByteView bytes, std::uint64_t offset, const Marked& marked);

/// One row per field, with what no field names between them. More than 24 fields are folded by group: an
/// element of a list (`record[3]`) or a structure (`request`); a group with a marked byte is open.
Html field_dump(ByteView bytes, const Json& fields, const Marked& marked);

/// Sixteen bytes per line, with their ASCII characters; at most `max` bytes.
Html line_dump(ByteView bytes, const Marked& marked, std::size_t max);

/// Pairs of lines `exp` and `act` around the differences of one evidence; empty where the bytes do not bear
/// the differences out.
Html paired_dump(ByteView bytes, const Json& diffs, std::string_view evidence);

}  // namespace assay::reports
