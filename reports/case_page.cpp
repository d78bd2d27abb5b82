#include "reports/case_page.hpp"

#include <algorithm>

#include "reports/evidence_part.hpp"
#include "reports/format.hpp"
#include "reports/hex_dump.hpp"
#include "reports/sequence.hpp"

namespace assay::reports {
namespace {

Html case_header(const View& view, const Json& one) {
    const auto [id, target] = key_of(one);
    const Json& checks = member(one, "checks");
    Html out{
        "<header class=\"top\"><p class=\"over\"><a href=\"../../index.html\">assay report</a> \u00B7 "
        "{}</p>\n"
        "<h1>{} <code>{}</code></h1>\n<p class=\"title\">{}</p>\n<dl class=\"facts\"><div><dt>Target</dt>"
        "<dd>{}</dd></div>",
        text(one, "suite"),
        badge(view.case_mark(one)),
        id,
        text(one, "title"),
        target_name(view, target)};
    if (checks.is_object())
        out.add("<div><dt>Checks</dt><dd class=\"num\">{} done, {} violated</dd></div>",
                number(checks, "done"), number(checks, "violated"));
    if (const auto time = number(one, "sim_time_ps"); time > 0)
        out.add("<div><dt>Virtual time</dt><dd class=\"num\">{}</dd></div>", time_text(time));
    out.add("<div><dt>Seed</dt><dd><code>{}</code></dd></div>", text(one, "seed"));
    Html others;
    for (const Json* other : view.targets) {
        const Json* same = id_of(*other) == target ? nullptr : view.find({id, id_of(*other)});
        if (same == nullptr) continue;
        const std::string path = page_of(*same);
        others.add("<li>{} on {}</li>", verdict(view.case_mark(*same)),
                   path.empty()
                       ? target_name(view, id_of(*other))
                       : Html{"<a href=\"../../{}\">{}</a>", path, target_name(view, id_of(*other))});
    }
    if (!others.empty())
        out.add("<div><dt>The same case</dt><dd><ul class=\"flat\">{}</ul></dd></div>", others);
    return out.add("</dl></header>\n");
}

Html requirement_section(const View& view, const Json& one) {
    Html out{"<section id=\"requirement\"><h2>What was asked</h2>\n"};
    for (const auto id : texts(one, "requirements")) {
        const Json* requirement = view.requirement(id);
        if (requirement == nullptr) {
            out.add("<blockquote><p><code>{}</code></p></blockquote>\n", id);
            continue;
        }
        out.add(
            "<blockquote><p><code>{}</code> <span class=\"kind\">{}</span></p><p class=\"ask\">{}</p><p "
            "class=\"mut\">{} \u00B7 {}</p>",
            id, text(*requirement, "level"), text(*requirement, "text"), source_text(*requirement),
            text(*requirement, "family"));
        std::string controls;
        for (const Json& control : list(*requirement, "controls"))
            controls += fmt::format("{}{} {}", controls.empty() ? "" : ", ", text(control, "framework"),
                                    id_of(control));
        if (!controls.empty()) out.add("<p class=\"mut\">Evidence relevant to {}</p>", controls);
        out.add("</blockquote>\n");
    }
    return out.add("</section>\n");
}

/// Both sides of a difference, each with the bytes marked that the other does not have.
Html difference_row(const Json& diff) {
    const auto expected = from_hex(text(diff, "expected")), actual = from_hex(text(diff, "actual"));
    const Bytes wanted = expected.value_or(Bytes{}), seen = actual.value_or(Bytes{});
    const auto side = [](const Bytes& bytes, const Bytes& other) {
        Marked differing;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            if (i >= other.size() || other[i] != bytes[i]) differing.insert(i);
        return bytes.empty() ? Html{"<i>nothing</i>"}
                             : Html{"<div>{}</div>", marked_hex(bytes, 0, differing)};
    };
    std::string note{text(diff, "note")};
    if (flag(diff, "ignored")) note = note.empty() ? "ignored" : "ignored: " + note;
    return Html{"<tr{}><td>{}</td><th scope=\"row\">{}{}</th><td>{}</td><td>{}</td></tr>\n",
                flag(diff, "ignored") ? Html{" class=\"mut\""} : Html{},
                offset_text(number(diff, "offset")),
                text(diff, "field"),
                note.empty() ? Html{} : Html{"<p class=\"mut\">{}</p>", note},
                side(wanted, seen),
                side(seen, wanted)};
}

Html difference_section(const Json& diffs, const std::vector<FoundEvidence>& evidence) {
    if (diffs.empty()) return {};
    std::vector<std::string_view> ids;
    for (const Json& diff : diffs)
        if (const auto id = text(diff, "evidence"); std::find(ids.begin(), ids.end(), id) == ids.end())
            ids.push_back(id);
    Html out{"<section id=\"differences\"><h2>Differences</h2>\n"};
    for (const auto id : ids) {
        out.add(
            "<table class=\"fields diff\"><caption>{}{}</caption><thead><tr><th scope=\"col\">Offset</th><th "
            "scope=\"col\">Field</th><th scope=\"col\">Expected</th><th "
            "scope=\"col\">Actual</th></tr></thead>\n<tbody>",
            id.empty() ? "" : "in ", id);
        for (const Json& diff : diffs)
            if (text(diff, "evidence") == id) out += difference_row(diff);
        out.add("</tbody></table>\n");
        for (const FoundEvidence& found : evidence)
            if (found.content && !id.empty() && id_of(*found.entry) == id)
                out += paired_dump(*found.content, diffs, id);
    }
    return out.add("</section>\n");
}

Html outcome_section(const View& view, const Json& one) {
    Html out{"<section id=\"outcome\"><h2>What came back</h2>\n"};
    if (const Json& failure = member(one, "failure"); failure.is_object()) {
        out.add("<p class=\"say\"><b>{}</b> <span class=\"kind\">{}</span></p>\n", text(failure, "summary"),
                text(failure, "code"));
        out.add(
            "<dl class=\"versus\"><div><dt>Expected</dt><dd>{}</dd></div><div class=\"{}\"><dt>Actual</dt>"
            "<dd>{}</dd></div></dl>\n",
            Html::lines(text(failure, "expected")), css_class(view.case_mark(one)),
            Html::lines(text(failure, "actual")));
        if (const auto why = text(failure, "explanation"); !why.empty())
            out.add("<p class=\"lines\">{}</p>\n", Html::lines(why));
        if (const auto clause = text(failure, "clause"); !clause.empty())
            out.add("<p class=\"mut\">{}</p>\n", clause);
    } else if (const Json& error = member(one, "error"); error.is_object()) {
        out.add(
            "<p class=\"say\"><b>{}</b> <span class=\"kind\">{}</span></p><p>No judgement was reached: this "
            "says "
            "nothing for or against the requirement.</p>\n",
            text(error, "summary"), text(error, "code"));
        if (const auto signal = number(error, "signal"); signal > 0) out.add("<p>Signal {}.</p>\n", signal);
        if (member(error, "exit_code").is_number())
            out.add("<p>Exit code {}.</p>\n", number(error, "exit_code"));
        if (const auto detail = text(error, "detail"); !detail.empty())
            out.add("<pre tabindex=\"0\">{}</pre>\n", Html::lines(detail));
    } else if (const Json& why = member(one, "not_tested"); why.is_object()) {
        out.add("<p>Not tested: {} <span class=\"kind\">{}</span>. Nothing is claimed.</p>\n",
                text(why, "detail"), text(why, "reason"));
    } else {
        out.add("<p>{} held.</p>\n",
                number(member(one, "checks"), "done") == 1
                    ? "The one check"
                    : fmt::format("All {} checks", number(member(one, "checks"), "done")));
    }
    if (const Json& waiver = member(one, "waiver"); waiver.is_object())
        out.add("<p class=\"trouble\"><b>Waiver {}</b>{}: {} (approved by {}, until {})</p>\n", id_of(waiver),
                view.is_waived(one) ? "" : ", expired and ignored", text(waiver, "justification"),
                text(waiver, "approved_by"), text(waiver, "expires"));
    return out.add("</section>\n");
}

Html measurement_section(const Json& one) {
    const Json& measured = list(one, "measurements");
    if (measured.empty()) return {};
    Html out{
        "<section id=\"measurements\"><h2>Measured in virtual time</h2>\n<table class=\"grid plain\"><thead>"
        "<tr><th scope=\"col\">Name</th><th scope=\"col\">Value</th><th scope=\"col\">Limit</th></tr></thead>"
        "\n<tbody>"};
    for (const Json& value : measured) {
        out.add("<tr><th scope=\"row\">{}</th><td class=\"num\">{} {}</td><td class=\"num\">",
                text(value, "name"), text(value, "value"), text(value, "unit"));
        if (const auto limit = text(value, "limit"); !limit.empty())
            out.add("{} {} {}", text(value, "limit_kind") == "min" ? "at least" : "at most", limit,
                    text(value, "unit"));
        out.add("</td></tr>\n");
    }
    return out.add("</tbody></table></section>\n");
}

/// The objects of an event log, a line each, as many as a page draws; none where it is no such log.
Json logged_events(ByteView log) {
    constexpr std::size_t most = 400;
    Json out = Json::array();
    for (std::string_view rest = as_text(log); !rest.empty() && out.size() < most;) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        Json event = Json::parse(line, nullptr, false);
        if (!event.is_object()) return Json::array();
        out.push_back(std::move(event));
    }
    return out;
}

/// Those of results.json; a case that passes has none there, but may have its log among the evidence.
Json events_of(const Json& one, const std::vector<FoundEvidence>& evidence) {
    const Json& log = member(one, "events");
    if (const Json& events = list(log, "inline"); !events.empty()) return events;
    for (const FoundEvidence& found : evidence)
        if (found.content && found.trouble.empty() && id_of(*found.entry) == text(log, "evidence"))
            return logged_events(*found.content);
    return Json::array();
}

Html event_section(const Json& one, const std::vector<FoundEvidence>& evidence) {
    const Json& log = member(one, "events");
    const Json events = events_of(one, evidence);
    if (number(log, "count") == 0 && events.empty()) return {};
    Html out{"<section id=\"events\"><h2>What happened <span class=\"kind\">virtual time</span></h2>\n"};
    const Html drawing = sequence_diagram(id_of(one), events);
    out += drawing;
    if (!events.empty())
        out.add("<details{}><summary>{}</summary>{}</details>\n",
                drawing.empty() ? Html{" open=\"\""} : Html{}, count_text(events.size(), "event"),
                event_table(events));
    if (text(log, "evidence").empty() && events.empty())
        out.add("<p>{}, not kept, as of most cases that pass.</p>\n",
                count_text(number(log, "count"), "event"));
    else if (number(log, "count") > events.size())
        out.add("<p>{} of {} shown here; all of them are in {}.</p>\n", events.size(),
                count_text(number(log, "count"), "event"),
                text(log, "evidence").empty()
                    ? "the event log"
                    : fmt::format("the evidence \u201C{}\u201D", text(log, "evidence")));
    return out.add("</section>\n");
}

}  // namespace

std::string case_page(const Context& context, const Json& one, const EvidenceReader& reader,
                      const HtmlOptions& options) {
    const View& view = context.view;
    const auto evidence = find_evidence(one, reader, options.max_evidence_size);
    Html body{"<main class=\"page\">\n"};
    body += case_header(view, one);
    body.add("<div class=\"pair\">");
    body += requirement_section(view, one);
    body += outcome_section(view, one);
    body.add("</div>\n");
    body += difference_section(list(member(one, "failure"), "diffs"), evidence);
    body += event_section(one, evidence);
    body += measurement_section(one);
    body += evidence_section(evidence, list(member(one, "failure"), "diffs"));
    body.add("<section id=\"replay\"><h2>Replay</h2>\n<pre tabindex=\"0\">{}</pre></section>\n</main>\n",
             text(one, "replay"));
    const auto [id, target] = key_of(one);
    return page(
        context,
        {fmt::format("{} {} on {} \u00B7 assay", word(view.case_mark(one)), id, target), "../../", "outcome"},
        body);
}

}  // namespace assay::reports
