#include "models/runtime/command_table.hpp"

#include <algorithm>

#include "models/runtime/handlers.hpp"

namespace assay::runtime {
namespace {

constexpr std::string_view unlisted = "E_POLICY_MISMATCH", debug = "E_DENIED_DEBUG",
                           config = "E_DENIED_CONFIG", output = "E_DENIED_LOG", execs = "E_DENIED_EXEC",
                           net = "E_DENIED_NET", fixed = "E_POLICY_ALREADY_SET",
                           snapshot = "E_DENIED_SNAPSHOT", mounts = "E_POLICY_MOUNT",
                           hot_plug = "E_DEVICE_NOT_ATTESTED";

constexpr std::array<Command, command_count> table{{
    // name                   handler              section       open   denied    form of the input
    {"container.checkpoint", plain, "", true, snapshot, "container:id"},
    {"container.create", container_create, "containers", false, unlisted,
     "id:id args:texts env:texts working_dir:path uid:number gid:number groups:numbers "
     "no_new_privileges:flag "
     "privileged:flag capabilities:sets mounts:mounts devices:devices seccomp_sha256:digest "
     "root_readonly:flag "
     "terminal:flag"},
    {"container.pause", plain, "", true, config, "container:id"},
    {"container.remove", container_remove, "", true, unlisted, "container:id"},
    {"container.resume", plain, "", true, config, "container:id"},
    {"container.shutdown", container_shutdown, "", true, unlisted, "container:id"},
    {"container.start", container_start, "", true, unlisted, "container:id"},
    {"container.stats", plain, "", true, output, "container:id"},
    {"container.update", plain, "", true, config, "container:id"},
    {"device.mount_block", nullptr, "", false, mounts, ""},
    {"device.mount_ro", mount_layer, "containers", false, mounts, "target:path root_hash:digest"},
    {"device.mount_rw", mount_writable, "scratch", false, mounts,
     "target:path encrypted:flag filesystem:text"},
    {"device.unmount_block", nullptr, "", false, mounts, ""},
    {"device.unmount_ro", unmount_layer, "", true, mounts, "target:path"},
    {"device.unmount_rw", unmount_writable, "", true, mounts, "target:path"},
    {"file.copy_in", copy_in, "files", false, "E_PATH_ESCAPE", "path:path type:text link_target?:text"},
    {"fragment.load", fragment_load, "fragments", false, "E_FRAGMENT_ISSUER",
     "issuer:text feed:text envelope:base64"},
    {"host.cpu_mem_online", plain, "", true, hot_plug, ""},
    {"host.details", plain, "", true, "E_REDACTED", ""},
    {"host.diagnostics", plain, "", true, debug, ""},
    {"host.dump_stacks", plain, "", true, debug, ""},
    {"host.log_provider", log_provider, "logging", true, config, "names:texts"},
    {"host.logging_set", logging_set, "logging", true, config, "level:text"},
    {"host.mem_agent_set", plain, "", true, config, ""},
    {"host.mem_hotplug", plain, "", true, hot_plug, ""},
    {"host.metrics", plain, "", true, output, ""},
    {"host.oom_event", plain, "", true, output, ""},
    {"host.properties", plain, "", true, "E_REDACTED", ""},
    {"host.reseed", plain, "", true, config, ""},
    {"host.swap_add", plain, "", true, mounts, ""},
    {"host.time_set", plain, "", true, config, "sec:number"},
    {"host.tracing_start", plain, "", true, debug, ""},
    {"host.tracing_stop", plain, "", true, debug, ""},
    {"net.arp_add", arp_add, "network", true, net, "entries:neighbours"},
    {"net.host_network", plain, "", true, net, ""},
    {"net.interface_update", interface_update, "network", true, net, "name:text hw_addr:text flags:number"},
    {"net.interfaces_list", plain, "", true, net, ""},
    {"net.iptables_get", plain, "", true, net, ""},
    {"net.iptables_set", plain, "", true, net, "rules:text"},
    {"net.port_forward", plain, "", true, net, "port:number"},
    {"net.routes_list", plain, "", true, net, ""},
    {"net.routes_update", routes_update, "network", true, net, "routes:routes"},
    {"overlay.mount", mount_overlay, "containers", false, mounts, "container:id layers:paths target:path"},
    {"overlay.unmount", unmount_overlay, "", true, mounts, "target:path"},
    {"policy.set", nullptr, "", false, fixed, ""},
    {"process.exec", process_exec, "containers", false, execs,
     "container:id args:texts env:texts working_dir:path"},
    {"process.exec_external", process_exec_external, "external_processes", false, execs,
     "args:texts env:texts working_dir:path"},
    {"process.signal", process_signal, "containers", true, config, "container:id signal:number args?:texts"},
    {"process.tty_resize", plain, "", true, output, "container:id rows:number columns:number"},
    {"process.wait", plain, "", true, output, "container:id"},
    {"sandbox.create", sandbox_create, "sandbox", false, unlisted,
     "pidns_shared:flag hooks:texts kernel_modules:texts"},
    {"sandbox.destroy", sandbox_destroy, "", true, unlisted, ""},
    {"scratch.mount", mount_scratch, "scratch", false, mounts, "target:path encrypted:flag filesystem:text"},
    {"scratch.unmount", unmount_scratch, "", true, mounts, "target:path"},
    {"share.mount", mount_share, "shares", false, mounts, "target:path kind:text"},
    {"share.unmount", unmount_share, "", true, mounts, "target:path"},
    {"storage.update", plain, "", true, mounts, ""},
    {"stream.stderr_read", stream, "containers", true, output, "container:id"},
    {"stream.stdin_close", stream, "containers", true, execs, "container:id"},
    {"stream.stdin_write", stream, "containers", true, execs, "container:id data_len:number"},
    {"stream.stdout_read", stream, "containers", true, output, "container:id"},
    {"trustlist.load", nullptr, "", false, fixed, ""},
    {"volume.resize", plain, "", true, mounts, "path:path size:number"},
    {"volume.stats", plain, "", true, output, "path:path"},
}};
static_assert(std::ranges::is_sorted(table, {}, &Command::name));
static_assert(std::ranges::adjacent_find(table, {}, &Command::name) == table.end());
static_assert(std::ranges::none_of(table, &std::string_view::empty, &Command::name));

}  // namespace

std::string_view name(Disposition disposition) {
    constexpr std::array<std::string_view, 3> names{"deny", "allow", "rule"};
    return names.at(static_cast<std::size_t>(disposition));
}

std::span<const Command, command_count> commands() { return table; }

std::optional<std::size_t> find_command(std::string_view wanted) {
    const auto found = std::ranges::lower_bound(table, wanted, {}, &Command::name);
    if (found == table.end() || found->name != wanted) return std::nullopt;
    return static_cast<std::size_t>(found - table.begin());
}

bool legal(const Command& command, Disposition disposition) {
    switch (disposition) {
        case Disposition::deny: return true;
        case Disposition::allow: return command.handle != nullptr && command.open;
        case Disposition::rule: return command.handle != nullptr && !command.section.empty();
    }
    return false;
}

}  // namespace assay::runtime
