#include "conformance/suites/runtime/world.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/crypto/hash.hpp"

namespace assay::conformance::guest_runtime {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 64> all_commands{
    "container.checkpoint", "container.create",    "container.pause",       "container.remove",
    "container.resume",     "container.shutdown",  "container.start",       "container.stats",
    "container.update",     "device.mount_block",  "device.mount_ro",       "device.mount_rw",
    "device.unmount_block", "device.unmount_ro",   "device.unmount_rw",     "file.copy_in",
    "fragment.load",        "host.cpu_mem_online", "host.details",          "host.diagnostics",
    "host.dump_stacks",     "host.log_provider",   "host.logging_set",      "host.mem_agent_set",
    "host.mem_hotplug",     "host.metrics",        "host.oom_event",        "host.properties",
    "host.reseed",          "host.swap_add",       "host.time_set",         "host.tracing_start",
    "host.tracing_stop",    "net.arp_add",         "net.host_network",      "net.interface_update",
    "net.interfaces_list",  "net.iptables_get",    "net.iptables_set",      "net.port_forward",
    "net.routes_list",      "net.routes_update",   "overlay.mount",         "overlay.unmount",
    "policy.set",           "process.exec",        "process.exec_external", "process.signal",
    "process.tty_resize",   "process.wait",        "sandbox.create",        "sandbox.destroy",
    "scratch.mount",        "scratch.unmount",     "share.mount",           "share.unmount",
    "storage.update",       "stream.stderr_read",  "stream.stdin_close",    "stream.stdin_write",
    "stream.stdout_read",   "trustlist.load",      "volume.resize",         "volume.stats"};

std::string layer_hash(int layer) {
    return to_hex(crypto::digest(crypto::Hash::sha256, {as_bytes("layer " + std::to_string(layer))}));
}
std::string seccomp_hash() {
    return to_hex(crypto::digest(crypto::Hash::sha256, {as_bytes("seccomp profile")}));
}

json no_capabilities() {
    return json::parse(R"({"ambient":[],"bounding":[],"effective":[],"inheritable":[],"permitted":[]})");
}

json worker_rule(const std::string& id) {
    json rule = json::parse(R"json({
        "command": ["/opt/worker", "--model", "/model"],
        "devices": [{"kind": "gpu", "count": 1}],
        "env": [{"match": "exact", "value": "PATH=/usr/bin", "required": true},
                {"match": "regex", "value": "THREADS=[0-9]{1,2}|MODE=(slow|fast)", "required": false}],
        "exec": [], "max_instances": 1,
        "mounts": [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nodev", "size=1048576"]}],
        "no_new_privileges": true, "privileged": false, "root_readonly": true, "signals": [15], "stdio": false,
        "user": {"uid": 4711, "gid": 100, "groups": [44]}, "working_dir": "/srv"})json");
    rule["id"] = id;
    rule["layers"] = json::array({layer_hash(0), layer_hash(1)});
    rule["capabilities"] = no_capabilities();
    rule["seccomp_sha256"] = seccomp_hash();
    return rule;
}

json base_policy() {
    json policy = json::parse(R"({
        "format": "assay-runtime-policy/1", "command_table": 1, "name": "suite", "svn": 7,
        "sandbox": {"pidns_shared": false, "hooks": false, "kernel_modules": []},
        "scratch": {"encrypted_only": true, "filesystems": ["ext4"]},
        "network": {"allowed_interface_flags": 128, "forbidden_devices": ["lo"], "forbidden_names": ["lo"],
                    "forbidden_sources": ["127.0.0.0/8", "169.254.0.0/16", "::1/128"]}})");
    for (const std::string_view command : all_commands) policy["commands"][std::string{command}] = "deny";
    for (const char* command :
         {"sandbox.create", "device.mount_ro", "overlay.mount", "container.create", "scratch.mount",
          "net.interface_update", "net.routes_update", "process.signal"})
        policy["commands"][command] = "rule";
    for (const char* command :
         {"sandbox.destroy", "device.unmount_ro", "overlay.unmount", "container.start", "container.shutdown",
          "container.remove", "container.stats", "process.wait", "scratch.unmount"})
        policy["commands"][command] = "allow";
    policy["containers"] = json::array({worker_rule("worker")});
    return policy;
}

