// index.html, lower part: what the wall clock saw, waivers, and where all of it was made.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "reports/format.hpp"
#include "reports/index.hpp"

namespace assay::reports {
namespace {

/// A `decimal` of results.json. It only places a mark in a drawing: what is printed is the text.
double decimal(std::string_view digits) {
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

/// Dot, interval and baseline of one measurement on a scale of its own.
Html measurement_drawing(const Json& one) {
    double low = decimal(text(one, "value")), high = low;
    for (const char* key : {"ci95_low", "ci95_high", "baseline"})
        if (const auto digits = text(one, key); !digits.empty()) {
            low = std::min(low, decimal(digits));
            high = std::max(high, decimal(digits));
        }
    const double span = high > low ? high - low : 1;
    const auto x = [&](const char* key) {
        return 10 + std::lround((decimal(text(one, key)) - low) / span * 280);
    };
    Html out{
        "<svg class=\"dot\" role=\"img\" aria-label=\"{} {}\" viewBox=\"0 0 300 24\" width=\"300\" "
        "height=\"24\"><line class=\"ln\" x1=\"10\" y1=\"12\" x2=\"290\" y2=\"12\"/>",
        text(one, "value"), text(one, "unit")};
    if (!text(one, "ci95_low").empty() && !text(one, "ci95_high").empty())
        out.add("<line class=\"ci\" x1=\"{}\" y1=\"12\" x2=\"{}\" y2=\"12\"/>", x("ci95_low"),
                x("ci95_high"));
    if (!text(one, "baseline").empty())
        out.add("<line class=\"base\" x1=\"{0}\" y1=\"3\" x2=\"{0}\" y2=\"21\"/>", x("baseline"));
    return out.add("<circle class=\"f-acc\" cx=\"{}\" cy=\"12\" r=\"5\"/></svg>", x("value"));
}

Html measurements(const View& view, const Json& measured) {
    Html out{
        "<table class=\"grid plain\"><caption>Dot: value; bar: 95 % interval; upright line: "
        "baseline.</caption><thead><tr><th scope=\"col\">Measurement</th><th scope=\"col\">Target</th><th "
        "scope=\"col\">Value</th><th scope=\"col\">95 % interval</th><th scope=\"col\">Baseline</th><th "
        "scope=\"col\"><span class=\"sr\">Drawing</span></th></tr></thead>\n<tbody>"};
    for (const Json& one : measured) {
        const auto name = text(one, "series").empty() ? text(one, "name") : text(one, "series");
        const auto target = text(one, "target");
        const auto samples = number(one, "samples");
        out.add(
            "<tr><th scope=\"row\">{} <span class=\"kind\">{}{}{}</span></th><td>{}</td><td class=\"num\">{} "
            "{}</td>",
            text(one, "name"), name == text(one, "name") ? std::string_view{} : name,
            text(one, "x").empty() ? "" : " x = ", text(one, "x"),
            target.empty() ? Html{} : target_name(view, target), text(one, "value"), text(one, "unit"));
        if (text(one, "ci95_low").empty())
            out.add("<td></td>");
        else
            out.add("<td class=\"num\">{} to {}{}</td>", text(one, "ci95_low"), text(one, "ci95_high"),
                    samples > 0 ? fmt::format(", n = {}", samples) : "");
        out.add("<td class=\"num\">{}</td><td>{}</td></tr>\n", text(one, "baseline"),
                measurement_drawing(one));
    }
    return out.add("</tbody></table>\n");
}

/// Seconds of the day of an RFC 3339 time, to place shards of one run beside each other.
std::uint64_t seconds_of_day(std::string_view time) {
    std::uint64_t out = 0;
    for (const std::size_t at : {11U, 14U, 17U}) {
        unsigned part = 0;
        if (time.size() >= at + 2) std::from_chars(time.data() + at, time.data() + at + 2, part);
        out = out * 60 + part;
    }
    return out;
}

struct Bar {
    std::string lane, title;
    std::uint64_t start_ms = 0, length_ms = 0;
};

std::vector<Bar> timeline_bars(const Json& volatile_part) {
    std::vector<Bar> out;
    const auto start = seconds_of_day(text(volatile_part, "started"));
    for (const Json& shard : list(volatile_part, "shards")) {
        const auto attempts = std::max<std::uint64_t>(number(shard, "attempts"), 1);
        const auto seconds = (seconds_of_day(text(shard, "started")) + 86'400 - start) % 86'400;
        std::string title = fmt::format("{} {}", count_text(attempts, "attempt"), text(shard, "engine"));
        out.push_back({fmt::format("shard {}/{}{}", number(shard, "k"), number(shard, "n"),
                                   attempts > 1 ? fmt::format(" (attempt {})", attempts) : ""),
                       std::move(title), seconds * 1000, number(shard, "duration_ns") / 1'000'000});
    }
    const Json& times = list(volatile_part, "case_times");
    if (!out.empty() || times.size() > 400) return out;
    for (const Json& time : times)
        out.push_back({fmt::format("worker {}", number(time, "worker")),
                       fmt::format("{} on {}", text(time, "case"), text(time, "target")),
                       number(time, "start_ns") / 1'000'000, number(time, "duration_ns") / 1'000'000});
    return out;
}

Html timeline(const std::vector<Bar>& bars) {
    std::map<std::string_view, std::size_t> lanes;
    std::uint64_t end = 1;
    for (const Bar& bar : bars) {
        lanes.emplace(bar.lane, 0);
        end = std::max(end, bar.start_ms + bar.length_ms);
    }
    for (std::size_t row = 0; auto& [name, at] : lanes) at = row++;
    const std::size_t height = lanes.size() * 28 + 24;
    Html out{
        "<figure tabindex=\"0\" role=\"group\" aria-label=\"Timeline\"><svg class=\"time\" role=\"img\" "
        "aria-label=\"{} in {} ms\" viewBox=\"0 0 900 {}\" width=\"900\" height=\"{}\">",
        count_text(lanes.size(), "lane"), end, height, height};
    for (const auto& [name, row] : lanes)
        out.add(
            "<text x=\"0\" y=\"{}\">{}</text><line class=\"ln\" x1=\"200\" y1=\"{}\" x2=\"890\" y2=\"{}\"/>",
            row * 28 + 19, clipped(name, 26), row * 28 + 28, row * 28 + 28);
    for (const Bar& bar : bars)
        out.add(
            "<rect class=\"run\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"18\"><title>{}, {} "
            "ms</title></rect>",
            200 + bar.start_ms * 690 / end, lanes.at(bar.lane) * 28 + 5,
            std::max<std::uint64_t>(bar.length_ms * 690 / end, 2), bar.title, bar.length_ms);
    return out.add(
        "<text x=\"200\" y=\"{0}\">0</text><text x=\"890\" y=\"{0}\" text-anchor=\"end\">{1} "
        "ms</text></svg></figure>\n",
        height - 6, end);
}

void fact(Html& out, std::string_view name, std::string_view value) {
    if (!value.empty()) out.add("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}
void digest_fact(Html& out, std::string_view name, std::string_view value) {
    if (!value.empty())
        out.add("<div><dt>{}</dt><dd><code class=\"wrap\">{}</code></dd></div>\n", name, value);
}

}  // namespace

Html index_wall_clock(const View& view) {
    const Json& volatile_part = member(view.results, "volatile");
    const Json& measured = list(volatile_part, "measurements");
    const auto bars = timeline_bars(volatile_part);
    Html out;
    if (!measured.empty())
        out.add(
            "<section id=\"throughput\"><h2>Throughput (wall clock, not part of the verdict)</h2>\n{}"
            "</section>\n",
            measurements(view, measured));
    if (!bars.empty())
        out.add("<section id=\"timeline\"><h2>Timeline (wall clock)</h2>\n{}</section>\n", timeline(bars));
    return out;
}

Html index_waivers(const View& view) {
    Html rows;
    for (const Json* one : view.cases) {
        const Json& waiver = member(*one, "waiver");
        if (!waiver.is_object()) continue;
        const bool holds = view.is_waived(*one);
        rows.add(
            "<tr><th scope=\"row\"><code>{}</code></th><td>{} on {}</td><td>{} {}</td><td>{}</td><td>{}</td>"
            "<td>{}{}</td></tr>\n",
            id_of(waiver), link(page_of(*one), id_of(*one)), target_name(view, text(*one, "target")),
            verdict(mark_of(text(*one, "verdict"))), holds ? "waived" : "not waived",
            text(waiver, "justification"), text(waiver, "approved_by"), text(waiver, "expires"),
            holds ? Html{} : Html{" <b class=\"v fail\">expired, ignored</b>"});
    }
    if (rows.empty()) return rows;
    return Html{
        "<section id=\"waivers\"><h2>Waivers</h2>\n<p>A waiver changes no verdict; it says who accepts it "
        "until when.</p><table class=\"grid plain\"><thead><tr><th scope=\"col\">Waiver</th><th "
        "scope=\"col\">Case</th><th scope=\"col\">Verdict</th><th scope=\"col\">Reason</th><th "
        "scope=\"col\">Approved by</th><th scope=\"col\">Expires</th></tr></thead>\n<tbody>{}</tbody>"
        "</table></section>\n",
        rows};
}

Html index_environment(const Context& context, const std::vector<std::string>& other_files) {
    const Json& results = context.view.results;
    const Json& build = member(member(results, "tool"), "build");
    const Json& volatile_part = member(results, "volatile");
    const Json& host = member(volatile_part, "host");
    Html out{"<section id=\"environment\"><h2>Environment</h2>\n<dl class=\"table\">\n"};
    fact(out, "Commit", text(build, "commit"));
    fact(out, "Compiler", text(build, "compiler"));
    std::string libraries;
    for (const Json& library : list(build, "libraries"))
        libraries += fmt::format("{}{} {}", libraries.empty() ? "" : ", ", text(library, "name"),
                                 text(library, "version"));
    fact(out, "Libraries", libraries);
    digest_fact(out, "Content digest", context.digest);
    digest_fact(out, "Plan digest", text(member(results, "plan"), "digest"));
    digest_fact(out, "Profile digest", text(member(results, "profile"), "digest"));
    digest_fact(out, "Control mapping", text(member(results, "mapping"), "digest"));
    for (const Json* target : context.view.targets)
        for (const Json& artifact : list(*target, "artifacts"))
            digest_fact(out, fmt::format("{}: {}", id_of(*target), text(artifact, "name")),
                        text(artifact, "digest"));
    if (volatile_part.is_object()) {
        fact(out, "Started", text(volatile_part, "started"));
        fact(out, "Finished", text(volatile_part, "finished"));
        std::string machine;
        for (const char* key : {"name", "os", "kernel", "cpu"})
            if (const auto part = text(host, key); !part.empty())
                machine += fmt::format("{}{}", machine.empty() ? "" : ", ", part);
        fact(out, "Host", machine);
        std::string command;
        for (const auto word : texts(volatile_part, "argv"))
            command += fmt::format("{}{}", command.empty() ? "" : " ", word);
        fact(out, "Command", command);
    } else {
        fact(out, "Times", "A reproducible run: no wall-clock time was kept.");
    }
    out.add("</dl>\n");
    if (const Json& missing = list(volatile_part, "not_run"); !missing.empty()) {
        out.add("<h3>Not written</h3><ul class=\"dash\">");
        for (const Json& one : missing)
            out.add("<li>not run: <code>{}</code>: {}</li>\n", text(one, "component"), text(one, "reason"));
        out.add("</ul>\n");
    }
    out.add(
        "<h3>Files of this run</h3><ul class=\"files\"><li><a href=\"results.json\">results.json</a></li>");
    for (const std::string& file : other_files) out.add("<li>{}</li>", link(file, file));
    return out.add("</ul></section>\n");
}

}  // namespace assay::reports
