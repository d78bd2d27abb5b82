#include "reports/format.hpp"

#include <array>

namespace assay::reports {

Html verdict(Mark mark) {
    return Html{"<span class=\"v {}\">{} {}</span>", css_class(mark), symbol(mark), word(mark)};
}

Html badge(Mark mark) {
    return Html{"<span class=\"badge {}\">{} {}</span>", css_class(mark), symbol(mark), word(mark)};
}

std::string time_text(std::uint64_t picoseconds) {
    struct Unit {
        std::uint64_t size;
        std::string_view name;
    };
    constexpr std::array<Unit, 4> units{
        {{1'000'000'000'000, "s"}, {1'000'000'000, "ms"}, {1'000'000, "\u00B5s"}, {1'000, "ns"}}};
    for (const auto& [size, name] : units) {
        if (picoseconds < size) continue;
        const std::uint64_t step = size / 1000;
        const std::uint64_t thousandths = picoseconds / step + (picoseconds % step * 2 >= step ? 1 : 0);
        std::string digits = fmt::format("{}.{:03}", thousandths / 1000, thousandths % 1000);
        while (digits.back() == '0') digits.pop_back();
        if (digits.back() == '.') digits.pop_back();
        return fmt::format("{} {}", digits, name);
    }
    return fmt::format("{} ps", picoseconds);
}

namespace {

std::string grouped(std::uint64_t value) {
    std::string digits = std::to_string(value);
    for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
    return digits;
}

}  // namespace

std::string size_text(std::uint64_t bytes) { return grouped(bytes) + " B"; }

std::string count_text(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string counts_text(const Counts& counts) {
    std::string out;
    const auto part = [&](std::uint64_t count, std::string_view name) {
        if (count != 0) out += fmt::format("{}{} {}", out.empty() ? "" : " \u00B7 ", grouped(count), name);
    };
    part(counts.pass, "pass");
    part(counts.warn, "warn");
    part(counts.fail, "fail");
    part(counts.error, "error");
    part(counts.not_tested, "not tested");
    return out.empty() ? "no cases" : out;
}

Html short_digest(std::string_view digest) {
    const std::size_t colon = digest.find(':');
    const std::size_t start = colon == std::string_view::npos ? 0 : colon + 1;
    return Html{"<code title=\"{}\">{}\u2026</code>", digest, digest.substr(0, start + 12)};
}

std::string offset_text(std::uint64_t offset) {
    return offset > 0xFFFF ? fmt::format("0x{:06x}", offset) : fmt::format("0x{:04x}", offset);
}

std::string spaced_hex(ByteView bytes) {
    std::string out;
    for (const std::uint8_t byte : bytes) out += fmt::format("{}{:02x}", out.empty() ? "" : " ", byte);
    return out;
}

Html target_name(const View& view, std::string_view target) {
    const Json* found = view.target(target);
    return Html{"<code>{}</code> <span class=\"kind\">({})</span>", target,
                found == nullptr ? std::string_view{"unknown"} : text(*found, "kind")};
}

std::string source_text(const Json& requirement) {
    const Json& source = member(requirement, "source");
    std::string out{text(source, "document")};
    if (const auto version = text(source, "version"); !version.empty()) out += fmt::format(" {}", version);
    return fmt::format("{}, {}", out, text(source, "section"));
}

std::string page_of(const Json& one) {
    const Mark mark = mark_of(text(one, "verdict"));
    const bool worth_it = (mark != Mark::pass && mark != Mark::not_tested) ||
                          !list(one, "evidence").empty() || number(member(one, "events"), "count") > 0;
    const auto [id, target] = key_of(one);
    if (!worth_it || id.find('/') != std::string_view::npos || target.find('/') != std::string_view::npos)
        return {};
    const std::string path = fmt::format("case/{}/{}.html", target, id);
    return is_plain_path(path) ? path : std::string{};
}

std::string wording(const View& view) {
    std::string out =
        "Evidence from automated tests. It is relevant to the controls named below; it is not a statement of "
        "compliance.";
    if (view.only_models()) out += " All targets of this run are simulation models.";
    return out;
}

Html link(std::string_view href, std::string_view label) {
    std::string_view path = href.substr(0, href.find('#'));
    while (path.starts_with("../")) path.remove_prefix(3);
    if (!is_plain_path(path)) return Html{"{}", label};
    return Html{"<a href=\"{}\">{}</a>", href, label};
}

}  // namespace assay::reports
