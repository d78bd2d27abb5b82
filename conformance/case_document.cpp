#include "conformance/case_document.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/digests.hpp"
#include "conformance/document_text.hpp"
#include "sim/base/file.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

constexpr std::size_t max_inline_events = 400;
constexpr std::size_t max_differences = 64;
constexpr std::size_t max_window = 4096;  // bytes of a difference
constexpr std::size_t max_fields = 4096;
constexpr std::size_t max_field_value = 64;  // bytes of a field that are shown
constexpr std::size_t max_text = 4000;
constexpr std::size_t max_path = 240;

std::string hex_window(ByteView bytes) { return to_hex(bytes.first(std::min(bytes.size(), max_window))); }

class Builder {
public:
    Builder(const Plan& plan, const Plan::Pair& pair, const CaseOutcome& outcome)
        : plan_(plan), pair_(pair), outcome_(outcome) {}

    json build(std::vector<CaseFile>& files) {
        json& object = object_;
        const Case& test = *pair_.test;
        object = {{"id", test.id},
                  {"suite", pair_.suite->id},
                  {"title", one_line(test.title)},
                  {"target", pair_.target->id},
                  {"requirements", test.requirements},
                  {"seed", seed_text(case_seed(plan_.seed, test.id))},
                  {"evidence", json::array()},
                  {"replay", fmt::format("assay replay results.json --case {} --target {}", test.id,
                                         pair_.target->id)}};
        if (!test.tags.empty()) object["tags"] = test.tags;
        if (const std::string stage = stage_of_all(); !stage.empty()) object["stage"] = stage;
        for (const Evidence& evidence : outcome_.evidence()) add(evidence);
        verdict(object);
        events(object);
        if (!paths_fit_) return without_paths();
        files = std::move(files_);
        return std::move(object_);
    }

private:
    /// The stage of the case is that of its requirements, where they agree.
    std::string stage_of_all() const {
        std::set<std::string> stages;
        for (const std::string& id : pair_.test->requirements)
            if (const Requirement* r = find_requirement(*plan_.catalogue, id)) stages.insert(r->stage);
        return stages.size() == 1 ? *stages.begin() : "";
    }

    void add(const Evidence& evidence) {
        const std::string path =
            fmt::format("evidence/{}/{}/{}", pair_.target->id, pair_.test->id, evidence.file_name);
        paths_fit_ = paths_fit_ && path.size() <= max_path;
        json entry{{"id", evidence.id},
                   {"kind", evidence.kind},
                   {"path", path},
                   {"size", evidence.content.size()},
                   {"digest", sha256_digest(evidence.content)}};
        if (!evidence.media_type.empty()) entry["media_type"] = one_line(evidence.media_type, 120);
        json fields = json::array();
        const bool shown = outcome_.end().verdict != Verdict::pass;  // a hex dump is, and only there
        for (const Leaf& leaf : shown ? evidence.fields : std::vector<Leaf>{}) {
            if (fields.size() == max_fields) break;
            if (leaf.offset > evidence.content.size() ||
                leaf.bytes.size() > evidence.content.size() - leaf.offset)
                continue;  // a label for bytes that are not there
            json field{
                {"name", one_line(leaf.path, 120)}, {"offset", leaf.offset}, {"length", leaf.bytes.size()}};
            if (leaf.bytes.size() <= max_field_value) field["value"] = to_hex(leaf.bytes);
            fields.push_back(std::move(field));
        }
        if (!fields.empty()) entry["fields"] = std::move(fields);
        json& list = object_["evidence"];
        const auto place =
            std::upper_bound(list.begin(), list.end(), path, [](const std::string& p, const json& e) {
                return p < e.at("path").get_ref<const std::string&>();
            });
        list.insert(place, std::move(entry));
        files_.push_back({path, evidence.content});
    }

    void verdict(json& object) const {
        const CaseEnd& end = outcome_.end();
        object["verdict"] = name(end.verdict);
        object["checks"] = {{"done", outcome_.checks()}, {"violated", outcome_.violated()}};
        if (outcome_.sim_time_ps() > 0) object["sim_time_ps"] = outcome_.sim_time_ps();
        switch (end.verdict) {
            case Verdict::pass: break;
            case Verdict::warn:
            case Verdict::fail: object["failure"] = failure(end.failure); break;
            case Verdict::error: object["error"] = error(end); break;
            case Verdict::not_tested:
                object["not_tested"] = {{"reason", name(end.reason)},
                                        {"detail", one_line(end.failure.summary)}};
                break;
        }
    }

    json failure(const Failure& f) const {
        json out{{"code", token_from(f.code)},
                 {"summary", one_line(f.summary)},
                 {"expected", one_line(f.expected, max_text)},
                 {"actual", one_line(f.actual, max_text)}};
        if (const std::string clause = clause_of_case(); !clause.empty()) out["clause"] = clause;
        json diffs = json::array();
        for (const Difference& d : f.differences) {
            if (diffs.size() == max_differences) break;
            json diff{
                {"offset", d.offset}, {"expected", hex_window(d.expected)}, {"actual", hex_window(d.actual)}};
            const auto attached = [&](const Evidence& e) {
                return e.id == d.evidence;
            };
            if (std::any_of(outcome_.evidence().begin(), outcome_.evidence().end(), attached))
                diff["evidence"] = d.evidence;
            if (!d.field.empty()) diff["field"] = one_line(d.field, 120);
            if (!d.note.empty()) diff["note"] = one_line(d.note);
            diffs.push_back(std::move(diff));
        }
        if (!diffs.empty()) out["diffs"] = std::move(diffs);
        return out;
    }

