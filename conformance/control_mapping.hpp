// Which published controls the mechanisms of a requirement family are relevant to: this project's own
// judgement, kept as a table (RFC 4180) that a user may replace.
#pragma once
#include <span>

#include "conformance/requirement.hpp"
#include "sim/base/result.hpp"

namespace assay::conformance {

struct MappingRow {
    std::string family;
    Control control;
    bool direct = false;  // the tests drive the mechanism that the control names; else one input among others
    std::string topic;
    std::string confirmed;  // yes, partly, no: existence and subject of the control were looked up
    std::string source;
    std::string note;
};

struct ControlMapping {
    std::vector<MappingRow> rows;  // as they stand in the file
    std::string digest;            // "sha256:..." of the file

    /// Controls of the family with relation `direct`, in order.
    std::vector<Control> direct_controls(std::string_view family) const;
};

/// Every family that a requirement may be of.
std::span<const std::string_view> requirement_families();

/// Refuses another header, an unknown family, relation or `confirmed`, a framework that is no token, a second
/// row for the same family and control, and broken quoting; the error names the line.
Result<ControlMapping, std::string> parse_mapping(std::string_view csv);

/// The one that is part of the program. Throws std::runtime_error when it is malformed.
const ControlMapping& built_in_mapping();

}  // namespace assay::conformance
