// exec, signals, streams, files, logging where the policy permits some of it by rule.
#include "conformance/suites/runtime/row.hpp"

namespace assay::conformance::guest_runtime {

std::vector<Row> process_rows() {
    const auto tools = Deployment::tools;
    const std::string exec =
        R"({"container":"c0","args":["/opt/probe","live"],"env":["PATH=/usr/bin"],"working_dir":"/srv"})";
    const std::string legal_exec = command_line("process.exec", exec);
    const std::string external = R"({"args":["/sbin/collect"],"env":[],"working_dir":"/"})";
    const std::string term = R"({"container":"c0","signal":15})";
    const std::string copy = R"({"path":"/run/in/a..b","type":"regular"})";
    std::vector<Row> out;
    const auto add = [&](std::string id, std::string title, std::string requirement, std::string attempt,
                         std::string at, std::string neighbour) {
        out.push_back({std::move(id),
                       std::move(title),
                       {std::move(requirement)},
                       tools,
                       Stage::started,
                       std::move(attempt),
                       "RP-VALUE",
                       std::move(at),
                       std::move(neighbour)});
    };
    const auto exec_with = [&](const std::string& pointer, const std::string& value) {
        return command_line("process.exec", with(exec, pointer, value));
    };
    add("exec.shell", "Exec of an unlisted command is refused", "RTP-EXEC-002",
        exec_with("/args", R"(["/bin/sh"])"), "/containers/0/exec", legal_exec);
    add("exec.more", "Exec of a listed command with a further argument is refused", "RTP-EXEC-002",
        exec_with("/args/2", R"("--all")"), "/containers/0/exec", legal_exec);
    add("exec.fewer", "Exec of a listed command with an argument less is refused", "RTP-EXEC-002",
        exec_with("/args/1", ""), "/containers/0/exec", legal_exec);
    add("exec.main-command", "Exec of the container's own command is refused where it is not listed",
        "RTP-EXEC-001", exec_with("/args", R"(["/opt/worker","--model","/model"])"), "/containers/0/exec",
        legal_exec);
    add("exec.env", "Exec with an unlisted variable is refused", "RTP-EXEC-002",
        exec_with("/env/1", R"("LD_PRELOAD=/tmp/x.so")"), "/containers/0/env", legal_exec);
    add("exec.working-dir", "Exec in another directory is refused", "RTP-EXEC-002",
        exec_with("/working_dir", R"("/")"), "/containers/0/working_dir", legal_exec);
    add("exec.external", "An unlisted process outside containers is refused", "RTP-EXEC-002",
        command_line("process.exec_external", with(external, "/args/0", R"("/bin/ls")")),
        "/external_processes/0/command", command_line("process.exec_external", external));
    add("signal.kill", "An unlisted signal is refused", "RTP-EXEC-003",
        command_line("process.signal", with(term, "/signal", "9")), "/containers/0/signals",
        command_line("process.signal", term));
    add("signal.abort", "A signal that makes a core file is refused", "RTP-EXEC-003",
        command_line("process.signal", with(term, "/signal", "6")), "/containers/0/signals",
        command_line("process.signal", term));
    add("stream.stdout", "Output of a container without stdio is not read", "RTP-STRM-001",
        command_line("stream.stdout_read", of_container()), "/containers/0/stdio",
        command_line("container.stats", of_container()));
    add("stream.stdin", "Nothing is written to a container without stdio", "RTP-STRM-001",
        command_line("stream.stdin_write", R"({"container":"c0","data_len":4})"), "/containers/0/stdio",
        command_line("container.stats", of_container()));
    add("log.level", "An unlisted log level is refused", "RTP-DBG-001",
        command_line("host.logging_set", R"({"level":"debug"})"), "/logging/levels",
        command_line("host.logging_set", R"({"level":"warning"})"));
    const auto file = [&](std::string id, std::string title, const std::string& input, std::string at) {
        add("file." + std::move(id), std::move(title), "RTP-FILE-001", command_line("file.copy_in", input),
            std::move(at), command_line("file.copy_in", copy));
    };
    file("elsewhere", "A file outside the listed paths is refused",
         R"({"path":"/etc/passwd","type":"regular"})", "/files/copy_in/0/path_regex");
    file("behind", "A path is matched to its end", R"({"path":"/run/in/a/b/c","type":"regular"})",
         "/files/copy_in/0/path_regex");
    file("encoded", "An encoded dot-dot is no name that is listed",
         R"({"path":"/run/in/%2e%2e","type":"regular"})", "/files/copy_in/0/path_regex");
    file("traversal", "A path with dot-dot is refused", R"({"path":"/run/in/../in/a","type":"regular"})", "");
    file("type", "A file of an unlisted type is refused", R"({"path":"/run/in/a","type":"directory"})",
         "/files/copy_in/0/types");
    file("link-absolute", "A link to an absolute path is refused",
         R"({"path":"/run/in/a","type":"symlink","link_target":"/etc"})", "/files/copy_in/0");
    file("link-outside", "A link that leaves its folder is refused",
         R"({"path":"/run/in/a","type":"symlink","link_target":"../../etc"})", "/files/copy_in/0");
    return out;
}

}  // namespace assay::conformance::guest_runtime
