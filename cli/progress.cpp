#include "cli/progress.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "conformance/results.hpp"
#include "sim/base/clock.hpp"
#include "sim/base/file.hpp"
#include "sim/base/text.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;

constexpr std::size_t max_blocks = 20;

bool wants_live(const Console& console, const std::string& progress) {
    if (progress != "auto") return progress == "live";
    const char* term = std::getenv("TERM");
    return console.err.terminal() && std::getenv("CI") == nullptr &&
           !(term != nullptr && std::string_view{term} == "dumb");
}

std::string group_of(const json& result) {
    return result.at("target").get<std::string>() + ' ' + topic_of(result.at("id").get<std::string>());
}

std::string seconds(std::uint64_t ns) { return fmt::format("{:.1f} s", static_cast<double>(ns) / 1e9); }

std::string now() { return to_rfc3339(WallClock{}.now()); }

/// The kind of targets that a case is for: that of its suite.
std::optional<conformance::PortKind> port_of(const conformance::Case& test) {
    for (const auto& suite : conformance::suites())
        if (test.id.starts_with(suite.id + '.')) return suite.port;
    return std::nullopt;
}

bool is_bad(std::string_view verdict) { return verdict == "FAIL" || verdict == "ERROR"; }

}  // namespace

std::string topic_of(std::string_view case_id) { return std::string{case_id.substr(0, case_id.rfind('.'))}; }

Progress::Progress(const Console& console, Settings settings)
    : console_(console),
      settings_(std::move(settings)),
      live_(!console.quiet && wants_live(console, settings_.progress)) {}

void Progress::emit(json line) {
    if (settings_.json.empty()) return;
    line["seq"] = seq_++;
    console_.out.line(line.dump(-1, ' ', false, json::error_handler_t::replace));
}

void Progress::say(const std::string& line) {
    if (console_.quiet || settings_.progress == "none") return;
    clear_live();
    console_.err.line(line);
}

void Progress::clear_live() {
    if (std::exchange(shown_, false)) console_.err.write("\r\x1b[K");
}

void Progress::show_live() {
    const auto at = std::chrono::steady_clock::now();
    if (!live_ || at - drawn_ < std::chrono::milliseconds{100}) return;
    drawn_ = at;
    const double elapsed = std::chrono::duration<double>(at - started_).count();
    const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
    auto line = fmt::format(" {}/{}  {} failed  {:.0f}/s  {}", done_, total_, failed_, rate, current_);
    const std::size_t width = console_.err.width();
    if (line.size() >= width) line = line.substr(0, width > 4 ? width - 4 : 0) + "...";
    console_.err.write("\r\x1b[K" + line);
    shown_ = true;
}

void Progress::run_started(const conformance::Plan& plan) {
    json targets = json::array();
    for (const auto& target : plan.targets) targets.push_back(target.id);
    for (const conformance::Target& target : plan.targets)
        for (const conformance::Case* test : plan.cases) {
            if (port_of(*test) != target.port) continue;
            ++groups_[target.id + ' ' + topic_of(test->id)].planned;
            ++total_;
        }
    emit({{"type", "run-start"},
          {"schema", "assay-stream/v1"},
          {"plan_digest", plan.digest()},
          {"seed", fmt::format("{:#018x}", plan.seed)},
          {"cases", total_},
          {"targets", targets},
          {"wall", now()}});
    say(fmt::format("{}  profile {}  seed {:#x}  {} cases  {} targets",
                    console_.err.paint(Tone::strong, "assay " ASSAY_VERSION), plan.profile, plan.seed, total_,
                    plan.targets.size()));
}

void Progress::case_started(const conformance::Case& test, const conformance::Target& target) {
    if (settings_.json == "cases" || settings_.json == "events")
        emit({{"type", "case-start"},
              {"case", test.id},
              {"target", target.id},
              {"worker", 0},
              {"wall", now()}});
    current_ = test.id;
    show_live();
}

