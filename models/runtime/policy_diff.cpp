#include <algorithm>

#include "models/runtime/handlers.hpp"
#include "models/runtime/policy_tools.hpp"

namespace assay::runtime {
namespace {

using Direction = PolicyChange::Direction;

class Differ {
public:
    std::vector<PolicyChange> changes;

    void add(Direction direction, std::string at, std::string what) {
        changes.push_back({direction, std::move(at), std::move(what)});
    }
    template <class T>
    void replaced(const std::string& at, const T& before, const T& after) {
        if (!(before == after)) add(Direction::replaces, at, "another value");
    }
    /// More elements allow more (or, where they forbid, less).
    template <class Set>
    void sets(const std::string& at, const Set& before, const Set& after, bool forbids = false) {
        Set added, removed;
        std::ranges::set_difference(after, before, std::inserter(added, added.end()));
        std::ranges::set_difference(before, after, std::inserter(removed, removed.end()));
        if (!added.empty())
            add(forbids ? Direction::narrows : Direction::widens, at, "added " + shown(added));
        if (!removed.empty())
            add(forbids ? Direction::widens : Direction::narrows, at, "removed " + shown(removed));
    }
    void flags(const std::string& at, bool before, bool after, bool true_allows_more) {
        if (before == after) return;
        add(after == true_allows_more ? Direction::widens : Direction::narrows, at,
            after ? "now true" : "now false");
    }
    /// Elements that are their own identity, by their text.
    template <class T, class Text>
    void lists(const std::string& at, const std::vector<T>& before, const std::vector<T>& after, Text text) {
        std::set<std::string> old_ones, new_ones;
        for (const T& item : before) old_ones.insert(text(item));
        for (const T& item : after) new_ones.insert(text(item));
        sets(at, old_ones, new_ones);
    }
};

std::string env_text(const EnvRule& rule) { return (rule.pattern ? "regex " : "exact ") + rule.value; }

void diff_env(Differ& out, const std::string& at, const std::vector<EnvRule>& before,
              const std::vector<EnvRule>& after) {
    const auto twin = [](const std::vector<EnvRule>& rules, const EnvRule& rule) {
        return std::ranges::find(rules, env_text(rule), env_text);
    };
    for (const EnvRule& rule : after) {
        const auto old = twin(before, rule);
        if (old == before.end())
            out.add(rule.required ? Direction::replaces : Direction::widens, at, "added " + env_text(rule));
        else if (old->required != rule.required)
            out.add(rule.required ? Direction::narrows : Direction::widens, at,
                    env_text(rule) + (rule.required ? " is now required" : " is no longer required"));
    }
    for (const EnvRule& rule : before)
        if (twin(after, rule) == after.end())
            out.add(rule.required ? Direction::replaces : Direction::narrows, at,
                    "removed " + env_text(rule));
}

void diff_exec(Differ& out, const ContainerRule& before, const ContainerRule& after) {
    for (std::size_t i = 0; i < after.exec.size(); ++i) {
        const ExecRule& rule = after.exec[i];
        const std::string at = after.at + "/exec/" + std::to_string(i);
        const auto old = std::ranges::find(before.exec, rule.command, &ExecRule::command);
        if (old == before.exec.end()) {
            out.add(Direction::widens, at, "added " + shown(rule.command));
            continue;
        }
        out.sets(at + "/signals", old->signals, rule.signals);
        if (old->env.has_value() != rule.env.has_value())
            out.add(Direction::replaces, at + "/env", "another environment");
        else if (rule.env)
            diff_env(out, at + "/env", *old->env, *rule.env);
    }
    for (const ExecRule& rule : before.exec)
        if (std::ranges::find(after.exec, rule.command, &ExecRule::command) == after.exec.end())
            out.add(Direction::narrows, before.at + "/exec", "removed " + shown(rule.command));
}

std::vector<std::string> mount_texts(const ContainerRule& rule) {
    std::vector<std::string> out;
    for (const MountRule& mount : rule.mounts)
        out.push_back(mount.destination + " " + mount.type + " " + mount.source + " " + shown(mount.options));
    std::ranges::sort(out);
    return out;
}

void diff_container(Differ& out, const ContainerRule& before, const ContainerRule& after) {
    const std::string& at = after.at;
    out.replaced(at + "/layers", before.layers, after.layers);
    out.replaced(at + "/command", before.command, after.command);
    diff_env(out, at + "/env", before.env, after.env);
    out.replaced(at + "/working_dir", before.working_dir, after.working_dir);
    if (before.user.uid != after.user.uid || before.user.gid != after.user.gid ||
        before.user.groups != after.user.groups)
        out.add(Direction::replaces, at + "/user", "another user");
    out.replaced(at + "/no_new_privileges", before.no_new_privileges, after.no_new_privileges);
    out.replaced(at + "/privileged", before.privileged, after.privileged);
    for (std::size_t i = 0; i < capability_sets.size(); ++i)
        if (before.capabilities[i] != after.capabilities[i])
            out.add(Direction::replaces, at + "/capabilities/" + std::string{capability_sets[i]},
                    "now " + shown(after.capabilities[i]));
    out.replaced(at + "/mounts", mount_texts(before), mount_texts(after));
    out.replaced(at + "/devices", before.devices, after.devices);
    out.replaced(at + "/seccomp_sha256", before.seccomp_sha256, after.seccomp_sha256);
    out.replaced(at + "/root_readonly", before.root_readonly, after.root_readonly);
    out.flags(at + "/stdio", before.stdio, after.stdio, true);
    diff_exec(out, before, after);
    out.sets(at + "/signals", before.signals, after.signals);
    if (before.max_instances != after.max_instances)
        out.add(after.max_instances > before.max_instances ? Direction::widens : Direction::narrows,
                at + "/max_instances", "now " + std::to_string(after.max_instances));
    out.sets(at + "/start_after", before.start_after, after.start_after, true);
}

void diff_containers(Differ& out, const Policy& before, const Policy& after) {
    for (const ContainerRule& rule : after.containers) {
        const auto old = std::ranges::find(before.containers, rule.id, &ContainerRule::id);
        if (old == before.containers.end())
            out.add(Direction::widens, rule.at, "added container " + rule.id);
        else
            diff_container(out, *old, rule);
    }
    for (const ContainerRule& rule : before.containers)
        if (std::ranges::find(after.containers, rule.id, &ContainerRule::id) == after.containers.end())
            out.add(Direction::narrows, rule.at, "removed container " + rule.id);
}

std::string network_text(const Network& network) {
    return to_hex(network.address.bytes) + "/" + std::to_string(network.prefix);
}

void diff_network(Differ& out, const NetworkRule& before, const NetworkRule& after) {
    const auto added = after.allowed_interface_flags & ~before.allowed_interface_flags;
    const auto removed = before.allowed_interface_flags & ~after.allowed_interface_flags;
    if (added != 0)
        out.add(Direction::widens, "/network/allowed_interface_flags", "added " + std::to_string(added));
    if (removed != 0)
        out.add(Direction::narrows, "/network/allowed_interface_flags", "removed " + std::to_string(removed));
    out.sets("/network/forbidden_devices", before.forbidden_devices, after.forbidden_devices, true);
    out.sets("/network/forbidden_names", before.forbidden_names, after.forbidden_names, true);
    std::set<std::string> old_ones, new_ones;
    for (const Network& network : before.forbidden_sources) old_ones.insert(network_text(network));
    for (const Network& network : after.forbidden_sources) new_ones.insert(network_text(network));
    out.sets("/network/forbidden_sources", old_ones, new_ones, true);
}

void diff_fragments(Differ& out, const Policy& before, const Policy& after) {
    const auto same = [](const FragmentRule& a, const FragmentRule& b) {
        return a.issuer == b.issuer && a.feed == b.feed;
    };
    for (const FragmentRule& rule : after.fragments) {
        const auto old =
            std::ranges::find_if(before.fragments, [&](const auto& other) { return same(rule, other); });
        if (old == before.fragments.end()) {
            out.add(Direction::widens, "/fragments", "added " + rule.issuer + " " + rule.feed);
            continue;
        }
        if (old->minimum_svn != rule.minimum_svn)
            out.add(rule.minimum_svn < old->minimum_svn ? Direction::widens : Direction::narrows,
                    "/fragments", rule.feed + ": minimum_svn now " + std::to_string(rule.minimum_svn));
        out.sets("/fragments", old->includes, rule.includes);
    }
    for (const FragmentRule& rule : before.fragments)
        if (std::ranges::none_of(after.fragments, [&](const auto& other) { return same(rule, other); }))
            out.add(Direction::narrows, "/fragments", "removed " + rule.issuer + " " + rule.feed);
}

}  // namespace

std::vector<PolicyChange> diff_policies(const Policy& before, const Policy& after) {
    Differ out;
    for (std::size_t i = 0; i < command_count; ++i) {
        // deny < rule < allow
        const auto rank = [](Disposition d) {
            return d == Disposition::deny ? 0 : d == Disposition::rule ? 1 : 2;
        };
        const auto old_one = before.commands[i], new_one = after.commands[i];
        if (old_one != new_one)
            out.add(rank(new_one) > rank(old_one) ? Direction::widens : Direction::narrows,
                    "/commands/" + std::string{commands()[i].name},
                    std::string{name(old_one)} + " becomes " + std::string{name(new_one)});
    }
    diff_containers(out, before, after);
    out.lists("/external_processes", before.external_processes, after.external_processes,
              [](const ExternalProcessRule& rule) {
                  std::string text = shown(rule.command) + " in " + rule.working_dir;
                  for (const EnvRule& env : rule.env) text += " " + env_text(env) + (env.required ? "!" : "");
                  return text;
              });
    out.lists("/files/copy_in", before.copy_in, after.copy_in,
              [](const CopyRule& rule) { return rule.path.expression() + " " + shown(rule.types); });
    diff_fragments(out, before, after);
    if (before.logging && after.logging) {
        out.sets("/logging/levels", before.logging->levels, after.logging->levels);
        out.sets("/logging/providers", before.logging->providers, after.logging->providers);
    }
    if (before.network && after.network) diff_network(out, *before.network, *after.network);
    if (before.sandbox && after.sandbox) {
        out.flags("/sandbox/hooks", before.sandbox->hooks, after.sandbox->hooks, true);
        out.sets("/sandbox/kernel_modules", before.sandbox->kernel_modules, after.sandbox->kernel_modules);
        out.replaced("/sandbox/pidns_shared", before.sandbox->pidns_shared, after.sandbox->pidns_shared);
    }
    if (before.scratch && after.scratch) {
        out.flags("/scratch/encrypted_only", before.scratch->encrypted_only, after.scratch->encrypted_only,
                  false);
        out.sets("/scratch/filesystems", before.scratch->filesystems, after.scratch->filesystems);
    }
    out.lists("/shares", before.shares, after.shares,
              [](const ShareRule& rule) { return rule.kind + " " + rule.target; });
    if (after.svn < before.svn)
        out.add(Direction::replaces, "/svn",
                "lower: " + std::to_string(before.svn) + " becomes " + std::to_string(after.svn));
    return std::move(out.changes);
}

}  // namespace assay::runtime
