// The parts of index.html, in the order in which they stand there.
#pragma once
#include <span>

#include "reports/page.hpp"
#include "reports/report.hpp"

namespace assay::reports {

using Rows = std::span<const Json* const>;

/// Run verdict, wording, facts, one card per target.
Html index_header(const Context& context);
/// Failures, then errors, by id.
Html index_failures(const View& view);
/// Requirements without a case, controls without evidence, what was not tested and why.
Html index_not_covered(const View& view);

/// Requirements (rows, grouped by family) by `targets` (columns).
Html requirement_matrix(const View& view, Rows targets);
/// `cases` (rows, grouped by suite) by `targets`. `root` leads to index.html.
Html case_table(const View& view, Rows cases, Rows targets, std::string_view root);

Html index_controls(const View& view);
/// Wall-clock measurements and the timeline; empty without `volatile`.
Html index_wall_clock(const View& view);
Html index_waivers(const View& view);
Html index_environment(const Context& context, const std::vector<std::string>& other_files);

/// Text box and verdict buttons over a table; shown by the script alone.
Html tool_bar(std::string_view table, std::string_view label);

}  // namespace assay::reports
