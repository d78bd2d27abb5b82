#include "models/runtime/kata.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "models/runtime/agent.hpp"
#include "models/runtime/json.hpp"

namespace assay::runtime {
namespace {

using nlohmann::json;
using Lines = std::vector<std::string>;
using Translated = std::optional<Lines>;

std::string kata_line(const char* command, const json& input) {
    return json{{"command", command}, {"input", input}}.dump();
}

bool is_empty(const json& value) {
    return value.is_null() || ((value.is_array() || value.is_object()) && value.empty()) || value == "" ||
           value == 0 || value == false;
}
/// All members but these are empty: null, false, 0, "", [] or {}.
bool nothing_but(const json& object, const std::set<std::string>& read) {
    if (!object.is_object()) return false;
    return std::ranges::all_of(object.items(), [&](const auto& member) {
        return read.contains(member.key()) || is_empty(member.value());
    });
}

constexpr std::array<std::pair<const char*, const char*>, 5> kata_sets{{{"Ambient", "ambient"},
                                                                        {"Bounding", "bounding"},
                                                                        {"Effective", "effective"},
                                                                        {"Inheritable", "inheritable"},
                                                                        {"Permitted", "permitted"}}};

/// `/run/kata-containers/shared/containers/<id>-<16 hex>-<name>` -> `shared://<name>`: the middle is drawn
/// anew each time.
std::string shared_source(const std::string& source, const std::string& container) {
    const std::string head = "/run/kata-containers/shared/containers/" + container + "-";
    if (!source.starts_with(head) || source.size() < head.size() + 18 || source[head.size() + 16] != '-')
        return source;
    if (source.find_first_not_of("0123456789abcdef", head.size()) != head.size() + 16) return source;
    const std::string name = source.substr(head.size() + 17);
    return name.find('/') == std::string::npos ? "shared://" + name : source;
}

/// What an exec has in common with its container.
json process_attributes(const json& process) {
    return {{"user", process.value("User", json{})},
            {"no_new_privileges", process.value("NoNewPrivileges", json{})}};
}

Translated create_sandbox(const json& request) {
    if (!nothing_but(request, {"sandbox_pidns", "kernel_modules", "guest_hook_path"})) return std::nullopt;
    json modules = json::array(), hooks = json::array();
    for (const json& module : request.value("kernel_modules", json::array()))
        modules.push_back(module.value("name", ""));
    if (!is_empty(request.value("guest_hook_path", json{}))) hooks.push_back(request.at("guest_hook_path"));
    return Lines{kata_line("sandbox.create", {{"pidns_shared", request.value("sandbox_pidns", false)},
                                              {"hooks", hooks},
                                              {"kernel_modules", modules}})};
}

bool plain_linux(const json& linux_part) {
    static const std::set<std::string> kept{"CgroupsPath", "MaskedPaths", "Namespaces", "ReadonlyPaths",
                                            "Resources"};
    if (!nothing_but(linux_part, kept)) return false;
    for (const char* path : {"/proc/acpi", "/proc/kcore", "/proc/keys", "/sys/firmware"}) {
        const json masked = linux_part.value("MaskedPaths", json::array());
        if (std::ranges::find(masked, json(path)) == masked.end()) return false;
    }
    for (const char* path : {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}) {
        const json readonly = linux_part.value("ReadonlyPaths", json::array());
        if (std::ranges::find(readonly, json(path)) == readonly.end()) return false;
    }
    std::set<std::string> namespaces;
    for (const json& one : linux_part.value("Namespaces", json::array())) {
        if (!is_empty(one.value("Path", json{}))) return false;  // one of the host's
        namespaces.insert(one.value("Type", ""));
    }
    return namespaces.contains("ipc") && namespaces.contains("uts") &&
           (namespaces.contains("mount") || namespaces.contains("mnt")) &&
           is_empty(linux_part.value("Resources", json::object()).value("Devices", json{}));
}

Translated create_container(const json& request) {
    if (!nothing_but(request, {"OCI", "container_id", "exec_id", "stderr_port", "stdin_port", "stdout_port"}))
        return std::nullopt;
    const json& oci = request.at("OCI");
    if (!nothing_but(oci, {"Annotations", "Hostname", "Linux", "Mounts", "Process", "Root", "Version"}))
        return std::nullopt;
    for (const auto& [key, value] : oci.at("Annotations").items())
        if (!key.starts_with("io.kubernetes.cri.") && !key.starts_with("io.katacontainers.pkg.oci."))
            return std::nullopt;
    if (!plain_linux(oci.at("Linux"))) return std::nullopt;
    const json& process = oci.at("Process");
    if (!nothing_but(process, {"Args", "Capabilities", "Cwd", "Env", "NoNewPrivileges", "OOMScoreAdj",
                               "Terminal", "User"}))
        return std::nullopt;
    const json& user = process.at("User");
    if (!nothing_but(user, {"AdditionalGids", "GID", "UID"})) return std::nullopt;

    const std::string id = request.at("container_id").get<std::string>();
    json input = {{"id", id},
                  {"args", process.at("Args")},
                  {"env", process.at("Env")},
                  {"working_dir", process.at("Cwd")},
                  {"uid", user.at("UID")},
                  {"gid", user.at("GID")},
                  {"groups", user.at("AdditionalGids")},
                  {"no_new_privileges", process.at("NoNewPrivileges")},
                  {"privileged", false},
                  {"devices", json::array()},
                  {"seccomp_sha256", ""},
                  {"root_readonly", oci.at("Root").at("Readonly")},
                  {"terminal", process.at("Terminal")}};
    for (const auto& [theirs, ours] : kata_sets)
        input["capabilities"][ours] = process.at("Capabilities").at(theirs);
    input["mounts"] = json::array();
    for (const json& mount : oci.at("Mounts"))
        input["mounts"].push_back({{"destination", mount.at("destination")},
                                   {"type", mount.at("type_")},
                                   {"source", shared_source(mount.at("source").get<std::string>(), id)},
                                   {"options", mount.at("options")}});
    return Lines{kata_line("container.create", input), kata_line("container.start", {{"container", id}})};
}

Translated update_interface(const json& request) {
    if (!nothing_but(request, {"interface"})) return std::nullopt;
    const json& interface = request.at("interface");
    // Addresses, device and MTU are the host's to choose; neither a PCI path nor another type is.
    if (!nothing_but(interface, {"IPAddresses", "device", "hwAddr", "mtu", "name", "raw_flags"}))
        return std::nullopt;
    return Lines{kata_line("net.interface_update", {{"name", interface.at("name")},
                                                    {"hw_addr", interface.at("hwAddr")},
                                                    {"flags", interface.at("raw_flags")}})};
}

Translated remove_container(const json& request) {
    if (!nothing_but(request, {"container_id", "timeout"})) return std::nullopt;
    const json input = {{"container", request.at("container_id")}};
    return Lines{kata_line("container.shutdown", input), kata_line("container.remove", input)};
}

}  // namespace

struct KataTranslator::Memory {
    std::map<std::string, json> processes;  // by container id

