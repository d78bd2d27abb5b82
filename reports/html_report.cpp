// All pages of a report, and how they hang together.
#include <algorithm>

#include "reports/case_page.hpp"
#include "reports/format.hpp"
#include "reports/index.hpp"

namespace assay::reports {
namespace {

constexpr std::size_t max_columns = 12;

/// Targets by twelve: the first on index.html, the others on pages of their own.
std::vector<Rows> slices(const View& view) {
    std::vector<Rows> out;
    for (Rows rest{view.targets}; !rest.empty(); rest = rest.subspan(std::min(rest.size(), max_columns)))
        out.push_back(rest.first(std::min(rest.size(), max_columns)));
    if (out.empty()) out.emplace_back();
    return out;
}

std::string slice_page(std::size_t index) {
    return index == 0 ? std::string{"index.html"} : fmt::format("targets-{}.html", index + 1);
}

Html slice_links(std::size_t count, std::size_t current) {
    Html out;
    if (count < 2) return out;
    out.add("<nav class=\"slices\" aria-label=\"Targets\">");
    for (std::size_t i = 0; i < count; ++i)
        out.add("<a href=\"{}#matrix\"{}>targets {} to {}</a> ", slice_page(i),
                i == current ? Html{" aria-current=\"page\""} : Html{}, i * max_columns + 1,
                (i + 1) * max_columns);
    return out.add("</nav>\n");
}

std::string suite_page(std::string_view suite) {
    const std::string path = fmt::format("suite/{}.html", suite);
    return suite.find('/') == std::string_view::npos && is_plain_path(path) ? path : std::string{};
}

/// Suites and their counts, where the cases themselves are on pages of their own.
Html suite_list(const View& view) {
    std::map<std::string_view, Counts> suites;
    for (const Json* one : view.cases) {
        Counts& counts = suites[text(*one, "suite")];
        switch (mark_of(text(*one, "verdict"))) {
            case Mark::pass: ++counts.pass; break;
            case Mark::warn: ++counts.warn; break;
            case Mark::fail: ++counts.fail; break;
            case Mark::not_tested: ++counts.not_tested; break;
            default: ++counts.error;
        }
    }
    Html out{
        "<table class=\"grid plain\"><thead><tr><th scope=\"col\">Suite</th><th scope=\"col\">Cases</th></tr>"
        "</thead>\n<tbody>"};
    for (const auto& [suite, counts] : suites)
        out.add("<tr><th scope=\"row\">{}</th><td class=\"num\">{}</td></tr>\n",
                link(suite_page(suite), suite), counts_text(counts));
    return out.add("</tbody></table>\n");
}

void add_suite_pages(Files& files, const Context& context) {
    const View& view = context.view;
    std::map<std::string_view, std::vector<const Json*>> suites;
    for (const Json* one : view.cases) suites[text(*one, "suite")].push_back(one);
    for (const auto& [suite, cases] : suites) {
        const std::string path = suite_page(suite);
        if (path.empty()) continue;
        Html body{
            "<main class=\"page\"><header class=\"top\"><p class=\"over\"><a href=\"../index.html\">assay "
            "report</a></p><h1>Suite <code>{}</code></h1></header>\n<section id=\"cases\">\n",
            suite};
        body += tool_bar("case-table", "Filter cases");
        for (const Rows targets : slices(view)) body += case_table(view, cases, targets, "../");
        body.add("</section></main>\n");
        files[path] = page(context, {fmt::format("{} \u00B7 assay", suite), "../", "cases"}, body);
    }
}

Html contents(const View& view, bool wall_clock) {
    Html out{
        "<nav class=\"contents\" aria-label=\"Contents\"><a href=\"#failures\">Failures</a> <a "
        "href=\"#not-covered\">Not covered</a> <a href=\"#matrix\">Requirements</a> <a "
        "href=\"#cases\">Cases</a> "};
    if (wall_clock) out.add("<a href=\"#wall-clock\">Wall clock</a> ");
    if (!list(member(view.results, "coverage"), "controls").empty())
        out.add("<a href=\"#controls\">Controls</a> ");
    return out.add("<a href=\"#environment\">Environment</a></nav>\n");
}

}  // namespace

Files html_report(const Json& results, const EvidenceReader& evidence, const HtmlOptions& options) {
    const View view{results};
    const Context context{view, content_digest(results)};
    const auto parts = slices(view);
    const bool by_suite = view.cases.size() > options.max_index_rows;
    const Html wall_clock = index_wall_clock(view);
    Files files;

    for (std::size_t i = 0; i < parts.size(); ++i) {
        Html body{"<main class=\"page\">\n"};
        if (i == 0) {
            body += index_header(context);
            body += contents(view, !wall_clock.empty());
            body += index_failures(view);
            body += index_not_covered(view);
        } else {
            body.add(
                "<header class=\"top\"><p class=\"over\"><a href=\"index.html\">assay report</a></p><h1>More "
                "targets</h1></header>\n");
        }
        body += slice_links(parts.size(), i);
        body += requirement_matrix(view, parts[i]);
        body.add("<section id=\"cases\"><h2>Cases</h2>\n");
        if (by_suite)
            body += suite_list(view);
        else
            body += tool_bar("case-table", "Filter cases") += case_table(view, view.cases, parts[i], {});
        body.add("</section>\n");
        if (i == 0) {
            if (!wall_clock.empty()) body.add("<div id=\"wall-clock\">{}</div>\n", wall_clock);
            body += index_controls(view);
            body += index_waivers(view);
            body += index_environment(context, options.other_files);
        }
        body.add("</main>\n");
        const Json& profile = member(results, "profile");
        files[slice_page(i)] =
            page(context,
                 {fmt::format("{} {} \u00B7 assay", word(view.run_mark()), text(profile, "id")), "",
                  i == 0 ? "failures" : "matrix"},
                 body);
    }
    if (by_suite) add_suite_pages(files, context);
    for (const Json* one : view.cases)
        if (const std::string path = page_of(*one); !path.empty())
            files[path] = case_page(context, *one, evidence, options);
    return files;
}

}  // namespace assay::reports
