// Small things as people read them: verdicts, times, sizes, digests, bytes.
#pragma once
#include "reports/html.hpp"
#include "reports/view.hpp"

#include "sim/base/bytes.hpp"

namespace assay::reports {

/// `✗ FAIL`, in its colour.
Html verdict(Mark mark);
/// The same as a filled label.
Html badge(Mark mark);

/// Virtual time in the largest unit, with at most three decimals: 905400000 -> "905.4 µs".
std::string time_text(std::uint64_t picoseconds);
/// "4,096 B"
std::string size_text(std::uint64_t bytes);
/// "1 case", "3 cases"
std::string count_text(std::uint64_t count, std::string_view noun);
/// "3 pass · 1 fail", without the zeros; "no cases" where all are.
std::string counts_text(const Counts& counts);
/// The first twelve digits of a digest, all of them on hover.
Html short_digest(std::string_view digest);
/// "0x0025"; six digits from 64 KiB on.
std::string offset_text(std::uint64_t offset);
/// "7f 03 00"
std::string spaced_hex(ByteView bytes);
/// `<code>id</code> (model)`: no verdict stands without the kind of its target.
Html target_name(const View& view, std::string_view target);
/// "DSP0274 1.3.0, CHALLENGE_AUTH"
std::string source_text(const Json& requirement);
/// case/<target>/<case>.html; empty where an id is not fit for a file name, or the case needs no page.
std::string page_of(const Json& one);

/// The sentences that no report is without.
std::string wording(const View& view);

/// A link where `href` is a plain path (with `../` before it, or `#` in it), else only its label.
Html link(std::string_view href, std::string_view label);

}  // namespace assay::reports
