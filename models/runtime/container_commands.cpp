// container.*: whether a request is one of the policy's containers, and its life.
#include <algorithm>

#include "models/runtime/handlers.hpp"

namespace assay::runtime {
namespace {

constexpr std::uint64_t max_id = 0xFFFF'FFFF;

struct CreateInput {
    std::vector<std::string> args, env;
    std::string working_dir;
    UserRule user;
    bool no_new_privileges = false, privileged = false, root_readonly = false, terminal = false;
    Capabilities capabilities;
    std::vector<MountRule> mounts;
    std::map<std::string, unsigned> devices;
    bool device_paths = false;  // a device that is named by a path of the host
    std::string seccomp_sha256;
};

CreateInput read_create(Shape& in) {
    CreateInput out;
    out.args = in.texts("args");
    out.env = in.texts("env");
    out.working_dir = in.text("working_dir");
    out.user = {in.number("uid", max_id), in.number("gid", max_id), in.number_set("groups", max_id)};
    out.no_new_privileges = in.flag("no_new_privileges");
    out.privileged = in.flag("privileged");
    Shape sets = in.object("capabilities");
    for (std::size_t i = 0; i < out.capabilities.size(); ++i)
        out.capabilities[i] = sets.text_set(std::string{capability_sets[i]});
    sets.finish();
    in.each("mounts", [&](Shape& item) {
        out.mounts.push_back(
            {item.text("destination"), item.text("type"), item.text("source"), item.text_set("options")});
    });
    in.each("devices", [&](Shape& item) {
        ++out.devices[item.text("kind")];
        if (item.has("path")) {
            (void)item.text("path");
            out.device_paths = true;
        }
    });
    out.seccomp_sha256 = in.text("seccomp_sha256");
    out.root_readonly = in.flag("root_readonly");
    out.terminal = in.flag("terminal");
    return out;
}

bool same(const MountRule& a, const MountRule& b) {
    return a.destination == b.destination && a.type == b.type && a.source == b.source &&
           a.options == b.options;
}

std::string shown(const MountRule& mount) {
    return mount.destination + " " + mount.type + " " + mount.source + " " + runtime::shown(mount.options);
}
template <class T>
std::string shown_all(const std::vector<T>& items) {
    std::string out;
    for (const T& item : items) out += (out.empty() ? "" : "; ") + shown(item);
    return out;
}
std::string shown(const std::map<std::string, unsigned>& devices) {
    std::string out;
    for (const auto& [kind, count] : devices)
        out += (out.empty() ? "" : ", ") + kind + " x " + std::to_string(count);
    return out;
}
std::string shown(const UserRule& user) {
    return std::to_string(user.uid) + ":" + std::to_string(user.gid) + " " + runtime::shown(user.groups);
}

/// Every attribute, in a fixed order, whether or not one before it failed.
std::vector<Check> compare(const ContainerRule& rule, const CreateInput& in, bool explain) {
    std::vector<Check> out;
    const auto check = [&](const char* attribute, bool held, std::string_view reason, const auto& texts) {
        Check one{rule.at + "/" + attribute, held, reason};
        if (explain) std::tie(one.expected, one.found) = texts();
        out.push_back(std::move(one));
    };
    using Texts = std::pair<std::string, std::string>;
    const auto flag = [&](const char* attribute, bool wanted, bool given, std::string_view reason) {
        check(attribute, wanted == given, reason, [&] {
            return Texts{wanted ? "true" : "false", given ? "true" : "false"};
        });
    };
    const std::string_view plain_mismatch = "E_POLICY_MISMATCH", caps = "E_POLICY_CAPS";
    check("command", rule.command == in.args, plain_mismatch, [&] {
        return Texts{runtime::shown(rule.command), runtime::shown(in.args)};
    });
    out.push_back(environment_fits(rule.env, in.env, rule.at + "/env", explain));
    check("working_dir", rule.working_dir == in.working_dir, plain_mismatch, [&] {
        return Texts{rule.working_dir, in.working_dir};
    });
    check("user",
          rule.user.uid == in.user.uid && rule.user.gid == in.user.gid && rule.user.groups == in.user.groups,
          plain_mismatch, [&] {
              return Texts{shown(rule.user), shown(in.user)};
          });
    flag("privileged", rule.privileged, in.privileged, caps);
    flag("no_new_privileges", rule.no_new_privileges, in.no_new_privileges, caps);
    for (std::size_t i = 0; i < capability_sets.size(); ++i)
        check(("capabilities/" + std::string{capability_sets[i]}).c_str(),
              rule.capabilities[i] == in.capabilities[i], caps, [&] {
                  return Texts{runtime::shown(rule.capabilities[i]), runtime::shown(in.capabilities[i])};
              });
    check("mounts", std::ranges::is_permutation(rule.mounts, in.mounts, same), "E_POLICY_MOUNT", [&] {
        return Texts{shown_all(rule.mounts), shown_all(in.mounts)};
    });
    check("devices", rule.devices == in.devices && !in.device_paths, plain_mismatch, [&] {
        return Texts{shown(rule.devices), shown(in.devices) + (in.device_paths ? ", by path" : "")};
    });
    check("seccomp_sha256", rule.seccomp_sha256 == in.seccomp_sha256, plain_mismatch, [&] {
        return Texts{rule.seccomp_sha256, in.seccomp_sha256};
    });
    flag("root_readonly", rule.root_readonly, in.root_readonly, "E_POLICY_MOUNT");
    check("stdio", rule.stdio || !in.terminal, "E_DENIED_LOG", [&] {
        return Texts{rule.stdio ? "a terminal is allowed" : "no terminal",
                     in.terminal ? "a terminal" : "none"};
    });
    return out;
}

bool running(const Container& container) {
    return container.phase == ContainerPhase::created || container.phase == ContainerPhase::started ||
           container.phase == ContainerPhase::stopped;
}

/// How many containers are instances of this rule already.
std::uint64_t instances(const State& state, std::size_t rule) {
    return static_cast<std::uint64_t>(std::ranges::count_if(state.containers, [&](const auto& entry) {
        return running(entry.second) && entry.second.matches.contains(rule);
    }));
}

bool may_start(const Step& step, const ContainerRule& rule) {
    return std::ranges::all_of(rule.start_after, [&](const std::string& id) {
        return std::ranges::any_of(step.state.started,
                                   [&](std::size_t index) { return step.rule(index).id == id; });
    });
}

/// Devices that were attested and that no other container holds.
std::optional<Refusal> devices_free(const Step& step, const std::map<std::string, unsigned>& wanted) {
    for (const auto& [kind, count] : wanted) {
        unsigned held = 0;
        for (const auto& [id, container] : step.state.containers)
            if (running(container) && container.devices.contains(kind)) held += container.devices.at(kind);
        if (step.attested(kind) < count) return step.wrong_state("E_DEVICE_NOT_ATTESTED");
        if (step.attested(kind) - held < count) return step.wrong_state();
    }
    return std::nullopt;
}

/// A container that moves from one of two phases to another.
std::optional<Refusal> move_on(Step& step, ContainerPhase from, ContainerPhase or_from, ContainerPhase to) {
    step.container = step.input.text("container");
    if (auto refusal = step.well_formed()) return refusal;
    if (!well_named(step.container)) return step.bad_id();
    const auto found = step.state.containers.find(step.container);
    if (step.state.sandbox != SandboxPhase::created || found == step.state.containers.end())
        return step.wrong_state();
    if (found->second.phase != from && found->second.phase != or_from) return step.wrong_state();
    found->second.phase = to;
    if (to == ContainerPhase::started) step.state.started.merge(std::set<std::size_t>{found->second.matches});
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> container_create(Step& step) {
    step.container = step.input.text("id");
    const CreateInput in = read_create(step.input);
    if (auto refusal = step.well_formed()) return refusal;
    if (!well_named(step.container)) return step.bad_id();
    const auto found = step.state.containers.find(step.container);
    if (step.state.sandbox != SandboxPhase::created || found == step.state.containers.end() ||
        found->second.phase != ContainerPhase::layered)
        return step.wrong_state();

    std::set<std::size_t> matches;
    std::vector<Check> failures;
    for (const std::size_t index : found->second.matches) {
        const auto checks = compare(step.rule(index), in, step.explaining());
        for (const Check& check : checks) step.report(check);
        const auto failed = std::ranges::find(checks, false, &Check::held);
        if (failed == checks.end())
            matches.insert(index);
        else
            failures.push_back(*failed);
    }
    if (matches.empty()) return no_match(failures);
    const bool stdio = step.rule(*matches.begin()).stdio;
    for (const std::size_t index : matches)
        if (step.rule(index).stdio != stdio) return step.refuse(Code::value, "E_DENIED_LOG");

    std::erase_if(matches, [&](std::size_t index) {
        return instances(step.state, index) >= step.rule(index).max_instances ||
               !may_start(step, step.rule(index));
    });
    if (matches.empty()) return step.wrong_state();
    if (auto refusal = devices_free(step, in.devices)) return refusal;
    found->second.phase = ContainerPhase::created;
    found->second.matches = std::move(matches);
    found->second.devices = in.devices;
    return std::nullopt;
}

std::optional<Refusal> container_start(Step& step) {
    return move_on(step, ContainerPhase::created, ContainerPhase::created, ContainerPhase::started);
}
std::optional<Refusal> container_shutdown(Step& step) {
    return move_on(step, ContainerPhase::started, ContainerPhase::started, ContainerPhase::stopped);
}
std::optional<Refusal> container_remove(Step& step) {
    return move_on(step, ContainerPhase::stopped, ContainerPhase::created, ContainerPhase::removed);
}

}  // namespace assay::runtime