void Progress::event(const conformance::Case& test, const conformance::Target& target, const Event& event) {
    if (settings_.json != "events") return;
    json e{{"t_ps", event.t_ps}, {"kind", name(event.kind)}, {"actor", event.actor}, {"name", event.name}};
    if (!event.peer.empty()) e["peer"] = event.peer;
    if (event.outcome != Event::Outcome::ok) e["outcome"] = name(event.outcome);
    if (!event.detail.empty()) e["detail"] = event.detail;
    emit({{"type", "event"}, {"case", test.id}, {"target", target.id}, {"event", std::move(e)}});
}

void Progress::case_ended(const json& result, std::uint64_t wall_ns) {
    const auto verdict = result.at("verdict").get<std::string>();
    ++done_;
    if (is_bad(verdict)) ++failed_;
    times_.emplace_back(wall_ns,
                        result.at("id").get<std::string>() + " on " + result.at("target").get<std::string>());
    if (settings_.json == "cases" || settings_.json == "events") {
        json line{{"type", "case-end"},
                  {"case", result.at("id")},
                  {"target", result.at("target")},
                  {"verdict", verdict},
                  {"duration_ns", wall_ns}};
        if (verdict != "PASS") {
            for (const auto* part : {"failure", "error"})
                if (result.contains(part)) line["summary"] = result.at(part).at("summary");
            if (result.contains("not_tested")) line["summary"] = result.at("not_tested").at("detail");
            line["replay"] = result.at("replay");
        }
        emit(std::move(line));
    }
    if (is_bad(verdict)) failure_block(result);
    Group& group = groups_[group_of(result)];
    ++group.done;
    group.wall_ns += wall_ns;
    group.passed += verdict == "PASS" || verdict == "WARN";
    group.bad += is_bad(verdict);
    if (group.done == group.planned) {
        auto line = fmt::format(" {:<44} {:>3}/{:<3} {:>7}", group_of(result), group.passed, group.planned,
                                seconds(group.wall_ns));
        if (group.bad > 0) line += console_.err.paint(Tone::bad, fmt::format("   {} FAILED", group.bad));
        say(line);
    }
    show_live();
}

void Progress::failure_block(const json& result) {
    clear_live();
    if (++blocks_ > max_blocks) return;
    const auto& stream = console_.err;
    const auto verdict = result.at("verdict").get<std::string>();
    const auto requirement = result.at("requirements").front().get<std::string>();
    std::string source;
    if (const auto* r = conformance::find_requirement(requirement))
        source = "[" + r->source.document + ", " + r->source.section + "]";
    stream.line(fmt::format("   {} {} on {}   {}   {}", stream.paint(tone_of(verdict), verdict),
                            result.at("id").get<std::string>(), result.at("target").get<std::string>(),
                            requirement, source));
    const auto text = [](const json& j, const char* key) {
        return printable(j.value(key, std::string{}));
    };
    if (result.contains("failure")) {
        const auto& f = result.at("failure");
        stream.line("     " + text(f, "summary"));
        if (f.contains("expected")) stream.line("     expected " + text(f, "expected"));
        if (f.contains("actual")) stream.line("     actual   " + text(f, "actual"));
        if (f.contains("diffs"))
            for (const auto& d : f.at("diffs")) {
                stream.line(fmt::format("     {:#08x} {}   expected {}   got {}", d.value("offset", 0U),
                                        text(d, "field"), text(d, "expected").substr(0, 64),
                                        text(d, "actual").substr(0, 64)));
                break;
            }
    }
    if (result.contains("error")) stream.line("     " + text(result.at("error"), "summary"));
    stream.line("     replay: " + text(result, "replay"));
}

void Progress::not_run(std::string_view component, std::string_view reason, std::size_t cases) {
    emit({{"type", "not-run"}, {"component", component}, {"reason", reason}});
    auto line = fmt::format("not run: {}: {}", component, printable(reason));
    if (cases > 0) line += fmt::format(" ({} cases)", cases);
    not_run_.push_back(std::move(line));
}