json tools_policy() {
    json policy = base_policy();
    for (const char* command :
         {"process.exec", "process.exec_external", "file.copy_in", "share.mount", "host.logging_set",
          "stream.stdout_read", "stream.stdin_write", "net.arp_add"})
        policy["commands"][command] = "rule";
    policy["containers"][0]["exec"] = json::parse(R"([{"command": ["/opt/probe", "live"], "signals": [9]}])");
    policy["external_processes"] =
        json::parse(R"([{"command": ["/sbin/collect"], "env": [], "working_dir": "/"}])");
    policy["files"] = json::parse(
        R"({"copy_in": [{"path_regex": "/run/in/[a-z.]+(/[a-z.]+)?", "types": ["regular", "symlink"]}]})");
    policy["shares"] = json::parse(R"([{"target": "/run/share", "kind": "9p"}])");
    policy["logging"] = json::parse(R"({"levels": ["warning"], "providers": []})");
    return policy;
}

json pair_policy() {
    json policy = base_policy();
    json second = worker_rule("second");
    second["command"] = json::array({"/opt/second"});
    second["devices"] = json::array();
    second["start_after"] = json::array({"worker"});
    policy["containers"].push_back(second);
    return policy;
}

GuestAnswer read_answer(ByteView bytes) {
    GuestAnswer out;
    out.raw = as_text(bytes);
    const json parsed = json::parse(out.raw, nullptr, false);
    if (!parsed.is_object()) return out;
    for (const auto& [member, value] : parsed.items()) {
        if (member == "seq" && value.is_number_unsigned()) {
            out.seq = value.get<std::uint64_t>();
        } else if (member == "result") {
            continue;
        } else if (value.is_string()) {
            const std::string text = value.get<std::string>();
            if (member == "verdict")
                out.verdict = text;
            else if (member == "code")
                out.code = text;
            else if (member == "command")
                out.command = text;
            else if (member == "at")
                out.at = text;
            else
                return out;
        } else {
            return out;
        }
    }
    out.well_formed = true;
    return out;
}

}  // namespace

std::span<const std::string_view> command_names() { return all_commands; }

std::string policy_text(Deployment deployment) {
    switch (deployment) {
        case Deployment::worker: return base_policy().dump();
        case Deployment::tools: return tools_policy().dump();
        case Deployment::pair: return pair_policy().dump();
    }
    return {};
}

std::string with(const std::string& text, const std::string& pointer, const std::string& value) {
    json document = json::parse(text);
    const json::json_pointer at{pointer};
    if (!value.empty())
        document[at] = json::parse(value);
    else if (document.at(at.parent_pointer()).is_array())
        document[at.parent_pointer()].erase(std::stoul(at.back()));
    else
        document[at.parent_pointer()].erase(at.back());
    return document.dump();
}

std::string sandbox_input() { return R"({"pidns_shared":false,"hooks":[],"kernel_modules":[]})"; }
std::string layer_input(int layer) {
    return fmt::format(R"({{"target":"/layers/{}","root_hash":"{}"}})", layer, layer_hash(layer));
}
std::string overlay_input(const std::string& container) {
    return fmt::format(R"({{"container":"{0}","layers":["/layers/0","/layers/1"],"target":"/run/{0}"}})",
                       container);
}
std::string create_input(const std::string& container) {
    json input = json::parse(R"({
        "args": ["/opt/worker", "--model", "/model"], "env": ["PATH=/usr/bin", "THREADS=8"], "working_dir": "/srv",
        "uid": 4711, "gid": 100, "groups": [44], "no_new_privileges": true, "privileged": false,
        "mounts": [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["size=1048576", "nodev"]}],
        "devices": [{"kind": "gpu"}], "root_readonly": true, "terminal": false})");
    input["id"] = container;
    input["capabilities"] = no_capabilities();
    input["seccomp_sha256"] = seccomp_hash();
    return input.dump();
}
std::string of_container(const std::string& container) {
    return fmt::format(R"({{"container":"{}"}})", container);
}