    Translated exec(const json& request) const {
        if (!nothing_but(request, {"container_id", "exec_id", "process"})) return std::nullopt;
        const json& process = request.at("process");
        static const std::set<std::string> read{"Args",        "Cwd", "Env", "NoNewPrivileges",
                                                "OOMScoreAdj", "User"};
        if (!nothing_but(process, read)) return std::nullopt;
        const std::string id = request.at("container_id").get<std::string>();
        const auto own = processes.find(id);
        // Of a container that is not known the agent knows nothing either.
        if (own != processes.end() && process_attributes(process) != own->second) return std::nullopt;
        return Lines{kata_line("process.exec", {{"container", id},
                                                {"args", process.at("Args")},
                                                {"env", process.at("Env")},
                                                {"working_dir", process.at("Cwd")}})};
    }
};

KataTranslator::KataTranslator() : memory_(std::make_unique<Memory>()) {}
KataTranslator::~KataTranslator() = default;

std::optional<std::vector<std::string>> KataTranslator::translate(std::string_view kind, ByteView request) {
    const auto document = parse_json(request, Agent::max_command_size, Agent::max_command_depth);
    if (!document || !document->is_object()) return std::nullopt;
    try {  // a member that is missing or of another type: at() and get() say so by an exception
        if (kind == "CreateSandboxRequest") return create_sandbox(*document);
        if (kind == "UpdateInterfaceRequest") return update_interface(*document);
        if (kind == "RemoveContainerRequest") return remove_container(*document);
        if (kind == "ExecProcessRequest") return memory_->exec(*document);
        if (kind != "CreateContainerRequest") return std::nullopt;
        auto lines = create_container(*document);
        if (lines)
            memory_->processes[document->at("container_id").get<std::string>()] =
                process_attributes(document->at("OCI").at("Process"));
        return lines;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

}  // namespace assay::runtime