    /// Document and section of the first requirement.
    std::string clause_of_case() const {
        const Requirement* r = find_requirement(*plan_.catalogue, pair_.test->requirements.front());
        if (!r) return {};
        const std::string version = r->source.version.empty() ? "" : " " + r->source.version;
        return one_line(r->source.document + version + ", " + r->source.section);
    }

    json error(const CaseEnd& end) const {
        json out{{"code", end.error_code}, {"summary", one_line(end.failure.summary)}};
        if (end.failure.summary.size() > 400) out["detail"] = one_line(end.failure.summary, max_text);
        if (outcome_.signal() > 0) out["signal"] = outcome_.signal();
        if (outcome_.exit_code()) out["exit_code"] = *outcome_.exit_code();
        return out;
    }

    void events(json& object) {
        if (outcome_.events().empty()) return;
        const bool shown = outcome_.end().verdict != Verdict::pass;
        // A case that is an exhibit keeps its log when it passes, too: a report draws it.
        const bool exhibit = std::ranges::find(pair_.test->tags, exhibit_tag) != pair_.test->tags.end();
        const bool kept = shown || exhibit || outcome_.events().size() > max_inline_events;
        json lines = json::array();
        std::string log;
        Bytes messages;
        if (kept) {
            std::size_t seq = 0;
            for (const Event& e : outcome_.events()) {
                json line = event_object(e, seq++, messages);
                log += line.dump() + "\n";
                if (shown && lines.size() < max_inline_events) lines.push_back(std::move(line));
            }
            const ByteView bytes = as_bytes(log);
            add({"events", "log", "events.ndjson", "application/x-ndjson", {bytes.begin(), bytes.end()}, {}});
        }
        if (!messages.empty())
            add({"messages", "transcript", "messages.bin", "application/octet-stream", messages, {}});
        object["events"] = {{"count", outcome_.events().size()},
                            {"truncated", lines.size() < outcome_.events().size()},
                            {"inline", std::move(lines)}};
        if (kept) object["events"]["evidence"] = "events";
    }

    static json event_object(const Event& e, std::size_t seq, Bytes& messages) {
        json out{{"seq", seq},
                 {"t_ps", e.t_ps},
                 {"kind", name(e.kind)},
                 {"actor", token_from(e.actor)},
                 {"name", one_line(e.name, 120)}};
        if (!e.peer.empty()) out["peer"] = token_from(e.peer);
        if (e.outcome != Event::Outcome::ok) out["outcome"] = name(e.outcome);
        if (!e.detail.empty()) out["detail"] = one_line(e.detail, 2000);
        if (!e.bytes.empty()) {
            out["bytes"] = {
                {"evidence", "messages"}, {"offset", messages.size()}, {"length", e.bytes.size()}};
            append(messages, e.bytes);
        }
        return out;
    }

    /// The names are too long for the run directory: the case keeps no file, and says so.
    json without_paths() {
        for (const char* member : {"failure", "not_tested", "events"}) object_.erase(member);
        object_["evidence"] = json::array();
        object_["verdict"] = name(Verdict::error);
        object_["error"] = {{"code", "evidence-write"},
                            {"summary", "target, case and file name are together longer than a path may be"}};
        return std::move(object_);
    }

    const Plan& plan_;
    const Plan::Pair& pair_;
    const CaseOutcome& outcome_;
    json object_;
    std::vector<CaseFile> files_;
    bool paths_fit_ = true;
};

}  // namespace

const Requirement* find_requirement(const Catalogue& catalogue, std::string_view id) {
    const auto& all = catalogue.requirements;
    const auto found = std::find_if(all.begin(), all.end(), [&](const Requirement& r) { return r.id == id; });
    return found == all.end() ? nullptr : &*found;
}

Level level_of(const Case& test, const Catalogue& catalogue) {
    Level level = Level::may;
    for (const std::string& id : test.requirements)
        if (const Requirement* r = find_requirement(catalogue, id)) level = std::min(level, r->level);
    return level;
}

json describe_case(const Plan& plan, const Plan::Pair& pair, const CaseOutcome& outcome,
                   std::vector<CaseFile>& files) {
    return Builder{plan, pair, outcome}.build(files);
}

void write_files(const std::vector<CaseFile>& files, const std::filesystem::path& directory) {
    for (const auto& [path, content] : files) {
        const std::filesystem::path file = directory / path;
        std::filesystem::create_directories(file.parent_path());
        write_file(file, content, Sync::no);  // results.json, written last, is what makes a run
    }
}

}  // namespace assay::conformance