void Progress::heartbeat(std::size_t done, std::size_t total, std::size_t failed) {
    const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    const auto eta = done == 0 ? 0
                               : static_cast<std::uint64_t>(elapsed / static_cast<double>(done) *
                                                            static_cast<double>(total - done));
    emit({{"type", "heartbeat"},
          {"done", done},
          {"total", total},
          {"failed", failed},
          {"eta_s", eta},
          {"wall", now()}});
    if (!live_) say(fmt::format(" {}/{} cases, {} failed", done, total, failed));
}

/// One line per requirement family and target: the worst cell, and how many requirements came out how.
void Progress::family_lines(const json& results) {
    std::map<std::string, std::string> family_of;
    for (const auto& r : results.at("requirements")) family_of[r.at("id")] = r.at("family");
    static constexpr std::array<std::string_view, 6> worst_first{"FAIL", "ERROR",      "INCOMPLETE",
                                                                 "WARN", "NOT_TESTED", "PASS"};
    std::map<std::pair<std::string, std::string>, std::map<std::string, std::size_t>> cells;
    for (const auto& cell : results.at("summary").at("matrix"))
        ++cells[{family_of[cell.at("requirement")], cell.at("target")}][cell.at("verdict")];
    const auto& people = console_.people();
    people.line(people.paint(
        Tone::muted, fmt::format(" {:<20} {:<16} {:<11} {}", "family", "target", "verdict", "requirements")));
    for (const auto& [key, counts] : cells) {
        const auto worst =
            *std::ranges::find_if(worst_first, [&](auto v) { return counts.contains(std::string{v}); });
        std::string detail;
        for (const auto verdict : worst_first)
            if (const auto n = counts.find(std::string{verdict}); n != counts.end())
                detail += fmt::format("{}{} {}", detail.empty() ? "" : ", ", n->second, verdict);
        people.line(fmt::format(" {:<20} {:<16} {} {}", key.first, key.second,
                                people.paint(tone_of(worst), fmt::format("{:<11}", worst)), detail));
    }
}

void Progress::finish(const json& results, const std::string& out, int exit_code) {
    clear_live();
    const auto& people = console_.people();
    if (!console_.quiet) {
        if (blocks_ > max_blocks)
            people.line(fmt::format("   ... and {} more; see the report", blocks_ - max_blocks));
        family_lines(results);
        std::ranges::sort(times_, std::greater{});
        for (std::size_t i = 0; i < std::min<std::size_t>(settings_.slowest, times_.size()); ++i)
            people.line(fmt::format(" {:>8}  {}", seconds(times_[i].first), times_[i].second));
        for (const auto& line : not_run_) people.line(line);
    }
    const auto file = read_file(out + "/results.json", 256U << 20);
    const auto digest =
        file ? "sha256:" + to_hex(crypto::digest(crypto::Hash::sha256, {*file})) : std::string{"unreadable"};
    if (!console_.quiet) {
        people.line("report: " + out + "/index.html");
        people.line("results: " + out + "/results.json " + digest);
    }
    const auto& summary = results.at("summary");
    const auto& c = summary.at("counts");
    emit({{"type", "run-end"},
          {"verdict", summary.at("verdict")},
          {"counts", c},
          {"results", out + "/results.json"},
          {"results_sha256", digest},
          {"content_digest", conformance::content_digest(results)},
          {"exit_code", exit_code},
          {"wall", now()}});
    people.line(fmt::format("{} passed, {} failed, {} errors, {} warnings, {} not tested",
                            c.at("pass").get<std::size_t>(), c.at("fail").get<std::size_t>(),
                            c.at("error").get<std::size_t>(), c.at("warn").get<std::size_t>(),
                            c.at("not_tested").get<std::size_t>()));
}

}  // namespace assay::cli
