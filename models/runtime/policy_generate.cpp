#include <nlohmann/json.hpp>

#include "models/runtime/policy_tools.hpp"

namespace assay::runtime {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 8> copied_sections{
    "containers", "external_processes", "files", "fragments", "logging", "network", "scratch", "shares"};

bool any_container(const json& containers, const std::function<bool(const json&)>& has) {
    for (const json& container : containers)
        if (container.is_object() && has(container)) return true;
    return false;
}
bool filled(const json& object, const char* member) {
    return object.contains(member) && object.at(member).is_array() && !object.at(member).empty();
}

}  // namespace

Result<std::string, PolicyFault> generate_policy(ByteView manifest) {
    const auto document = parse_json(manifest, max_policy_size, max_policy_depth);
    if (!document) return PolicyFault{"E_SCHEMA", "", document.error().what};
    std::optional<ShapeFault> fault;
    Shape in{*document, "", fault};

    json policy = {{"format", policy_format}, {"command_table", command_table_version}};
    policy["name"] = in.text("name");
    policy["svn"] = in.number("svn", 1ULL << 32);
    policy["sandbox"] = {{"pidns_shared", false}, {"hooks", false}, {"kernel_modules", json::array()}};
    if (in.has("sandbox")) policy["sandbox"] = *in.member("sandbox");
    for (const std::string_view section : copied_sections)
        if (in.has(std::string{section})) policy[std::string{section}] = *in.member(std::string{section});
    const auto also = in.has("also_allow") ? in.text_set("also_allow") : std::set<std::string>{};
    in.finish();
    const json none = json::array();
    const json& containers =
        policy.contains("containers") && policy["containers"].is_array() ? policy["containers"] : none;
    if (containers.empty()) in.refuse("containers", "at least one container");
    if (fault) return PolicyFault{"E_SCHEMA", fault->at, fault->what};

    json& said = policy["commands"];
    for (const Command& row : commands()) said[std::string{row.name}] = "deny";
    for (const char* each : {"sandbox.create", "device.mount_ro", "overlay.mount", "container.create"})
        said[each] = "rule";
    for (const char* each : {"sandbox.destroy", "device.unmount_ro", "overlay.unmount", "container.start",
                             "container.shutdown", "container.remove"})
        said[each] = "allow";
    const auto has = [&](const char* section) {
        return policy.contains(section);
    };
    const auto rule_where = [&](bool needed, std::initializer_list<const char*> names) {
        if (needed)
            for (const char* each : names) said[each] = "rule";
    };
    rule_where(has("scratch"), {"scratch.mount"});
    if (has("scratch")) said["scratch.unmount"] = "allow";
    rule_where(has("network"), {"net.interface_update", "net.routes_update"});
    rule_where(has("files"), {"file.copy_in"});
    rule_where(has("external_processes"), {"process.exec_external"});
    rule_where(has("fragments"), {"fragment.load"});
    rule_where(has("logging"), {"host.logging_set", "host.log_provider"});
    rule_where(has("shares"), {"share.mount"});
    if (has("shares")) said["share.unmount"] = "allow";
    rule_where(any_container(containers, [](const json& c) { return filled(c, "signals"); }),
               {"process.signal"});
    rule_where(any_container(containers, [](const json& c) { return filled(c, "exec"); }), {"process.exec"});
    rule_where(any_container(containers, [](const json& c) { return c.value("stdio", json{}) == true; }),
               {"stream.stdout_read", "stream.stderr_read"});
    for (const std::string& command : also) {
        const auto row = find_command(command);
        if (!row || !legal(commands()[*row], Disposition::allow))
            return PolicyFault{"E_SCHEMA", "/also_allow", "a command that cannot be allowed without a rule"};
        said[command] = "allow";
    }
    std::string bytes = canonical(policy);
    if (const auto parsed = parse_policy(as_bytes(bytes)); !parsed) return parsed.error();
    return bytes;
}

}  // namespace assay::runtime
