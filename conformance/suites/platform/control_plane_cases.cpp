// A hostile control plane on a platform that serves: everything is denied, and nothing has changed.
#include "conformance/suites/platform/cases.hpp"

namespace assay::conformance::platform {
namespace {

struct Hostile {
    std::string_view id, command, input, title;
};
// clang-format off
constexpr std::array hostile{
    Hostile{"attach",          "stream.stdin_write",   R"({"container":"c1","data":"aGk="})",                                     "attaches to a container"},
    Hostile{"checkpoint",      "container.checkpoint", R"({"container":"c1"})",                                                   "takes a checkpoint"},
    Hostile{"copy",            "file.copy_in",         R"({"path":"/etc/passwd","type":"regular","data":""})",                    "copies a file in"},
    Hostile{"debug-container", "container.create",     R"({"id":"debug"})",                                                       "creates a container of its own"},
    Hostile{"diagnostics",     "host.diagnostics",     R"({})",                                                                   "asks for diagnostics"},
    Hostile{"dump-stacks",     "host.dump_stacks",     R"({})",                                                                   "dumps stacks"},
    Hostile{"exec",            "process.exec",         R"({"container":"c1","args":["/bin/sh"],"env":[],"working_dir":"/"})",     "executes a command"},
    Hostile{"exec-external",   "process.exec_external",R"({"args":["/bin/ls"],"env":[],"working_dir":"/"})",                      "executes a command outside containers"},
    Hostile{"fragment",        "fragment.load",        R"({"fragment":""})",                                                      "loads a policy fragment"},
    Hostile{"image-swap",      "device.mount_ro",      R"({"target":"/layers/1","root_hash":"0000000000000000000000000000000000000000000000000000000000000000"})", "mounts another image"},
    Hostile{"logs-stderr",     "stream.stderr_read",   R"({"container":"c1","max":4096})",                                        "reads the error output"},
    Hostile{"logs-stdout",     "stream.stdout_read",   R"({"container":"c1","max":4096})",                                        "reads the output"},
    Hostile{"mount-rw",        "device.mount_rw",      R"({"target":"/mnt"})",                                                    "mounts a disk for writing"},
    Hostile{"policy",          "policy.set",           R"({"policy":"e30="})",                                                    "replaces the policy"},
    Hostile{"port-forward",    "net.port_forward",     R"({"port":22})",                                                          "forwards a port"},
    Hostile{"share",           "share.mount",          R"({"target":"/host","kind":"9p"})",                                       "shares a folder of the host"},
    Hostile{"signal",          "process.signal",       R"({"container":"c1","signal":9})",                                        "kills a process"},
    Hostile{"time",            "host.time_set",        R"({"seconds":0})",                                                        "sets the clock"},
    Hostile{"unknown",         "container.migrate",    R"({"container":"c1"})",                                                   "sends a command that no table names"},
};
// clang-format on

void denied(Trial& trial, const Hostile& row) {
    const auto outcome = trial.need(trial.port<PlatformPort>().control(row.command, row.input), "a decision");
    trial.expect(outcome.code != "allow", "hostile-command-allowed", std::string{row.command} + " is denied",
                 "it is allowed");
    trial.expect(!outcome.changed, "denial-changed-state", "a denied command changes nothing",
                 "the runtime's state has changed");
    const Marked marked = marked_prompt(trial);
    answered(trial, marked.prompt, 32, marked.canary);
}

}  // namespace

std::vector<Case> control_plane_cases() {
    std::vector<Case> out;
    for (const Hostile& row : hostile)
        out.push_back({"platform.control." + std::string{row.id},
                       "Denied, and nothing changed: the control plane " + std::string{row.title},
                       {"PLT-RUN-002", "PLT-RUN-004"},
                       {"control-plane"},
                       {"negative"},
                       bring_up,
                       [&row](Trial& trial) {
                           denied(trial, row);
                       }});
    return out;
}

}  // namespace assay::conformance::platform