std::string command_line(const std::string& command, const std::string& input) {
    return fmt::format(R"({{"command":"{}","input":{}}})", command, input);
}

Bytes measured(const std::string& policy) { return crypto::digest(crypto::Hash::sha256, {as_bytes(policy)}); }

void Guest::boot(const std::string& policy, unsigned gpus) {
    const ByteView bytes = as_bytes(policy);
    const auto answer = trial_.need(port().boot({{bytes.begin(), bytes.end()}, measured(policy), gpus}),
                                    "a boot with a policy");
    trial_.expect(answer.bound, "policy-refused", "A valid policy that was measured is bound",
                  "it is refused: " + answer.reason);
}

void Guest::bring_to(Stage stage) {
    const std::array<std::pair<Stage, std::string>, 9> steps{{
        {Stage::sandbox, command_line("sandbox.create", sandbox_input())},
        {Stage::layers, command_line("device.mount_ro", layer_input(0))},
        {Stage::layers, command_line("device.mount_ro", layer_input(1))},
        {Stage::layered, command_line("overlay.mount", overlay_input())},
        {Stage::created, command_line("container.create", create_input())},
        {Stage::started, command_line("container.start", of_container())},
        {Stage::stopped, command_line("container.shutdown", of_container())},
        {Stage::removed, command_line("container.remove", of_container())},
        {Stage::destroyed, command_line("sandbox.destroy", "{}")},
    }};
    for (const auto& [leads_to, step] : steps)
        if (leads_to <= stage) expect_allowed(step);
}

GuestAnswer Guest::send(const std::string& line) {
    GuestAnswer answer = read_answer(trial_.need(port().command(as_bytes(line)), "an answer to a command"));
    trial_.expect(answer.well_formed, "answer-malformed",
                  "An answer is one JSON object of verdict, code, command, at, seq and result",
                  "it is " + std::to_string(answer.raw.size()) + " bytes of something else");
    return answer;
}

void Guest::expect_allowed(const std::string& line) {
    const GuestAnswer answer = send(line);
    trial_.expect(answer.verdict == "allow" && answer.code.empty(),
                  {"legal-command-denied",
                   "a command that the policy permits is denied: " + line.substr(0, 120),
                   "the command is allowed",
                   "it is denied with " + answer.code + " " + answer.at,
                   {}});
}

void Guest::expect_denied(const std::string& line, std::string_view code,
                          const std::optional<std::string>& at) {
    const Bytes state = trial_.need(port().state_digest(), "the state before");
    auto counters = trial_.need(port().counters(), "the counters before");
    const std::uint64_t effects = trial_.need(port().effects(), "the effects before");
    const GuestAnswer answer = send(line);
    trial_.expect(answer.verdict == "deny",
                  {"command-allowed",
                   "a command that must be denied is allowed: " + line.substr(0, 120),
                   fmt::format("it is denied with {}", code),
                   "the verdict is " + answer.verdict,
                   {}});
    trial_.expect(answer.code == code, "wrong-code", fmt::format("The denial's code is {}", code),
                  "it is " + answer.code);
    if (at)
        trial_.expect(answer.at == *at, "wrong-place",
                      "The denial names the rule at " + (at->empty() ? "no place" : *at),
                      "it names " + (answer.at.empty() ? "none" : answer.at));
    trial_.expect(trial_.need(port().state_digest(), "the state after") == state, "state-changed",
                  "A denied command changes nothing", "the state digest is another");
    trial_.expect(trial_.need(port().effects(), "the effects after") == effects, "effect-of-denied",
                  "A denied command has no effect", "an effect was carried out");
    ++counters[std::string{code}];
    trial_.expect(trial_.need(port().counters(), "the counters after") == counters, "not-counted",
                  "Each denial is counted under its code, once", "the counters say something else");
}

}  // namespace assay::conformance::guest_runtime
