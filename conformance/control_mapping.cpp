#include "conformance/control_mapping.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "conformance/digests.hpp"
#include "conformance/document_text.hpp"
#include "conformance/embedded.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

constexpr std::array<std::string_view, 12> families{
    "attestation",    "boot-measurement", "dataset-intake",        "deletion",
    "disk-integrity", "evidence-logging", "inference-correctness", "key-release",
    "prompt-path",    "robustness",       "runtime-policy",        "unlinkability",
};
constexpr std::array<std::string_view, 8> csv_header{"family", "framework", "control", "relation",
                                                     "topic",  "confirmed", "source",  "note"};

struct CsvError {
    std::size_t line;
    std::string what;
};
struct CsvRow {
    std::size_t line = 0;
    std::vector<std::string> cells;
};

/// RFC 4180; a bare LF ends a row too. The last row may lack its end.
Result<std::vector<CsvRow>, CsvError> parse_csv(std::string_view text) {
    std::vector<CsvRow> rows;
    std::size_t line = 1;
    for (std::size_t i = 0; i < text.size();) {
        CsvRow row{line, {}};
        for (bool more = true; more;) {
            std::string& cell = row.cells.emplace_back();
            if (i < text.size() && text[i] == '"') {
                for (++i;; ++i) {
                    if (i == text.size()) return CsvError{row.line, "a quoted cell does not end"};
                    if (text[i] == '\n') ++line;
                    if (text[i] == '"' && text.substr(i + 1, 1) != "\"") break;
                    if (text[i] == '"') ++i;  // a doubled quote is one
                    cell += text[i];
                }
                ++i;
            } else {
                while (i < text.size() && text[i] != ',' && text[i] != '\r' && text[i] != '\n') {
                    if (text[i] == '"') return CsvError{line, "a quote inside an unquoted cell"};
                    cell += text[i++];
                }
            }
            more = i < text.size() && text[i] == ',';
            if (more) ++i;
        }
        if (i < text.size() && text[i] == '\r') ++i;
        if (i < text.size() && text[i] != '\n') return CsvError{line, "bytes after a cell"};
        ++i;
        ++line;
        rows.push_back(std::move(row));
    }
    return rows;
}

bool is_control(std::string_view text) {
    const auto word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= 48 && word(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return word(c) || std::string_view{" .()_-"}.find(c) != std::string_view::npos;
           });
}

/// The first thing that is wrong with a row, or empty text.
std::string fault(const CsvRow& row) {
    if (row.cells.size() != csv_header.size())
        return fmt::format("{} cells, not {}", row.cells.size(), csv_header.size());
    const auto& c = row.cells;
    if (std::find(families.begin(), families.end(), c[0]) == families.end())
        return "unknown family '" + c[0] + "'";
    if (!is_token(c[1])) return "framework '" + c[1] + "' is not a token";
    if (!is_control(c[2])) return "control '" + c[2] + "' is not an id";
    if (c[3] != "direct" && c[3] != "supporting")
        return "relation '" + c[3] + "' is neither direct nor supporting";
    if (c[5] != "yes" && c[5] != "partly" && c[5] != "no")
        return "confirmed '" + c[5] + "' is none of yes, partly, no";
    return {};
}

}  // namespace

std::span<const std::string_view> requirement_families() { return families; }

std::vector<Control> ControlMapping::direct_controls(std::string_view family) const {
    std::vector<Control> out;
    for (const MappingRow& row : rows)
        if (row.direct && row.family == family) out.push_back(row.control);
    std::sort(out.begin(), out.end());
    return out;
}

Result<ControlMapping, std::string> parse_mapping(std::string_view csv) {
    const auto at = [](std::size_t line, const std::string& what) {
        return printable(fmt::format("line {}: {}", line, what));
    };
    auto rows = parse_csv(csv);
    if (!rows) return at(rows.error().line, rows.error().what);
    if (rows->empty() || !std::equal(rows->front().cells.begin(), rows->front().cells.end(),
                                     csv_header.begin(), csv_header.end()))
        return at(1, fmt::format("the header is not {}", fmt::join(csv_header, ",")));

    ControlMapping out;
    out.digest = sha256_digest(as_bytes(csv));
    std::set<std::pair<std::string, Control>> seen;
    for (const CsvRow& row : std::span{*rows}.subspan(1)) {
        if (const std::string what = fault(row); !what.empty()) return at(row.line, what);
        const auto& c = row.cells;
        if (!seen.insert({c[0], {c[1], c[2]}}).second)
            return at(row.line, fmt::format("{} {} stands twice for {}", c[1], c[2], c[0]));
        out.rows.push_back({c[0], {c[1], c[2]}, c[3] == "direct", c[4], c[5], c[6], c[7]});
    }
    return out;
}

const ControlMapping& built_in_mapping() {
    static const ControlMapping mapping = [] {
        auto parsed = parse_mapping(embedded::control_mapping());
        if (!parsed) throw std::runtime_error("control-mapping.csv: " + parsed.error());
        return *std::move(parsed);
    }();
    return mapping;
}

}  // namespace assay::conformance
