#include "conformance/requirement.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/embedded.hpp"
#include "conformance/requirement_file.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

/// One object of a requirement file. Every member is taken once; what is left over is a fault.
class Members {
public:
    Members(std::string where, const json& object) : where_(std::move(where)), rest_(object) {
        if (!rest_.is_object()) fail("is not an object");
    }
    [[noreturn]] void fail(const std::string& what) const { throw std::runtime_error(where_ + ": " + what); }

    std::string text(const std::string& name) {
        std::string out = optional_text(name);
        if (out.empty()) fail("member \"" + name + "\" is missing or empty");
        return out;
    }
    std::string optional_text(const std::string& name) {
        const json value = take(name);
        if (value.is_null()) return {};
        if (!value.is_string()) fail("member \"" + name + "\" is not a text");
        return value;
    }
    json take(const std::string& name) {
        const auto found = rest_.find(name);
        if (found == rest_.end()) return {};
        json out = std::move(*found);
        rest_.erase(found);
        return out;
    }
    std::vector<Control> controls(const std::string& name) {
        const json list = take(name);
        if (!list.is_null() && !list.is_array()) fail("member \"" + name + "\" is not a list");
        std::vector<Control> out;
        for (const json& item : list) {
            Members control{where_ + ": " + name, item};
            out.push_back({control.text("framework"), control.text("id")});
            control.finish();
        }
        return out;
    }
    void finish() const {
        if (!rest_.empty()) fail("unknown member \"" + rest_.begin().key() + "\"");
    }

private:
    std::string where_;
    json rest_;
};

Level level_from(const std::string& text, const Members& members) {
    for (const Level level : {Level::must, Level::should, Level::may})
        if (name(level) == text) return level;
    members.fail("level \"" + text + "\" is none of MUST, SHOULD, MAY");
}

Requirement parse_requirement(std::string_view file, const json& object, const ControlMapping& mapping) {
    const std::string id = object.is_object() ? object.value("id", json{}).dump() : "?";
    Members members{fmt::format("{}: requirement {}", file, id), object};
    Requirement out;
    out.id = members.text("id");
    out.family = members.text("family");
    out.level = level_from(members.text("level"), members);
    out.text = members.text("text");
    Members source{fmt::format("{}: requirement {}: source", file, id), members.take("source")};
    out.source = {source.text("document"), source.optional_text("version"), source.text("section")};
    source.finish();
    out.stage = members.optional_text("stage");

    out.controls = mapping.direct_controls(out.family);
    if (out.controls.empty()) members.fail("family \"" + out.family + "\" has no controls");
    for (const Control& own : members.controls("controls")) out.controls.push_back(own);
    std::sort(out.controls.begin(), out.controls.end());
    out.controls.erase(std::unique(out.controls.begin(), out.controls.end()), out.controls.end());
    for (const Control& dropped : members.controls("without_controls"))
        if (std::erase(out.controls, dropped) == 0)
            members.fail("without_controls: " + dropped.id + " is not one of its controls");
    members.finish();
    return out;
}

}  // namespace

std::string_view name(Level level) {
    constexpr std::array<std::string_view, 3> names{"MUST", "SHOULD", "MAY"};
    return names.at(static_cast<std::size_t>(level));
}

std::vector<Requirement> parse_requirements(std::string_view file, std::string_view text,
                                            const ControlMapping& mapping) {
    const json document = json::parse(text, nullptr, false);
    if (document.is_discarded()) throw std::runtime_error(fmt::format("{}: is not JSON", file));
    Members members{std::string{file}, document};
    members.take("$schema");
    const json list = members.take("requirements");
    members.finish();
    if (!list.is_array()) members.fail("member \"requirements\" is not a list");
    std::vector<Requirement> out;
    for (const json& one : list) out.push_back(parse_requirement(file, one, mapping));
    return out;
}

const std::vector<Requirement>& requirement_catalogue() {
    static const std::vector<Requirement> catalogue = [] {
        std::vector<Requirement> all;
        for (const embedded::RequirementFile& file : embedded::requirement_files())
            for (Requirement& one : parse_requirements(file.name, file.content(), built_in_mapping()))
                all.push_back(std::move(one));
        std::sort(all.begin(), all.end(),
                  [](const Requirement& a, const Requirement& b) { return a.id < b.id; });
        const auto twice = std::adjacent_find(
            all.begin(), all.end(), [](const Requirement& a, const Requirement& b) { return a.id == b.id; });
        if (twice != all.end()) throw std::runtime_error("requirement " + twice->id + " stands twice");
        return all;
    }();
    return catalogue;
}

const Requirement* find_requirement(std::string_view id) {
    const auto& all = requirement_catalogue();
    const auto found = std::lower_bound(
        all.begin(), all.end(), id, [](const Requirement& r, std::string_view key) { return r.id < key; });
    return found != all.end() && found->id == id ? &*found : nullptr;
}

}  // namespace assay::conformance
