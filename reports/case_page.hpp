// The page of one case: what was asked, what came back, and the bytes that show it.
#pragma once
#include "reports/page.hpp"
#include "reports/report.hpp"

namespace assay::reports {

std::string case_page(const Context& context, const Json& one, const EvidenceReader& evidence,
                      const HtmlOptions& options);

}  // namespace assay::reports
