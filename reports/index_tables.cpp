// index.html, middle part: the matrix of requirements and targets, the cases, the controls.
#include <algorithm>

#include "reports/format.hpp"
#include "reports/index.hpp"

namespace assay::reports {
namespace {

Html column_heads(Rows targets) {
    Html out;
    for (const Json* target : targets)
        out.add("<th scope=\"col\" class=\"c\"><code>{}</code><br/><span class=\"kind\">{}</span></th>",
                id_of(*target), text(*target, "kind"));
    return out;
}

/// The case that explains a cell best: the first of its verdict, else the first with a page.
std::string cell_page(const View& view, std::string_view requirement, std::string_view target, Mark mark) {
    std::string fallback;
    for (const Json* one : view.cases_of(requirement, target)) {
        std::string path = page_of(*one);
        if (path.empty()) continue;
        if (view.case_mark(*one) == mark) return path;
        if (fallback.empty()) fallback = std::move(path);
    }
    return fallback;
}

Html matrix_cell(const View& view, const Json& requirement, const Json& target) {
    const Json* cell = view.cell(id_of(requirement), id_of(target));
    const Mark mark = view.cell_mark(cell);
    Html out{"<td class=\"c {}\" data-t=\"{}\">", css_class(mark), id_of(target)};
    if (cell == nullptr) {
        if (view.without_case(id_of(requirement))) return out.add("{}</td>", verdict(Mark::no_case));
        return out.add("<span class=\"mut\">not planned</span></td>");
    }
    const Counts counts = Counts::of(member(*cell, "counts"));
    const Html content{"{} <span class=\"num\">{}/{}</span>", verdict(mark), counts.pass, counts.total()};
    const std::string path = cell_page(view, id_of(requirement), id_of(target), mark);
    if (path.empty()) return out.add("{}</td>", content);
    return out.add("<a href=\"{}\" title=\"{}\">{}</a></td>", path, counts_text(counts), content);
}

/// Where the worst verdict of some requirements stands: the mark and the target.
std::pair<Mark, std::string_view> worst(const View& view, const std::vector<std::string_view>& requirements) {
    std::pair<Mark, std::string_view> out{Mark::pass, {}};
    bool any = false;
    for (const auto requirement : requirements) {
        bool has_cell = false;
        for (const Json* target : view.targets) {
            const Json* cell = view.cell(requirement, id_of(*target));
            if (cell == nullptr) continue;
            has_cell = true;
            if (const Mark mark = view.cell_mark(cell); !any || mark < out.first)
                out = {mark, id_of(*target)};
            any = true;
        }
        if (!has_cell && (!any || Mark::no_case < out.first)) {
            out = {Mark::no_case, {}};
            any = true;
        }
    }
    return any ? out : std::pair<Mark, std::string_view>{Mark::no_case, {}};
}

Html case_cell(const View& view, const Json* one, std::string_view target, std::string_view root) {
    if (one == nullptr)
        return Html{"<td class=\"c mut\" data-t=\"{}\"><span class=\"sr\">not planned</span></td>", target};
    const Mark mark = view.case_mark(*one);
    Html out{"<td class=\"c {}\" data-t=\"{}\">", css_class(mark), target};
    if (const std::string path = page_of(*one); !path.empty())
        out.add("<a href=\"{}{}\">{}</a>", root, path, verdict(mark));
    else
        out += verdict(mark);
    if (const Json& why = member(*one, "not_tested"); why.is_object())
        out.add("<br/><span class=\"kind\" title=\"{}\">{}</span>", text(why, "detail"), text(why, "reason"));
    else if (const auto time = number(*one, "sim_time_ps"); time > 0)
        out.add("<br/><span class=\"kind\">{}</span>", time_text(time));
    return out.add("</td>");
}

}  // namespace

Html tool_bar(std::string_view table, std::string_view label) {
    Html out{
        "<p class=\"tools\" data-for=\"{}\" hidden=\"\"><input type=\"search\" aria-label=\"{}\" "
        "placeholder=\"{}\"/>",
        table, label, label};
    for (const auto& [mark, name] : {std::pair{Mark::fail, "FAIL"},
                                     {Mark::error, "ERROR"},
                                     {Mark::warn, "WARN"},
                                     {Mark::pass, "PASS"},
                                     {Mark::not_tested, "NOT TESTED"}})
        out.add("<button type=\"button\" aria-pressed=\"false\" data-verdict=\"{}\">{} {}</button>",
                css_class(mark), symbol(mark), name);
    return out.add("<output></output></p>\n");
}

Html requirement_matrix(const View& view, Rows targets) {
    const std::size_t max_text = view.requirements.size() > 500 ? 120 : 2000;
    Html out{"<section id=\"matrix\"><h2>Requirements by target</h2>\n"};
    out += tool_bar("matrix-table", "Filter requirements");
    out.add(
        "<table id=\"matrix-table\" class=\"grid matrix{}\"><caption>Worst verdict of the cases, and how "
        "many "
        "of the planned cases passed.</caption>\n<thead><tr><th "
        "scope=\"col\">Requirement</th>{}</tr></thead>\n",
        targets.size() > 4 ? " many" : "", column_heads(targets));
    std::map<std::string_view, std::uint64_t> families;
    for (const Json* requirement : view.requirements) ++families[text(*requirement, "family")];
    std::string_view family;
    bool open = false;
    for (const Json* requirement : view.requirements) {
        if (!open || text(*requirement, "family") != family) {
            family = text(*requirement, "family");
            const auto rows = families.at(family);
            out.add(
                "{}<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{}\">{} <span "
                "class=\"kind\">{}</span></th></tr>\n",
                open ? Html{"</tbody>\n"} : Html{}, targets.size() + 1, family,
                count_text(rows, "requirement"));
            open = true;
        }
        out.add(
            "<tr><th scope=\"row\"><code>{}</code> <span class=\"kind\">{}</span> <span class=\"kind "
            "from\">{}</span><p>{}</p></th>",
            id_of(*requirement), text(*requirement, "level"), source_text(*requirement),
            clipped(text(*requirement, "text"), max_text));
        for (const Json* target : targets) out += matrix_cell(view, *requirement, *target);
        out.add("</tr>\n");
    }
    if (!open) out.add("<tbody><tr><td>No requirements in this profile.</td></tr>\n");
    return out.add("</tbody></table></section>\n");
}

Html case_table(const View& view, Rows cases, Rows targets, std::string_view root) {
    // One row per case id; the targets that ran it beside each other.
    std::map<std::pair<std::string_view, std::string_view>, const Json*> rows;  // suite, case id
    for (const Json* one : cases) rows.emplace(std::pair{text(*one, "suite"), id_of(*one)}, one);
    Html out{
        "<table id=\"case-table\" class=\"grid cases{}\"><caption>Verdict, and virtual time or why nothing "
        "was tested. A linked verdict has its evidence behind it.</caption>\n<thead><tr><th "
        "scope=\"col\">Case</th>{}</tr></thead>\n",
        targets.size() > 4 ? " many" : "", column_heads(targets)};
    std::string_view current;
    bool open = false;
    for (const auto& [key, one] : rows) {
        if (!open || key.first != current) {
            current = key.first;
            out.add("{}<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>\n",
                    open ? Html{"</tbody>\n"} : Html{}, targets.size() + 1, current);
            open = true;
        }
        out.add("<tr><th scope=\"row\"><code>{}</code><p>{}</p></th>", key.second,
                clipped(text(*one, "title"), view.cases.size() > 1000 ? 100 : 400));
        for (const Json* target : targets)
            out += case_cell(view, view.find({key.second, id_of(*target)}), id_of(*target), root);
        out.add("</tr>\n");
    }
    if (!open) out.add("<tbody><tr><td>No cases were planned.</td></tr>\n");
    return out.add("</tbody></table>\n");
}

Html index_controls(const View& view) {
    std::vector<const Json*> controls;
    for (const Json& control : list(member(view.results, "coverage"), "controls"))
        controls.push_back(&control);
    const auto rank = [](const Json* control) {
        const auto state = text(*control, "state");
        return state == "exercised" ? 2 : state == "partly-exercised" ? 1 : 0;
    };
    const auto order = [&](const Json* control) {
        return std::tuple{rank(control), text(*control, "framework"), id_of(*control)};
    };
    std::sort(controls.begin(), controls.end(),
              [&](const Json* a, const Json* b) { return order(a) < order(b); });
    Html out{
        "<section id=\"controls\"><h2>Controls</h2>\n<p>This run gives evidence relevant to the controls "
        "below; only the controls listed here were considered. <i>Exercised</i> says that tests were run, "
        "not how they ended.</p>\n"};
    if (controls.empty())
        return out.add("<p>No control is mapped to the requirements of this run.</p></section>\n");
    out.add(
        "<table class=\"grid controls\"><caption>Not exercised first.</caption>\n<thead><tr><th "
        "scope=\"col\">Framework</th><th scope=\"col\">Control</th><th scope=\"col\">Evidence</th><th "
        "scope=\"col\">Worst verdict</th><th scope=\"col\">Requirements</th></tr></thead>\n<tbody>\n");
    for (const Json* control : controls) {
        const auto requirements = texts(*control, "requirements");
        const auto [mark, target] = worst(view, requirements);
        out.add("<tr><td>{}</td><th scope=\"row\">{}</th><td class=\"{}\">{}</td><td class=\"{}\">{}",
                text(*control, "framework"), id_of(*control), rank(control) == 2 ? "" : "gap",
                text(*control, "state"), css_class(mark), verdict(mark));
        if (!target.empty()) out.add(" <span class=\"on\">on {}</span>", target_name(view, target));
        out.add("</td><td>");
        constexpr std::size_t max_names = 12;
        for (std::size_t i = 0; i < std::min(requirements.size(), max_names); ++i)
            out.add("<code>{}</code> ", requirements[i]);
        if (requirements.size() > max_names) out.add("and {} more", requirements.size() - max_names);
        out.add("</td></tr>\n");
    }
    return out.add("</tbody></table></section>\n");
}

}  // namespace assay::reports
