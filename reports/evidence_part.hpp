// The evidence of one case: files with their digests, and their bytes as far as a page should hold them.
#pragma once
#include <optional>

#include "reports/html.hpp"
#include "reports/report.hpp"
#include "reports/view.hpp"

namespace assay::reports {

/// An evidence file as it was found.
struct FoundEvidence {
    const Json* entry = nullptr;  // of results.json
    std::optional<Bytes> content;
    std::string trouble;  // why it is not shown, or what is wrong with it
};

std::vector<FoundEvidence> find_evidence(const Json& one, const EvidenceReader& reader, std::size_t max_size);

/// The section, with a heading of its own; empty without evidence.
Html evidence_section(const std::vector<FoundEvidence>& evidence, const Json& diffs);

}  // namespace assay::reports
