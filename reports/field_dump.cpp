// Evidence field by field, under the names that its standard gives them.
#include <algorithm>

#include "reports/format.hpp"
#include "reports/hex_dump.hpp"

namespace assay::reports {
namespace {

constexpr std::size_t max_unfolded = 24;     // fields in one table
constexpr std::size_t max_field = 1024;      // bytes shown of one field
constexpr std::size_t max_unlabelled = 256;  // bytes shown between fields

struct LabelledRow {
    std::uint64_t offset = 0, length = 0;
    std::string_view name, value;  // no name: bytes that no field covers
    bool overlaps = false;
};

std::vector<LabelledRow> labelled_rows(std::uint64_t size, const Json& fields) {
    std::vector<LabelledRow> named;
    for (const Json& field : fields)
        named.push_back({number(field, "offset"), number(field, "length"), text(field, "name"),
                         text(field, "value"), false});
    std::stable_sort(named.begin(), named.end(),
                     [](const LabelledRow& a, const LabelledRow& b) { return a.offset < b.offset; });
    std::vector<LabelledRow> out;
    std::uint64_t next = 0;
    for (LabelledRow& row : named) {
        if (row.offset > next && next < size)
            out.push_back({next, std::min(row.offset, size) - next, {}, {}, false});
        row.overlaps = row.offset < next && row.length > 0;
        next = std::max(next, row.offset + row.length);
        out.push_back(row);
    }
    if (next < size) out.push_back({next, size - next, {}, {}, false});
    return out;
}

/// What all names begin with, up to a dot.
std::size_t common_prefix(const std::vector<LabelledRow>& rows) {
    std::optional<std::string_view> common;
    for (const LabelledRow& row : rows) {
        if (row.name.empty()) continue;
        if (!common) common = row.name;
        const std::size_t size = std::min(common->size(), row.name.size());
        const auto differ = std::mismatch(
            common->begin(), common->begin() + static_cast<std::ptrdiff_t>(size), row.name.begin());
        common = common->substr(0, static_cast<std::size_t>(differ.first - common->begin()));
    }
    const std::size_t dot = common ? common->substr(0, common->find('[')).rfind('.') : std::string_view::npos;
    return dot == std::string_view::npos ? 0 : dot + 1;
}

/// `record[3]` of `record[3].index`, `request` of `request.nonce`, nothing of `nonce`.
std::string_view group_of(std::string_view name, std::size_t prefix) {
    if (name.size() <= prefix) return {};
    const std::string_view rest = name.substr(prefix);
    const std::size_t end = rest.find(']') != std::string_view::npos ? rest.find(']') + 1 : rest.find('.');
    return end >= rest.size() ? std::string_view{} : name.substr(0, prefix + end);
}

/// The characters of a field that is text: at least four, zeros only after them.
std::string as_characters(ByteView bytes) {
    while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
    const bool printable =
        std::all_of(bytes.begin(), bytes.end(), [](auto b) { return b >= 0x20 && b < 0x7F; });
    if (bytes.size() < 4 || !printable) return {};
    return fmt::format("\u201C{}\u201D", clipped(as_text(bytes), 60));
}

class FieldDump {
public:
    FieldDump(ByteView bytes, const Json& fields, const Marked& marked)
        : bytes_(bytes), marked_(marked), rows_(labelled_rows(bytes.size(), fields)) {
        prefix_ = common_prefix(rows_);
    }

    Html html() const {
        const bool fold = rows_.size() > max_unfolded;
        Html out;
        for (std::size_t i = 0; i < rows_.size();) {
            const auto group = group_of(rows_[i].name, prefix_);
            std::size_t end = i + 1;
            while (end < rows_.size() && group_of(rows_[end].name, prefix_) == group) ++end;
            const Rows part{rows_.data() + i, end - i};
            if (fold && !group.empty())
                out.add("<details{}><summary>{}</summary>{}</details>\n",
                        is_marked(part) ? Html{" open=\"\""} : Html{}, summary(group, part),
                        table(group, part, false));
            else
                out += table(group, part, true);
            i = end;
        }
        return out;
    }

private:
    using Rows = std::span<const LabelledRow>;

