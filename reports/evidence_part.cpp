#include "reports/evidence_part.hpp"

#include <algorithm>
#include <array>

#include "reports/format.hpp"
#include "reports/hex_dump.hpp"

#include "sim/crypto/hash.hpp"

namespace assay::reports {
namespace {

constexpr std::size_t max_lines_size = 1024, max_text_size = 4096;

/// Kinds whose bytes may be user data, or are too large to look at: linked, never shown.
bool is_only_linked(const Json& entry) {
    constexpr std::array<std::string_view, 6> kinds{"disk-image", "memory-map", "residue-scan",
                                                    "waveform",   "log",        "metrics"};
    return flag(entry, "redacted") ||
           std::find(kinds.begin(), kinds.end(), text(entry, "kind")) != kinds.end();
}

bool is_text(const Json& entry) {
    const auto type = text(entry, "media_type");
    return type.starts_with("text/") || type.ends_with("json") || type.ends_with("xml") ||
           type == "application/x-pem-file" || type == "application/jwt";
}

/// What the file says against results.json; empty where they agree.
std::string disagreement(const Json& entry, ByteView content) {
    if (content.size() != number(entry, "size"))
        return fmt::format("the file has {}, results.json says {}", size_text(content.size()),
                           size_text(number(entry, "size")));
    const auto stated = text(entry, "digest");
    for (const auto hash : {crypto::Hash::sha256, crypto::Hash::sha384, crypto::Hash::sha512}) {
        const std::string prefix = fmt::format("sha{}:", crypto::digest_size(hash) * 8);
        if (!stated.starts_with(prefix)) continue;
        const bool same = to_hex(crypto::digest(hash, {content})) == stated.substr(prefix.size());
        return same ? "" : "the digest of the file is not the one that results.json says";
    }
    return "results.json states no digest";
}

Html evidence_bytes(const FoundEvidence& found, const Json& diffs) {
    const Json& entry = *found.entry;
    if (!found.content || is_only_linked(entry)) return {};
    const ByteView bytes{*found.content};
    const Marked marked = marked_bytes(diffs, id_of(entry));
    const std::string_view open = bytes.size() <= 256 || !marked.empty() ? " open" : "";
    const auto folded = [&](std::string_view label, const Html& content) {
        return Html{"<details{}><summary>{}</summary>{}</details>\n",
                    open.empty() ? Html{} : Html{" open=\"\""}, label, content};
    };
    if (const Json& fields = list(entry, "fields"); !fields.empty())
        return Html{"<div class=\"dump\">{}</div>\n", field_dump(bytes, fields, marked)};
    if (bytes.empty()) return Html{"<p class=\"mut\">The file is empty.</p>\n"};
    if (!is_text(entry)) return folded("Bytes", line_dump(bytes, marked, max_lines_size));
    Html content{"<pre tabindex=\"0\">{}",
                 Html::lines(as_text(bytes.first(std::min(bytes.size(), max_text_size))))};
    if (bytes.size() > max_text_size) content.add("\n{} more", size_text(bytes.size() - max_text_size));
    return folded("Text", content.add("</pre>"));
}

}  // namespace

std::vector<FoundEvidence> find_evidence(const Json& one, const EvidenceReader& reader,
                                         std::size_t max_size) {
    std::vector<FoundEvidence> out;
    for (const Json& entry : list(one, "evidence")) {
        FoundEvidence found{&entry, {}, {}};
        const std::string path{text(entry, "path")};
        if (flag(entry, "redacted"))
            found.trouble = "redacted: its bytes are not shown";
        else if (!is_plain_path(path))
            found.trouble = "not read: its path leads out of the run directory";
        else if (number(entry, "size") > max_size)
            found.trouble = fmt::format("not shown here: more than {}", size_text(max_size));
        else if (auto content = reader(path, max_size); !content)
            found.trouble = fmt::format("missing: {}", content.error().what);
        else {
            found.trouble = disagreement(entry, *content);
            found.content = *std::move(content);
        }
        out.push_back(std::move(found));
    }
    return out;
}

Html evidence_section(const std::vector<FoundEvidence>& evidence, const Json& diffs) {
    if (evidence.empty()) return {};
    Html out{
        "<section id=\"evidence\"><h2>Evidence</h2>\n<button type=\"button\" class=\"fold\" hidden=\"\" "
        "aria-expanded=\"false\">Unfold all</button>\n"};
    for (const FoundEvidence& found : evidence) {
        const Json& entry = *found.entry;
        const std::string path{text(entry, "path")};
        out.add(
            "<article class=\"evidence\"><h3>{} <span class=\"kind\">{}{}{}</span></h3>\n<p>{} \u00B7 {} "
            "\u00B7 "
            "<code class=\"wrap\">{}</code></p>\n",
            id_of(entry), text(entry, "kind"), text(entry, "media_type").empty() ? "" : ", ",
            text(entry, "media_type"), is_plain_path(path) ? link("../../" + path, path) : Html{"{}", path},
            size_text(number(entry, "size")), text(entry, "digest"));
        if (!found.trouble.empty()) out.add("<p class=\"trouble\"><b>!</b> {}</p>\n", found.trouble);
        out += evidence_bytes(found, diffs);
        out.add("</article>\n");
    }
    return out.add("</section>\n");
}

}  // namespace assay::reports
