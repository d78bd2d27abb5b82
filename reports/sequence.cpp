#include "reports/sequence.hpp"

#include <algorithm>

#include "reports/format.hpp"

namespace assay::reports {
namespace {

constexpr std::size_t lane_width = 220, header_height = 30, row_height = 36, max_actors = 20;

std::vector<std::string_view> actors_of(const Json& events) {
    std::vector<std::string_view> out;
    const auto meet = [&](std::string_view actor) {
        if (!actor.empty() && std::find(out.begin(), out.end(), actor) == out.end()) out.push_back(actor);
    };
    for (const Json& event : events) {
        meet(text(event, "actor"));
        meet(text(event, "peer"));
    }
    return out;
}

bool is_bad(const Json& event) {
    const auto outcome = text(event, "outcome");
    return outcome == "violated" || outcome == "mutated";
}

/// "requester to gpu-rot CHALLENGE at 1.2 µs"
std::string step_text(const Json& event) {
    const auto peer = text(event, "peer");
    std::string out = fmt::format("{}{}{} {} at {}", text(event, "actor"), peer.empty() ? "" : " to ", peer,
                                  text(event, "name"), time_text(number(event, "t_ps")));
    if (const auto outcome = text(event, "outcome"); !outcome.empty() && outcome != "ok")
        out += fmt::format(", {}", outcome);
    return out;
}

/// Time and name on one line that ends at `y`; where `lanes` lanes have no room for both, the time above the
/// name.
Html label(const Json& event, std::size_t lanes, std::size_t x, std::size_t y) {
    const std::string time = time_text(number(event, "t_ps"));
    const std::string name =
        fmt::format("{}{}", is_bad(event) ? "\u2717 " : "", clipped(text(event, "name"), 28 * lanes));
    const std::string_view css = is_bad(event) ? "b" : "n";
    if (time.size() + 1 + name.size() <= 29 * lanes)
        return Html{"<text class=\"{}\" x=\"{}\" y=\"{}\"><tspan class=\"t\">{}</tspan> {}</text>",
                    css,
                    x,
                    y,
                    time,
                    name};
    return Html{
        "<text class=\"n t\" x=\"{0}\" y=\"{1}\">{2}</text><text class=\"{3}\" x=\"{0}\" "
        "y=\"{4}\">{5}</text>",
        x,
        y - 10,
        time,
        css,
        y + 3,
        name};
}

std::string_view line_class(const Json& event) {
    if (is_bad(event)) return "bad";
    if (text(event, "outcome") == "dropped") return "msg lost";
    return text(event, "outcome") == "refused" ? "msg no" : "msg";
}

std::size_t middle(std::size_t lane) { return lane * lane_width + lane_width / 2; }

Html arrow(const Json& event, std::size_t from, std::size_t to, std::size_t y) {
    const std::size_t x1 = middle(from), x2 = middle(to);
    const std::size_t lanes = to > from ? to - from : from - to;
    const std::size_t tail = to > from ? x2 - 8 : x2 + 8;
    return Html{
        "{0}<line class=\"{1}\" x1=\"{2}\" y1=\"{3}\" x2=\"{4}\" y2=\"{3}\"/><polygon class=\"{5}\" "
        "points=\"{6},{3} {4},{7} {4},{8}\"/>",
        label(event, lanes, (x1 + x2) / 2, y + 22),
        line_class(event),
        x1,
        y + 29,
        tail,
        is_bad(event) ? "h-bad" : "h",
        x2,
        y + 25,
        y + 33};
}

/// A step of one actor: a label in a frame on its lane.
Html self_event(const Json& event, std::size_t lane, std::size_t y) {
    return Html{"<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"30\" rx=\"4\"/>{}",
                is_bad(event) ? "box-bad" : "box",
                lane * lane_width + 4,
                y + 4,
                lane_width - 8,
                label(event, 1, middle(lane), y + 24)};
}

}  // namespace

Html sequence_diagram(std::string_view case_id, const Json& events) {
    const auto actors = actors_of(events);
    if (events.empty() || actors.empty() || actors.size() > max_actors) return {};
    const std::size_t width = actors.size() * lane_width;
    const std::size_t height = header_height + events.size() * row_height + 18;
    std::string steps;
    for (const Json& event : events) steps += (steps.empty() ? "" : "; ") + step_text(event);
    Html out{
        "<figure tabindex=\"0\" role=\"group\" aria-label=\"Sequence diagram\"><svg class=\"seq\" "
        "role=\"img\" "
        "aria-labelledby=\"seq-t seq-d\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\"><title "
        "id=\"seq-t\">Sequence of {2}</title><desc id=\"seq-d\">{3}</desc>\n",
        width, height, case_id, steps};
    for (std::size_t i = 0; i < actors.size(); ++i) {
        const std::size_t x = i * lane_width + lane_width / 2;
        out.add(
            "<text class=\"who\" x=\"{0}\" y=\"20\">{1}</text><line class=\"ln\" "
            "x1=\"{0}\" y1=\"{2}\" x2=\"{0}\" y2=\"{3}\"/>\n",
            x, clipped(actors[i], 26), header_height, height - 8);
    }
    const auto lane = [&](std::string_view actor) {
        return static_cast<std::size_t>(std::find(actors.begin(), actors.end(), actor) - actors.begin());
    };
    for (std::size_t row = 0; const Json& event : events) {
        const std::size_t y = header_height + row * row_height;
        const auto actor = text(event, "actor"), peer = text(event, "peer");
        const bool crosses = !peer.empty() && peer != actor && !actor.empty();
        out.add("<g><title>{}</title>{}</g>\n", step_text(event),
                crosses ? arrow(event, lane(actor), lane(peer), y)
                        : self_event(event, lane(actor.empty() ? actors.front() : actor), y));
        ++row;
    }
    return out.add("</svg></figure>\n");
}

Html event_table(const Json& events) {
    Html out{
        "<table class=\"grid plain events\"><thead><tr><th scope=\"col\">#</th><th "
        "scope=\"col\">Time</th><th "
        "scope=\"col\">Who</th><th scope=\"col\">What</th><th scope=\"col\">Bytes</th><th "
        "scope=\"col\">Outcome</th></tr></thead>\n<tbody>"};
    for (const Json& event : events) {
        const auto peer = text(event, "peer"), outcome = text(event, "outcome");
        const Json& bytes = member(event, "bytes");
        out.add(
            "<tr><td class=\"num\">{}</td><td class=\"num\" title=\"{} ps\">{}</td><td>{}{}{}</td><td>{} "
            "<span "
            "class=\"kind\">{}</span>",
            number(event, "seq"), number(event, "t_ps"), time_text(number(event, "t_ps")),
            text(event, "actor"), peer.empty() ? "" : " \u2192 ", peer, text(event, "name"),
            text(event, "kind"));
        if (const auto detail = text(event, "detail"); !detail.empty())
            out.add("<p class=\"mut\">{}</p>", detail);
        for (const Json& field : list(event, "fields"))
            out.add("<p class=\"mut\"><code>{}</code> {}</p>", text(field, "name"), text(field, "value"));
        out.add("</td><td class=\"num\">");
        if (bytes.is_object()) {
            const std::string range =
                fmt::format("{} {}, {}", text(bytes, "evidence"), offset_text(number(bytes, "offset")),
                            size_text(number(bytes, "length")));
            out += Html{"{}", range};
        }
        out.add("</td><td>{}</td></tr>\n", outcome.empty() || outcome == "ok" ? Html{"{}", outcome}
                                           : is_bad(event)
                                               ? Html{"<b class=\"v fail\">\u2717 {}</b>", outcome}
                                               : Html{"<b>{}</b>", outcome});
    }
    return out.add("</tbody></table>\n");
}

}  // namespace assay::reports
