// container.create with one attribute that is not the policy's.
#include "conformance/suites/runtime/row.hpp"

namespace assay::conformance::guest_runtime {
namespace container_table {

struct Try {
    const char* id;
    const char* title;
    const char* requirement;
    const char* pointer;  // into the request
    const char* value;    // empty: the member is left out
    const char* at;       // behind /containers/0/
};
constexpr std::array tries{
    Try{"command-more", "A further argument is refused", "RTP-CTR-001", "/args/3", R"("--debug")", "command"},
    Try{"command-fewer", "A missing argument is refused", "RTP-CTR-001", "/args/2", "", "command"},
    Try{"command-other", "Another program is refused", "RTP-CTR-001", "/args/0", R"("/bin/sh")", "command"},
    Try{"command-joined", "Arguments joined to one are refused", "RTP-CTR-001", "/args",
        R"(["/opt/worker --model /model"])", "command"},
    Try{"env-preload", "An unlisted variable is refused", "RTP-CTR-002", "/env/2",
        R"("LD_PRELOAD=/tmp/x.so")", "env"},
    Try{"env-value", "A listed variable with another value is refused", "RTP-CTR-002", "/env/0",
        R"("PATH=/tmp")", "env"},
    Try{"env-required", "A missing required variable is refused", "RTP-CTR-002", "/env", R"(["THREADS=8"])",
        "env/0"},
    Try{"env-twice", "A variable given twice is refused", "RTP-CTR-002", "/env/2", R"("THREADS=9")", "env"},
    Try{"env-no-value", "A variable without a value is refused", "RTP-CTR-002", "/env/1", R"("THREADS")",
        "env"},
    Try{"env-behind", "A pattern must match to the end of a variable", "RTP-RE-001", "/env/1",
        R"("THREADS=8x")", "env"},
    Try{"env-before", "A pattern must match from the beginning of a variable", "RTP-RE-001", "/env/1",
        R"("X_THREADS=8")", "env"},
    Try{"env-first-alternative", "The first alternative of a pattern must match the whole variable",
        "RTP-RE-001", "/env/1", R"("THREADS=8;X")", "env"},
    Try{"env-last-alternative", "The last alternative of a pattern must match the whole variable",
        "RTP-RE-001", "/env/1", R"("X=1 MODE=slow")", "env"},
    Try{"env-newline", "A line break behind a variable is part of it", "RTP-RE-001", "/env/1",
        R"("THREADS=8\n")", "env"},
    Try{"working-dir", "Another working directory is refused", "RTP-CTR-003", "/working_dir", R"("/tmp")",
        "working_dir"},
    Try{"uid", "Another user is refused", "RTP-CTR-004", "/uid", "0", "user"},
    Try{"gid", "Another group is refused", "RTP-CTR-004", "/gid", "0", "user"},
    Try{"groups-more", "A further group is refused", "RTP-CTR-004", "/groups", "[44,0]", "user"},
    Try{"groups-fewer", "A missing group is refused", "RTP-CTR-004", "/groups", "[]", "user"},
    Try{"no-new-privileges", "A container that may gain privileges is refused", "RTP-CTR-005",
        "/no_new_privileges", "false", "no_new_privileges"},
    Try{"privileged", "A privileged container is refused", "RTP-CTR-006", "/privileged", "true",
        "privileged"},
    Try{"cap-bounding", "A capability more in the bounding set is refused", "RTP-CTR-007",
        "/capabilities/bounding", R"(["CAP_SYS_PTRACE"])", "capabilities/bounding"},
    Try{"cap-effective", "A capability more in the effective set is refused", "RTP-CTR-007",
        "/capabilities/effective", R"(["CAP_SYS_ADMIN"])", "capabilities/effective"},
    Try{"cap-permitted", "A capability more in the permitted set is refused", "RTP-CTR-007",
        "/capabilities/permitted", R"(["CAP_SYS_ADMIN"])", "capabilities/permitted"},
    Try{"cap-inheritable", "A capability more in the inheritable set is refused", "RTP-CTR-007",
        "/capabilities/inheritable", R"(["CAP_KILL"])", "capabilities/inheritable"},
    Try{"cap-ambient", "A capability more in the ambient set is refused", "RTP-CTR-007",
        "/capabilities/ambient", R"(["CAP_KILL"])", "capabilities/ambient"},
    Try{"mount-host", "A mount of the host is refused", "RTP-CTR-008", "/mounts/1",
        R"({"destination":"/host","type":"bind","source":"/","options":["rbind","rw"]})", "mounts"},
    Try{"mount-source", "A mount of another source is refused", "RTP-CTR-008", "/mounts/0/source",
        R"("/dev/sda")", "mounts"},
    Try{"mount-destination", "A mount at another place is refused", "RTP-CTR-008", "/mounts/0/destination",
        R"("/opt")", "mounts"},
    Try{"mount-option", "A mount without one of its options is refused", "RTP-CTR-008", "/mounts/0/options",
        R"(["size=1048576"])", "mounts"},
    Try{"mount-twice", "A listed mount given twice is refused", "RTP-CTR-008", "/mounts/1",
        R"({"destination":"/tmp","type":"tmpfs","source":"tmpfs","options":["size=1048576","nodev"]})",
        "mounts"},
    Try{"mount-missing", "A container without a listed mount is refused", "RTP-CTR-008", "/mounts", "[]",
        "mounts"},
    Try{"device-more", "A second GPU is refused", "RTP-CTR-009", "/devices/1", R"({"kind":"gpu"})",
        "devices"},
    Try{"device-none", "A container without its GPU is refused", "RTP-CTR-009", "/devices", "[]", "devices"},
    Try{"device-other", "A device of another kind is refused", "RTP-CTR-009", "/devices/1",
        R"({"kind":"char","path":"/dev/mem"})", "devices"},
    Try{"device-path", "A device that is named by a path of the host is refused", "RTP-CTR-009",
        "/devices/0/path", R"("/dev/sda")", "devices"},
    Try{"seccomp", "Another system call filter is refused", "RTP-CTR-010", "/seccomp_sha256",
        R"("0000000000000000000000000000000000000000000000000000000000000000")", "seccomp_sha256"},
    Try{"seccomp-none", "A container without its system call filter is refused", "RTP-CTR-010",
        "/seccomp_sha256", R"("")", "seccomp_sha256"},
    Try{"root-writable", "A writable root is refused", "RTP-CTR-011", "/root_readonly", "false",
        "root_readonly"},
    Try{"terminal", "A terminal is refused", "RTP-CTR-012", "/terminal", "true", "stdio"},
};

struct Malformed {
    const char* id;
    const char* title;
    const char* pointer;
    const char* value;
};
constexpr std::array malformed{
    Malformed{"null", "A request with a member that is null is refused", "/seccomp_sha256", "null"},
    Malformed{"missing", "A request without one of its members is refused", "/uid", ""},
    Malformed{"unknown", "A request with annotations is refused", "/annotations", R"({"x":"y"})"},
    Malformed{"set-twice", "A set with an element twice is refused", "/groups", "[44,44]"},
    Malformed{"option-twice", "Options with an element twice are refused", "/mounts/0/options",
              R"(["nodev","nodev","size=1048576"])"},
    Malformed{"negative", "A negative user is refused", "/uid", "-1"},
    Malformed{"huge", "A user beyond 32 bits is refused", "/uid", "4294967296"},
    Malformed{"mount-more", "A mount with an unknown member is refused", "/mounts/0/propagation",
              R"("shared")"},
};

}  // namespace container_table

std::vector<Row> container_rows() {
    std::vector<Row> out;
    const std::string legal = command_line("container.create", create_input());
    for (const auto& each : container_table::tries)
        out.push_back({std::string{"create."} + each.id,
                       each.title,
                       {each.requirement},
                       Deployment::worker,
                       Stage::layered,
                       command_line("container.create", with(create_input(), each.pointer, each.value)),
                       "RP-VALUE",
                       std::string{"/containers/0/"} + each.at,
                       legal});
    for (const auto& each : container_table::malformed) {
        out.push_back({std::string{"create.malformed-"} + each.id,
                       each.title,
                       {"RTP-PARSE-003"},
                       Deployment::worker,
                       Stage::layered,
                       command_line("container.create", with(create_input(), each.pointer, each.value)),
                       "RP-MALFORMED",
                       "",
                       legal});
    }
    return out;
}

}  // namespace assay::conformance::guest_runtime