    ByteView part(std::uint64_t offset, std::uint64_t length) const {
        if (offset >= bytes_.size()) return {};
        return bytes_.subspan(offset, std::min<std::uint64_t>(length, bytes_.size() - offset));
    }

    bool is_marked(Rows rows) const {
        return std::any_of(rows.begin(), rows.end(), [&](const LabelledRow& row) {
            const auto first = marked_.lower_bound(row.offset);
            return first != marked_.end() && *first < row.offset + row.length;
        });
    }

    /// Name, place, and what tells this element from the next: its first values, the start of its longest
    /// field.
    Html summary(std::string_view group, Rows rows) const {
        const std::uint64_t first = rows.front().offset, end = rows.back().offset + rows.back().length;
        Html out{"<code>{}</code> <span class=\"kind\">{} \u00B7 {}</span>", group.substr(prefix_),
                 offset_text(first), size_text(end - first)};
        std::size_t values = 0;
        const LabelledRow* longest = &rows.front();
        for (const LabelledRow& row : rows) {
            if (row.length > longest->length) longest = &row;
            if (row.value.empty() || values == 2) continue;
            out.add(" <span class=\"peek\">{} <b>{}</b></span>", label(group, row), clipped(row.value, 24));
            ++values;
        }
        if (longest->length >= 8)
            out.add(" <span class=\"peek\"><code>{}\u2026</code></span>", to_hex(part(longest->offset, 6)));
        return out;
    }

    std::string_view label(std::string_view group, const LabelledRow& row) const {
        std::string_view out =
            row.name.substr(group.empty() ? std::min(prefix_, row.name.size()) : group.size());
        if (!group.empty() && out.starts_with('.')) out.remove_prefix(1);
        return out.empty() ? row.name : out;
    }

    Html table(std::string_view group, Rows rows, bool headed) const {
        Html out{"<table class=\"fields\">"};
        if (headed && !group.empty()) out.add("<caption><code>{}</code></caption>", group.substr(prefix_));
        out.add(
            "<thead class=\"sr\"><tr><th scope=\"col\">Offset</th><th scope=\"col\">Field</th><th "
            "scope=\"col\">Bytes</th><th scope=\"col\">Value</th></tr></thead>\n<tbody>");
        for (const LabelledRow& row : rows) out += line(group, row);
        return out.add("</tbody></table>\n");
    }

    Html line(std::string_view group, const LabelledRow& row) const {
        const bool named = !row.name.empty();
        const ByteView all = part(row.offset, row.length);
        const ByteView shown = all.first(std::min(all.size(), named ? max_field : max_unlabelled));
        Html out{"<tr><td>{}</td><th scope=\"row\">{}</th><td>", offset_text(row.offset),
                 named ? Html{"{}", label(group, row)} : Html{"<i>no label</i>"}};
        if (row.overlaps)
            out.add("<i>{}, part of the bytes above</i>", size_text(row.length));
        else
            out.add("<div>{}</div>", marked_hex(shown, row.offset, marked_));
        if (!row.overlaps && shown.size() < all.size())
            out.add(" <i>and {} more</i>", size_text(all.size() - shown.size()));
        if (all.size() < row.length) out.add(" <i>{} beyond the end</i>", size_text(row.length - all.size()));
        if (row.value.empty()) return out.add("</td><td>{}</td></tr>\n", as_characters(all));
        return out.add("</td><td>{}</td></tr>\n", row.value);
    }

    ByteView bytes_;
    const Marked& marked_;
    std::vector<LabelledRow> rows_;
    std::size_t prefix_ = 0;
};

}  // namespace

Html field_dump(ByteView bytes, const Json& fields, const Marked& marked) {
    return FieldDump{bytes, fields, marked}.html();
}

}  // namespace assay::reports
