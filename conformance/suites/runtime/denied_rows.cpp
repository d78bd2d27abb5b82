// What a hostile control plane tries on a running worker, command by command: the policy names each and
// denies it.
#include "conformance/suites/runtime/row.hpp"

namespace assay::conformance::guest_runtime {
namespace denied_table {

struct Try {
    const char* command;
    const char* what;  // "Exec of a shell"
    const char* requirement;
    const char* input = R"({"container":"c0"})";
};
constexpr const char *shell = "PCC-NP-001", *streams = "RTP-STRM-001", *fixed = "RTP-BIND-002",
                     *files = "RTP-FILE-001", *net = "RTP-NET-004", *state = "RTP-CMD-004",
                     *devices = "RTP-GPU-002";

constexpr std::array tries{
    Try{"process.exec", "Exec of a shell", shell,
        R"({"container":"c0","args":["/bin/sh"],"env":[],"working_dir":"/"})"},
    Try{"process.exec_external", "A process outside all containers", shell,
        R"({"args":["/bin/ls"],"env":[],"working_dir":"/"})"},
    Try{"process.tty_resize", "Resizing a terminal", shell, R"({"container":"c0","rows":25,"columns":80})"},
    Try{"container.checkpoint", "A checkpoint of the worker's memory", shell},
    Try{"container.pause", "Pausing the worker", state},
    Try{"container.resume", "Resuming the worker", state},
    Try{"container.update", "Changing the worker's resources", state},
    Try{"stream.stdin_write", "Attaching to standard input", streams, R"({"container":"c0","data_len":4})"},
    Try{"stream.stdin_close", "Closing standard input", streams},
    Try{"stream.stdout_read", "Reading logs from standard output", streams},
    Try{"stream.stderr_read", "Reading logs from standard error", streams},
    Try{"file.copy_in", "Copying a file in", files, R"({"path":"/run/x","type":"regular"})"},
    Try{"policy.set", "Replacing the policy", fixed, R"({"policy":"{}"})"},
    Try{"fragment.load", "Loading a policy fragment", fixed,
        R"({"issuer":"did:x","feed":"f","envelope":""})"},
    Try{"trustlist.load", "Loading a list of trusted keys", fixed, R"({"issuer":"x"})"},
    Try{"net.port_forward", "Forwarding a port", net, R"({"port":8080})"},
    Try{"net.host_network", "Joining the host's network", net, "{}"},
    Try{"net.iptables_set", "Setting packet filters", net, R"({"rules":""})"},
    Try{"net.iptables_get", "Reading packet filters", net, "{}"},
    Try{"net.arp_add", "Adding neighbours", net, R"({"entries":[]})"},
    Try{"net.interfaces_list", "Listing interfaces", net, "{}"},
    Try{"net.routes_list", "Listing routes", net, "{}"},
    Try{"host.dump_stacks", "A dump of stacks", shell, "{}"},
    Try{"host.diagnostics", "Diagnostic data", shell, "{}"},
    Try{"host.metrics", "Metrics of the guest", "PCC-NP-002", "{}"},
    Try{"host.oom_event", "Events of memory shortage", "PCC-NP-002", "{}"},
    Try{"host.properties", "Properties of the guest", shell, "{}"},
    Try{"host.details", "Details of the guest", shell, "{}"},
    Try{"host.logging_set", "Raising the log level", "RTP-DBG-001", R"({"level":"debug"})"},
    Try{"host.log_provider", "Adding a log provider", "RTP-DBG-001", R"({"names":["p"]})"},
    Try{"host.tracing_start", "Starting a trace", "RTP-DBG-001", "{}"},
    Try{"host.tracing_stop", "Stopping a trace", "RTP-DBG-001", "{}"},
    Try{"host.time_set", "Setting the guest's clock", state, R"({"sec":0})"},
    Try{"host.reseed", "Reseeding the guest's random numbers", state, "{}"},
    Try{"host.cpu_mem_online", "Bringing processors and memory online", devices, "{}"},
    Try{"host.mem_hotplug", "Plugging memory in", devices, "{}"},
    Try{"host.swap_add", "Adding swap", "RTP-STORE-002", "{}"},
    Try{"host.mem_agent_set", "Setting up a memory agent", state, "{}"},
    Try{"device.mount_rw", "Mounting a writable device", "RTP-STORE-002",
        R"({"target":"/d","encrypted":true,"filesystem":"ext4"})"},
    Try{"device.unmount_rw", "Unmounting a writable device", "RTP-STORE-002", R"({"target":"/d"})"},
    Try{"device.mount_block", "Mounting a block device", "RTP-STORE-002", R"({"target":"/b"})"},
    Try{"device.unmount_block", "Unmounting a block device", "RTP-STORE-002", R"({"target":"/b"})"},
    Try{"share.mount", "Mounting a share of the host", "RTP-STORE-002", R"({"target":"/9p","kind":"9p"})"},
    Try{"share.unmount", "Unmounting a share of the host", "RTP-STORE-002", R"({"target":"/9p"})"},
    Try{"storage.update", "Updating mounts", "RTP-STORE-002", "{}"},
    Try{"volume.stats", "Statistics of a volume", "RTP-STORE-002", R"({"path":"/srv"})"},
    Try{"volume.resize", "Resizing a volume", "RTP-STORE-002", R"({"path":"/srv","size":1})"},
};

}  // namespace denied_table

std::vector<Row> denied_rows() {
    std::vector<Row> out;
    for (const denied_table::Try& each : denied_table::tries) {
        std::string id = each.command;
        for (char& c : id)
            if (c == '.' || c == '_') c = '-';
        out.push_back({"denied." + id,
                       std::string{each.what} + " is refused where the policy denies it",
                       {"RTP-CMD-001", each.requirement},
                       Deployment::worker,
                       Stage::started,
                       command_line(each.command, each.input),
                       "RP-DENY",
                       "/commands/" + std::string{each.command},
                       command_line("container.stats", of_container())});
    }
    return out;
}

}  // namespace assay::conformance::guest_runtime
