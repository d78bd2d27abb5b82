// Events of a case as a sequence diagram and as a table.
#pragma once
#include "reports/html.hpp"
#include "reports/view.hpp"

namespace assay::reports {

/// An SVG with one lane per actor, in order of first appearance. Empty without events, or where there are
/// more actors than a page can hold.
Html sequence_diagram(std::string_view case_id, const Json& events);

/// Every event with its time, bytes, outcome and detail.
Html event_table(const Json& events);

}  // namespace assay::reports
