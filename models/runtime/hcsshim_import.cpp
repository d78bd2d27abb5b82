#include <algorithm>

#include <nlohmann/json.hpp>

#include "models/runtime/hcsshim.hpp"
#include "models/runtime/hcsshim_capabilities.hpp"
#include "models/runtime/json.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::runtime {
namespace {

using nlohmann::json;

/// Reads one policy; faults go where Shape puts them.
class HcsshimReader {
public:
    explicit HcsshimReader(const HcsshimChoices& choices) : choices_(choices) {}

    json containers(Shape& in, const std::string& name) {
        json out = json::array();
        in.each(name, [&](Shape& item) {
            const json rule = container(item, out.size());
            out.push_back(rule);
            // "Elevated" is allowed, not demanded: each of the two is a container of its own.
            if (elevated_) {
                json privileged = rule;
                privileged["id"] = rule.at("id").get<std::string>() + "-elevated";
                privileged["privileged"] = true;
                if (defaults_) privileged["capabilities"] = default_capabilities(true);
                out.push_back(std::move(privileged));
            }
        });
        return out;
    }
    json external(Shape& in) {
        json out = json::array();
        in.each("external_processes", [&](Shape& item) {
            out.push_back({{"command", item.texts("command")},
                           {"env", env(item)},
                           {"working_dir", item.text("working_dir")}});
            if (item.flag("allow_stdio_access")) note(item.at() + "/allow_stdio_access");
        });
        return out;
    }
    json fragments(Shape& in) {
        json out = json::array();
        in.each("fragments", [&](Shape& item) {
            const std::string svn = item.text("minimum_svn");
            if (svn.empty() || svn.size() > 9 || svn.find_first_not_of("0123456789") != std::string::npos)
                item.refuse("minimum_svn", "not a number");
            json includes = json::array();
            for (const std::string& part : item.texts("includes")) {
                if (part == "containers")
                    includes.push_back(part);
                else
                    note(item.at() + "/includes: " + part);
            }
            out.push_back({{"issuer", item.text("issuer")},
                           {"feed", item.text("feed")},
                           {"minimum_svn", svn.empty() || item.faulty() ? 0 : std::stoul(svn)},
                           {"includes", includes}});
        });
        return out;
    }

    void note(std::string what) { not_expressed.push_back(std::move(what)); }
    std::vector<std::string> not_expressed;

private:
    json env(Shape& in) {
        json out = json::array();
        in.each("env_rules", [&](Shape& item) {
            const std::string strategy = item.text("strategy");
            if (strategy != "string" && strategy != "re2") item.refuse("strategy", "not string or re2");
            out.push_back({{"match", strategy == "re2" ? "regex" : "exact"},
                           {"value", item.text("pattern")},
                           {"required", item.flag("required")}});
        });
        return out;
    }

    json user(Shape in) {
        Shape name = in.object("user_idname");
        const std::string strategy = name.text("strategy"), pattern = name.text("pattern");
        name.finish();
        std::set<std::uint64_t> groups;
        bool any = strategy == "any";
        in.each("group_idnames", [&](Shape& item) {
            const std::string how = item.text("strategy");
            any = any || how == "any";
            if (how == "id")
                groups.insert(number(item, "pattern", item.text("pattern")));
            else
                (void)item.text("pattern");
            if (how != "any" && how != "id") item.refuse("strategy", "not any or id");
        });
        (void)in.text("umask");
        note(in.at() + "/umask: the policy has none");
        in.finish();
        if (any) {
            note(in.at() + ": any user; imported as the chosen one");
            return {{"uid", choices_.user.uid}, {"gid", choices_.user.gid}, {"groups", choices_.user.groups}};
        }
        if (strategy != "id") in.refuse("user_idname", "not any or id");
        const std::uint64_t gid = groups.empty() ? 0 : *groups.begin();
        groups.erase(gid);
        return {{"uid", number(in, "user_idname", pattern)}, {"gid", gid}, {"groups", groups}};
    }
    static std::uint64_t number(Shape& in, const std::string& name, const std::string& text) {
        if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) {
            in.refuse(name, "not the number of a user or group");
            return 0;
        }
        return std::stoul(text);
    }

    json container(Shape& in, std::size_t index) {
        json rule;
        elevated_ = in.flag("allow_elevated");
        rule["id"] = in.has("id") ? in.text("id") : "container-" + std::to_string(index);
        rule["command"] = in.texts("command");
        rule["env"] = env(in);
        auto layers = in.texts("layers");
        std::ranges::reverse(layers);  // hcsshim lists the top first
        rule["layers"] = layers;
        rule["working_dir"] = in.text("working_dir");
        rule["mounts"] = json::array();
        in.each("mounts", [&](Shape& item) {
            rule["mounts"].push_back({{"destination", item.text("destination")},
                                      {"type", item.text("type")},
                                      {"source", item.text("source")},
                                      {"options", item.text_set("options")}});
        });
        rule["exec"] = json::array();
        in.each("exec_processes", [&](Shape& item) {
            rule["exec"].push_back(
                {{"command", item.texts("command")}, {"signals", item.number_set("signals", 64)}});
        });
        rule["signals"] = in.number_set("signals", 64);
        rule["user"] = user(in.object("user"));
        const json* given = in.member("capabilities");
        defaults_ = given != nullptr && given->is_null();
        if (defaults_) {
            rule["capabilities"] = default_capabilities(false);
            note(in.at() + "/capabilities: the runtime's defaults, written out");
        } else if (given != nullptr) {
            Shape sets = in.object("capabilities");
            for (const std::string_view set : capability_sets)
                rule["capabilities"][std::string{set}] = sets.text_set(std::string{set});
            sets.finish();
        }
        rule["seccomp_sha256"] = in.text("seccomp_profile_sha256");
        rule["no_new_privileges"] = in.flag("no_new_privileges");
        rule["stdio"] = in.flag("allow_stdio_access");
        rule["privileged"] = false;
        rule["root_readonly"] = false;
        note(in.at() + ": whether the root is read-only is not compared there; imported as writable");
        rule["devices"] = json::array();
        rule["max_instances"] = choices_.max_instances;
        return rule;
    }

