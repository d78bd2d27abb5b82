#include "models/runtime/policy_sections.hpp"

#include <algorithm>

#include "models/runtime/step.hpp"

namespace assay::runtime {
namespace {

constexpr std::uint64_t max_u32 = 0xFFFF'FFFF;

bool is_digest(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Pattern read_pattern(Shape& in, const std::string& name) {
    auto pattern = Pattern::compile(in.text(name));
    if (!pattern) {
        in.refuse(name, "not a regular expression, or one that is too large");
        pattern = Pattern::compile("");
    }
    return *pattern;
}

std::vector<EnvRule> read_env(Shape& in) {
    std::vector<EnvRule> out;
    in.each("env", [&](Shape& item) {
        EnvRule rule;
        const std::string match = item.text("match");
        rule.value = item.text("value");
        rule.required = item.flag("required");
        if (match == "regex")
            rule.pattern = read_pattern(item, "value");
        else if (match != "exact")
            item.refuse("match", "not \"exact\" or \"regex\"");
        else if (rule.value.find('=') == std::string::npos || rule.value.front() == '=')
            item.refuse("value", "not NAME=value");
        out.push_back(std::move(rule));
    });
    return out;
}

Capabilities read_capabilities(Shape in) {
    Capabilities out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = in.text_set(std::string{capability_sets[i]});
    in.finish();
    return out;
}

void absolute(Shape& in, const std::string& name, const std::string& path) {
    if (!normalised(path)) in.refuse(name, "not an absolute path in normal form");
}

std::vector<std::string> read_command(Shape& in) {
    auto command = in.texts("command");
    if (command.empty()) in.refuse("command", "empty");
    return command;
}

ContainerRule read_container(Shape& in) {
    ContainerRule rule;
    rule.at = in.at();
    rule.id = in.text("id");
    if (!well_named(rule.id)) in.refuse("id", "not an identifier");
    rule.layers = in.texts("layers");
    if (rule.layers.empty() || !std::ranges::all_of(rule.layers, is_digest))
        in.refuse("layers", "not one or more root hashes of 64 lower-case hexadecimal digits");
    rule.command = read_command(in);
    rule.env = read_env(in);
    rule.working_dir = in.text("working_dir");
    absolute(in, "working_dir", rule.working_dir);
    Shape user = in.object("user");
    rule.user.uid = user.number("uid", max_u32);
    rule.user.gid = user.number("gid", max_u32);
    rule.user.groups = user.number_set("groups", max_u32);
    user.finish();
    rule.no_new_privileges = in.flag("no_new_privileges");
    rule.privileged = in.flag("privileged");
    rule.root_readonly = in.flag("root_readonly");
    rule.stdio = in.flag("stdio");
    rule.capabilities = read_capabilities(in.object("capabilities"));
    in.each("mounts", [&](Shape& item) {
        MountRule mount{item.text("destination"), item.text("type"), item.text("source"),
                        item.text_set("options")};
        absolute(item, "destination", mount.destination);
        rule.mounts.push_back(std::move(mount));
    });
    in.each("devices", [&](Shape& item) {
        const std::string kind = item.text("kind");
        const auto count = static_cast<unsigned>(item.number("count", 64));
        if (kind.empty() || count == 0 || !rule.devices.emplace(kind, count).second)
            item.refuse("kind", "empty, given twice, or with the count 0");
    });
    rule.seccomp_sha256 = in.text("seccomp_sha256");
    if (!rule.seccomp_sha256.empty() && !is_digest(rule.seccomp_sha256))
        in.refuse("seccomp_sha256", "neither empty nor 64 lower-case hexadecimal digits");
    in.each("exec", [&](Shape& item) {
        ExecRule exec;
        exec.command = read_command(item);
        if (item.has("env")) exec.env = read_env(item);
        exec.signals = item.number_set("signals", 64);
        rule.exec.push_back(std::move(exec));
    });
    rule.signals = in.number_set("signals", 64);
    rule.max_instances = in.number("max_instances", 1'000'000);
    if (in.has("start_after")) rule.start_after = in.text_set("start_after");
    return rule;
}

}  // namespace

std::vector<ContainerRule> read_containers(Shape& in, const std::string& name) {
    std::vector<ContainerRule> out;
    in.each(name, [&](Shape& item) { out.push_back(read_container(item)); });
    std::set<std::string> ids;
    for (const ContainerRule& rule : out)
        if (!ids.insert(rule.id).second) in.refuse(name, "two containers have one id");
    for (const ContainerRule& rule : out)
        for (const std::string& other : rule.start_after)
            if (!ids.contains(other) || other == rule.id)
                in.refuse(name, "start_after names no other container");
    return out;
}

void read_sections(Shape& in, Policy& policy) {
    if (in.has("sandbox")) {
        Shape section = in.object("sandbox");
        policy.sandbox = SandboxRule{section.flag("pidns_shared"), section.flag("hooks"),
                                     section.text_set("kernel_modules")};
        section.finish();
    }
    if (in.has("scratch")) {
        Shape section = in.object("scratch");
        policy.scratch = ScratchRule{section.flag("encrypted_only"), section.text_set("filesystems")};
        section.finish();
    }
    if (in.has("containers")) policy.containers = read_containers(in, "containers");
    if (in.has("external_processes"))
        in.each("external_processes", [&](Shape& item) {
            ExternalProcessRule rule{read_command(item), read_env(item), item.text("working_dir")};
            absolute(item, "working_dir", rule.working_dir);
            policy.external_processes.push_back(std::move(rule));
        });
    if (in.has("files")) {
        Shape section = in.object("files");
        section.each("copy_in", [&](Shape& item) {
            CopyRule rule{read_pattern(item, "path_regex"), item.text_set("types")};
            for (const std::string& type : rule.types)
                if (type != "regular" && type != "directory" && type != "symlink")
                    item.refuse("types", "not of regular, directory, symlink");
            policy.copy_in.push_back(std::move(rule));
        });
        section.finish();
    }
    if (in.has("network")) {
        Shape section = in.object("network");
        NetworkRule rule;
        rule.allowed_interface_flags = section.number("allowed_interface_flags", max_u32);
        rule.forbidden_devices = section.text_set("forbidden_devices");
        rule.forbidden_names = section.text_set("forbidden_names");
        for (const std::string& text : section.text_set("forbidden_sources")) {
            const auto network = parse_network(text);
            if (network)
                rule.forbidden_sources.push_back(*network);
            else
                section.refuse("forbidden_sources", "not networks such as 127.0.0.0/8");
        }
        section.finish();
        policy.network = std::move(rule);
    }
    if (in.has("fragments"))
        in.each("fragments", [&](Shape& item) {
            FragmentRule rule{item.text("issuer"), item.text("feed"), item.number("minimum_svn", 1ULL << 32),
                              item.text_set("includes")};
            for (const std::string& part : rule.includes)
                if (part != "containers") item.refuse("includes", "not of containers");
            policy.fragments.push_back(std::move(rule));
        });
    if (in.has("shares"))
        in.each("shares", [&](Shape& item) {
            ShareRule rule{item.text("target"), item.text("kind")};
            absolute(item, "target", rule.target);
            policy.shares.push_back(std::move(rule));
        });
    if (in.has("logging")) {
        Shape section = in.object("logging");
        policy.logging = LoggingRule{section.text_set("levels"), section.text_set("providers")};
        section.finish();
    }
}

}  // namespace assay::runtime
