// What the schema of results.json cannot say.
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "conformance/digests.hpp"
#include "conformance/results.hpp"
#include "sim/base/file.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

constexpr std::size_t max_evidence = 1u << 30;

class Checker {
public:
    Checker(const json& results, const std::filesystem::path& directory)
        : results_(results), directory_(directory) {}

    std::vector<std::string> run() {
        collect("targets", targets_);
        collect("requirements", requirements_);
        order();
        for (const json& one : results_.at("cases")) check_case(one);
        const std::size_t cases = results_.at("cases").size();
        if (results_.at("plan").at("cases") != cases)
            say("plan.cases", "is " + results_.at("plan").at("cases").dump() + ", but there are " +
                                  std::to_string(cases) + " cases");
        if (!out_.empty()) return out_;  // a recomputation needs cases that can be counted
        if (results_.at("summary") != summarize(results_))
            say("summary", "differs from what its cases add up to");
        if (results_.at("coverage") != coverage(results_))
            say("coverage", "differs from what its cases add up to");
        return out_;
    }

private:
    using ById = std::map<std::string, const json*>;

    void say(const std::string& where, const std::string& what) {
        out_.push_back(printable(where + ": " + what));
    }

    void collect(const std::string& member, ById& out) {
        std::string last;
        for (const json& item : results_.at(member)) {
            const std::string id = item.at("id");
            if (!out.emplace(id, &item).second) say(member, id + " stands twice");
            if (id < last) say(member, id + " stands after " + last + ": not in order of id");
            last = id;
        }
    }

    void order() {
        std::pair<std::string, std::string> last;
        for (const json& one : results_.at("cases")) {
            const std::pair<std::string, std::string> key{one.at("id"), one.at("target")};
            const std::string text = key.first + " on " + key.second;
            if (key == last) say("cases", text + " stands twice");
            if (key < last) say("cases", text + ": not in order of case and target");
            last = key;
        }
    }

    void check_case(const json& one) {
        const std::string where =
            one.at("id").get<std::string>() + " on " + one.at("target").get<std::string>();
        if (!targets_.contains(one.at("target"))) say(where, "its target is not among the targets");
        bool must = false;
        for (const json& id : one.at("requirements")) {
            const auto found = requirements_.find(id.get<std::string>());
            if (found == requirements_.end())
                say(where, "requirement " + id.get<std::string>() + " is not among the requirements");
            else if (found->second->at("level") == "MUST")
                must = true;
        }
        if (one.at("verdict") == "FAIL" && !must) say(where, "FAIL, but none of its requirements is a MUST");
        const std::string suite = one.at("suite");
        if (!one.at("id").get<std::string>().starts_with(suite))
            say(where, "suite " + suite + " is not the beginning of the case id");
        std::map<std::string, std::uint64_t> sizes;
        for (const json& evidence : one.at("evidence")) check_evidence(where, evidence, sizes);
        if (one.contains("failure") && one.at("failure").contains("diffs"))
            for (const json& diff : one.at("failure").at("diffs"))
                if (diff.contains("evidence") && !sizes.contains(diff.at("evidence")))
                    say(where, "a difference names evidence that is not there");
        if (one.contains("events")) check_events(where, one.at("events"), sizes);
    }

    void check_evidence(const std::string& where, const json& evidence,
                        std::map<std::string, std::uint64_t>& sizes) {
        const std::string id = evidence.at("id");
        const std::string path = evidence.at("path");
        const std::uint64_t size = evidence.at("size");
        if (!sizes.emplace(id, size).second) say(where, "evidence id " + id + " stands twice");
        if (!paths_.insert(path).second) say(where, "evidence file " + path + " stands twice");
        const auto content = read_file(directory_ / path, max_evidence);
        if (!content) return say(where, "evidence file " + path + ": " + content.error().what);
        if (content->size() != size)
            return say(where, "evidence file " + path + " has " + std::to_string(content->size()) +
                                  " bytes, not " + std::to_string(size));
        const std::string digest = evidence.at("digest");
        if (digest.starts_with("sha256:") && digest != sha256_digest(*content))
            say(where, "evidence file " + path + " has another digest");
        if (evidence.contains("fields"))
            for (const json& field : evidence.at("fields")) check_range(where, "field of " + id, field, size);
    }

    void check_range(const std::string& where, const std::string& what, const json& range,
                     std::uint64_t size) {
        const std::uint64_t offset = range.at("offset");
        const std::uint64_t length = range.at("length");
        if (offset > size || length > size - offset) say(where, what + " reaches beyond its bytes");
    }

    void check_events(const std::string& where, const json& events,
                      const std::map<std::string, std::uint64_t>& sizes) {
        const json& lines = events.at("inline");
        if (events.at("count").get<std::uint64_t>() < lines.size())
            say(where, "events.count is less than the events that are there");
        if (events.contains("evidence") && !sizes.contains(events.at("evidence")))
            say(where, "events name evidence that is not there");
        std::int64_t seq = -1;
        std::uint64_t time = 0;
        for (const json& event : lines) {
            if (event.at("seq").get<std::int64_t>() <= seq) say(where, "events: seq does not increase");
            if (event.at("t_ps").get<std::uint64_t>() < time) say(where, "events: time goes back");
            seq = event.at("seq");
            time = event.at("t_ps");
            if (!event.contains("bytes")) continue;
            const auto found = sizes.find(event.at("bytes").at("evidence"));
            if (found == sizes.end())
                say(where, "an event names evidence that is not there");
            else
                check_range(where, "an event", event.at("bytes"), found->second);
        }
    }

    const json& results_;
    const std::filesystem::path& directory_;
    ById targets_;
    ById requirements_;
    std::set<std::string> paths_;
    std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> semantic_violations(const json& results,
                                             const std::filesystem::path& run_directory) {
    return Checker{results, run_directory}.run();
}

}  // namespace assay::conformance
