// index.html, upper part: what happened, what failed, and what nobody looked at.
#include <algorithm>
#include <array>

#include "reports/format.hpp"
#include "reports/index.hpp"

namespace assay::reports {
namespace {

/// One sentence that says how much stands behind the verdict.
std::string headline(const Counts& counts, std::uint64_t planned, std::uint64_t waived) {
    if (counts.judged() == 0) return "No case was judged: nothing is claimed.";
    std::string out = fmt::format("{} of {} judged", counts.judged(), count_text(planned, "planned case"));
    const auto more = [&](std::uint64_t n, std::string_view what) {
        if (n != 0) out += fmt::format(", {} {}", n, what);
    };
    more(counts.fail, waived == 0 ? "failed" : fmt::format("failed ({} of them waived)", waived));
    more(counts.error, "without a judgement");
    more(counts.warn, counts.warn == 1 ? "warning" : "warnings");
    more(counts.not_tested, "not tested");
    return out + ".";
}

/// A bar of 1000 units, each verdict in its share; no sliver is lost to rounding.
Html counts_bar(const Counts& counts) {
    const std::array<std::pair<std::uint64_t, std::string_view>, 5> parts{{{counts.fail, "fail"},
                                                                           {counts.error, "error"},
                                                                           {counts.warn, "warn"},
                                                                           {counts.pass, "pass"},
                                                                           {counts.not_tested, "none"}}};
    Html out{
        "<svg class=\"bar\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 1000 8\" "
        "preserveAspectRatio=\"none\">",
        counts_text(counts)};
    const std::uint64_t total = std::max<std::uint64_t>(counts.total(), 1);
    std::uint64_t before = 0;
    for (const auto& [count, name] : parts) {
        const std::uint64_t from = before * 1000 / total, to = (before + count) * 1000 / total;
        if (count != 0)
            out.add("<rect class=\"f-{}\" x=\"{}\" y=\"0\" width=\"{}\" height=\"8\"/>", name, from,
                    std::max<std::uint64_t>(to - from, 4));
        before += count;
    }
    return out.add("</svg>");
}

Html target_card(const View& view, const Json& target) {
    const auto id = id_of(target);
    const Counts counts = view.target_counts(id);
    const Mark mark = view.target_mark(id);
    Html out{"<li class=\"card {}\"><h3><code>{}</code> <span class=\"kind\">{}</span></h3>\n<p>{}",
             mark == Mark::pass && counts.not_tested > 0 ? css_class(Mark::not_tested) : css_class(mark), id,
             text(target, "kind"), verdict(mark)};
    if (counts.not_tested > 0)
        out.add(" <span class=\"mut\">\u00B7 {} of {} not tested</span>", counts.not_tested, counts.total());
    out.add("</p>{}<p class=\"num\">{}</p>", counts_bar(counts), counts_text(counts));
    std::string product;
    for (const char* key : {"vendor", "product", "version"})
        if (const auto part = text(target, key); !part.empty())
            product += fmt::format("{}{}", product.empty() ? "" : " ", part);
    if (!product.empty()) out.add("<p class=\"mut\">{}</p>", product);
    if (const auto fault = text(target, "mutation"); !fault.empty())
        out.add("<p>seeded fault <code>{}</code>: failures are expected here</p>", fault);
    return out.add("<p class=\"mut\"><code class=\"wrap\">{}</code></p></li>\n", text(target, "uri"));
}

Html failure_line(const View& view, const Json& one) {
    const auto [id, target] = key_of(one);
    const Json& failure = member(one, "failure");
    const Json& error = member(one, "error");
    Html out{"<li>{}<div><p><b>{}</b> on {}</p><p>{}</p><p class=\"mut\">", badge(view.case_mark(one)),
             link(page_of(one), id), target_name(view, target),
             failure.is_object() ? text(failure, "summary") : text(error, "summary")};
    for (const auto requirement : texts(one, "requirements")) {
        const Json* found = view.requirement(requirement);
        out.add("<code>{}</code> {} ", requirement,
                found == nullptr ? std::string{} : clipped(text(*found, "text"), 160));
    }
    return out.add("</p></div></li>\n");
}

}  // namespace

Html index_header(const Context& context) {
    const View& view = context.view;
    const Json& results = view.results;
    const Json& summary = member(results, "summary");
    const Json& profile = member(results, "profile");
    const Json& plan = member(results, "plan");
    const Json& volatile_part = member(results, "volatile");
    const Counts counts = Counts::of(member(summary, "counts"));
    Html out{
        "<header class=\"top\"><p class=\"over\">assay report</p>\n<h1>{} <span>{} <span "
        "class=\"mut\">{}</span></span></h1>\n<p class=\"lead\">{}</p>\n<p class=\"mut\">{}</p>\n",
        badge(view.run_mark()),
        text(profile, "id"),
        text(profile, "version"),
        headline(counts, number(plan, "cases"), number(summary, "waived")),
        wording(view)};
    out.add(
        "<dl class=\"facts\"><div><dt>Tool</dt><dd>assay {}</dd></div><div><dt>Seed</dt><dd><code>{}</code>"
        "</dd></div><div><dt>Plan</dt><dd>{} {}</dd></div><div><dt>Content</dt><dd>{}</dd></div>",
        text(member(results, "tool"), "version"), text(results, "seed"), text(plan, "id"),
        short_digest(text(plan, "digest")), short_digest(context.digest));
    if (volatile_part.is_object())
        out.add("<div><dt>Finished</dt><dd>{}</dd></div>", text(volatile_part, "finished"));
    out.add("</dl>\n<h2 class=\"sr\">Targets</h2><ul class=\"cards\">\n");
    for (const Json* target : view.targets) out += target_card(view, *target);
    out.add("</ul>\n");
    Html exhibits;
    for (const Json* one : view.cases)
        if (const auto tags = texts(*one, "tags"); std::ranges::find(tags, "exhibit") != tags.end())
            exhibits.add("<li>{}: {}</li>", target_name(view, key_of(*one).second),
                         link(page_of(*one), text(*one, "title")));
    if (!exhibits.empty())
        out.add("<p class=\"mut\">Step by step:</p><ul class=\"notes\">{}</ul>\n", exhibits);
    if (const auto notes = texts(results, "notes"); !notes.empty()) {
        out.add("<ul class=\"notes\">");
        for (const auto note : notes) out.add("<li>{}</li>", note);
        out.add("</ul>\n");
    }
    return out.add("</header>\n");
}

Html index_failures(const View& view) {
    constexpr std::size_t max_lines = 1000;
    std::vector<const Json*> failed;
    for (const Mark wanted : {Mark::fail, Mark::error, Mark::unknown, Mark::waived_fail})
        for (const Json* one : view.cases)
            if (view.case_mark(*one) == wanted) failed.push_back(one);
    Html out{"<section id=\"failures\"><h2>Failures and errors ({})</h2>\n", failed.size()};
    const Counts counts = Counts::of(member(member(view.results, "summary"), "counts"));
    if (failed.empty())
        return out.add(
            "<p>No failures and no errors. {} of {} not tested; nothing is claimed for {}.</p>"
            "</section>\n",
            counts.not_tested, count_text(counts.total(), "case"), counts.not_tested == 1 ? "it" : "them");
    out.add("<ol class=\"failures\">\n");
    for (const Json* one : Rows{failed}.first(std::min(failed.size(), max_lines)))
        out += failure_line(view, *one);
    out.add("</ol>\n");
    if (failed.size() > max_lines)
        out.add("<p>{} more: see <a href=\"#cases\">the cases</a>.</p>\n", failed.size() - max_lines);
    return out.add("</section>\n");
}

Html index_not_covered(const View& view) {
    const Json& coverage = member(view.results, "coverage");
    Html out{"<section id=\"not-covered\" class=\"loud\"><h2>Not covered</h2>\n<ul>\n"};
    const auto bare = texts(coverage, "requirements_without_case");
    if (!bare.empty()) {
        out.add("<li><b>{}</b> without any case: ", count_text(bare.size(), "requirement"));
        for (const auto id : bare) out.add("<code>{}</code> ", id);
        out.add("</li>\n");
    }
    std::map<std::string_view, std::pair<std::size_t, Html>> states;
    for (const Json& control : list(coverage, "controls")) {
        auto& [count, names] = states[text(control, "state")];
        ++count;
        names.add("<code>{} {}</code> ", text(control, "framework"), id_of(control));
    }
    for (const auto state : {"not-exercised", "partly-exercised"})
        if (const auto found = states.find(state); found != states.end())
            out.add("<li><b>{}</b> {}: {}</li>\n", count_text(found->second.first, "control"), state,
                    found->second.second);
    std::map<std::string_view, std::map<std::string_view, std::size_t>> reasons;
    for (const Json* one : view.cases)
        if (const Json& why = member(*one, "not_tested"); why.is_object())
            ++reasons[text(why, "reason")][text(why, "detail")];
    for (const auto& [reason, details] : reasons) {
        std::size_t count = 0;
        for (const auto& [detail, n] : details) count += n;
        out.add("<li><b>{}</b> not tested, <code>{}</code>: ", count_text(count, "case"), reason);
        std::size_t shown = 0;
        for (const auto& [detail, n] : details) {
            if (shown == 5) break;
            out.add("{}{}{}", shown == 0 ? "" : "; ", detail, n > 1 ? fmt::format(" ({})", n) : "");
            ++shown;
        }
        if (details.size() > shown) out.add("; and {} more", details.size() - shown);
        out.add("</li>\n");
    }
    for (const Json& component : list(view.results, "not_run"))
        out.add("<li>not run: <code>{}</code>: {} ({})</li>\n", text(component, "component"),
                text(component, "reason"), count_text(number(component, "cases_affected"), "case"));
    if (bare.empty() && reasons.empty() && list(view.results, "not_run").empty() &&
        !states.contains("not-exercised") && !states.contains("partly-exercised"))
        out.add(
            "<li>Every planned requirement has a judged case, and every named control is exercised. Only "
            "the requirements and controls of this profile were considered.</li>\n");
    return out.add("</ul></section>\n");
}

}  // namespace assay::reports