    const HcsshimChoices& choices_;
    bool elevated_ = false, defaults_ = false;  // of the container read last
};

void set_all(json& commands, std::initializer_list<const char*> names, const char* said) {
    for (const char* name : names) commands[name] = said;
}

}  // namespace

json default_capabilities(bool privileged) {
    static const std::vector<std::string> unprivileged{
        "CAP_AUDIT_WRITE", "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
        "CAP_KILL",        "CAP_MKNOD",   "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",   "CAP_SETFCAP",
        "CAP_SETGID",      "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
    const json set = privileged ? json::array({"ALL"}) : json(unprivileged);
    return {{"bounding", set},
            {"effective", set},
            {"permitted", set},
            {"inheritable", json::array()},
            {"ambient", json::array()}};
}

Result<Imported, PolicyFault> import_hcsshim(ByteView source, const HcsshimChoices& choices) {
    const auto document = parse_json(source, max_policy_size, max_policy_depth);
    if (!document) return PolicyFault{"E_SCHEMA", "", document.error().what};
    std::optional<ShapeFault> fault;
    Shape in{*document, "", fault};
    HcsshimReader reader{choices};
    json policy = {{"format", policy_format},
                   {"command_table", command_table_version},
                   {"name", "imported"},
                   {"svn", 0}};
    policy["containers"] = reader.containers(in, "containers");
    policy["sandbox"] = {{"pidns_shared", false}, {"hooks", false}, {"kernel_modules", json::array()}};
    policy["scratch"] = {{"encrypted_only", true}, {"filesystems", {"ext4", "xfs"}}};

    json& said = policy["commands"];
    for (const Command& row : commands()) said[std::string{row.name}] = "deny";
    set_all(said, {"sandbox.create", "device.mount_ro", "overlay.mount", "container.create", "scratch.mount"},
            "rule");
    set_all(said,
            {"sandbox.destroy", "device.unmount_ro", "overlay.unmount", "container.start",
             "container.shutdown", "container.remove", "scratch.unmount"},
            "allow");
    if (in.has("external_processes")) {
        policy["external_processes"] = reader.external(in);
        said["process.exec_external"] = "rule";
    }
    if (in.has("fragments")) {
        policy["fragments"] = reader.fragments(in);
        said["fragment.load"] = "rule";
    }
    // A fragment may bring what has exec or signals.
    set_all(said, {"process.exec", "process.signal"}, "rule");
    for (const char* name : {"allow_environment_variable_dropping", "allow_capability_dropping"})
        if (in.flag(name)) {
            if (!choices.drop_nothing) in.refuse(name, "dropping is not offered");
            reader.note("/" + std::string{name} + ": nothing is dropped");
        }
    if (in.flag("allow_unencrypted_scratch")) in.refuse("allow_unencrypted_scratch", "scratch is encrypted");
    if (in.flag("allow_properties_access")) said["host.properties"] = "allow";
    if (in.flag("allow_dump_stacks")) said["host.dump_stacks"] = "allow";
    if (in.flag("allow_runtime_logging")) said["host.logging_set"] = "allow";
    in.finish();
    if (fault) return PolicyFault{"E_SCHEMA", fault->at, fault->what};
    Imported out{canonical(policy), crypto::digest(crypto::Hash::sha256, {source}),
                 std::move(reader.not_expressed)};
    if (const auto parsed = parse_policy(as_bytes(out.policy)); !parsed) return parsed.error();
    return out;
}

Result<std::string, PolicyFault> import_hcsshim_fragment(ByteView source, const HcsshimChoices& choices) {
    const auto document = parse_json(source, max_policy_size, max_policy_depth);
    if (!document) return PolicyFault{"E_SCHEMA", "", document.error().what};
    std::optional<ShapeFault> fault;
    Shape in{*document, "", fault};
    HcsshimReader reader{choices};
    json out = {
        {"issuer", in.text("issuer")}, {"feed", in.text("feed")}, {"svn", in.number("svn", 1ULL << 32)}};
    out["containers"] = reader.containers(in, "containers");
    in.finish();
    if (fault) return PolicyFault{"E_SCHEMA", fault->at, fault->what};
    return canonical(out);
}

}  // namespace assay::runtime
