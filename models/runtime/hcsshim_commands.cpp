#include <algorithm>

#include <nlohmann/json.hpp>

#include "models/runtime/agent.hpp"
#include "models/runtime/hcsshim.hpp"
#include "models/runtime/hcsshim_capabilities.hpp"
#include "models/runtime/json.hpp"

namespace assay::runtime {
namespace {

using nlohmann::json;
using Lines = std::vector<std::string>;

std::string line_of(const char* command, const json& input) {
    return json{{"command", command}, {"input", input}}.dump();
}

std::uint64_t id_number(Shape& in) {
    const std::string text = in.text("id");
    (void)in.text("name");
    in.finish();
    if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) {
        in.refuse("id", "not a number");
        return 0;
    }
    return std::stoul(text);
}

/// Sources below the sandbox's folder are `sandbox://` in a policy.
std::string sandbox_source(const std::string& source, const std::string& folder) {
    if (!folder.empty() && source.starts_with(folder + "/"))
        return "sandbox://" + source.substr(folder.size());
    return source;
}

Lines create(Shape& in) {
    json input;
    const std::string id = in.text("containerID");
    input["id"] = id;
    input["args"] = in.texts("argList");
    input["env"] = in.texts("envList");
    input["working_dir"] = in.text("workingDir");
    const std::string folder = in.text("sandboxDir");
    (void)in.text("hugePagesDir");
    input["mounts"] = json::array();
    in.each("mounts", [&](Shape& item) {
        input["mounts"].push_back({{"destination", item.text("destination")},
                                   {"type", item.text("type")},
                                   {"source", sandbox_source(item.text("source"), folder)},
                                   {"options", item.text_set("options")}});
    });
    // Recordings of early versions end here.
    input["uid"] = 0;
    input["gid"] = 0;
    input["groups"] = json::array();
    if (in.has("user")) {
        Shape user = in.object("user");
        input["uid"] = id_number(user);
    }
    if (in.has("groups")) {
        std::vector<std::uint64_t> groups;
        in.each("groups", [&](Shape& item) { groups.push_back(id_number(item)); });
        if (!groups.empty()) input["gid"] = groups.front();
        if (groups.size() > 1) input["groups"] = std::set<std::uint64_t>{groups.begin() + 1, groups.end()};
    }
    if (in.has("umask") && in.text("umask") != "0022") in.refuse("umask", "not 0022");
    input["no_new_privileges"] = in.has("noNewPrivileges") && in.flag("noNewPrivileges");
    input["privileged"] = in.has("privileged") && in.flag("privileged");
    input["seccomp_sha256"] = in.has("seccompProfileSHA256") ? in.text("seccompProfileSHA256") : "";
    const json* given = in.has("capabilities") ? in.member("capabilities") : nullptr;
    input["capabilities"] =
        given == nullptr || given->is_null() ? default_capabilities(input["privileged"] == true) : *given;
    input["devices"] = json::array();
    input["root_readonly"] = false;
    input["terminal"] = false;
    return {line_of("container.create", input), line_of("container.start", {{"container", id}})};
}

Lines mount_layer_of(Shape& in) {
    return {
        line_of("device.mount_ro", {{"target", in.text("target")}, {"root_hash", in.text("deviceHash")}})};
}
Lines mount_overlay_of(Shape& in) {
    return {line_of("overlay.mount", {{"container", in.text("containerID")},
                                      {"layers", in.texts("layerPaths")},
                                      {"target", in.text("target")}})};
}
Lines mount_scratch_of(Shape& in) {
    return {line_of(
        "scratch.mount",
        {{"target", in.text("target")}, {"encrypted", in.flag("encrypted")}, {"filesystem", "ext4"}})};
}
template <const char* command>
Lines unmount_of(Shape& in) {
    return {line_of(command, {{"target", in.text("unmountTarget")}})};
}
Lines exec_of(Shape& in) {
    return {line_of("process.exec", {{"container", in.text("containerID")},
                                     {"args", in.texts("argList")},
                                     {"env", in.texts("envList")},
                                     {"working_dir", in.text("workingDir")}})};
}
Lines exec_external_of(Shape& in) {
    return {line_of("process.exec_external", {{"args", in.texts("argList")},
                                              {"env", in.texts("envList")},
                                              {"working_dir", in.text("workingDir")}})};
}
Lines shutdown_of(Shape& in) {
    return {line_of("container.shutdown", {{"container", in.text("containerID")}})};
}
/// The recordings name a file of the host; here it stands for the envelope.
Lines fragment_of(Shape& in) {
    (void)in.text("namespace");
    return {line_of("fragment.load", {{"issuer", in.text("issuer")},
                                      {"feed", in.text("feed")},
                                      {"envelope", to_base64(as_bytes(in.text("local_path")))}})};
}

constexpr char unmount_ro[] = "device.unmount_ro", unmount_overlay_name[] = "overlay.unmount",
               unmount_scratch_name[] = "scratch.unmount";
struct Translation {
    std::string_view name;
    Lines (*translate)(Shape& in);
};
constexpr std::array translations{
    Translation{"create_container", create},
    Translation{"exec_external", exec_external_of},
    Translation{"exec_in_container", exec_of},
    Translation{"load_fragment", fragment_of},
    Translation{"mount_device", mount_layer_of},
    Translation{"mount_overlay", mount_overlay_of},
    Translation{"scratch_mount", mount_scratch_of},
    Translation{"scratch_unmount", unmount_of<unmount_scratch_name>},
    Translation{"shutdown_container", shutdown_of},
    Translation{"unmount_device", unmount_of<unmount_ro>},
    Translation{"unmount_overlay", unmount_of<unmount_overlay_name>},
};

}  // namespace

std::optional<std::vector<std::string>> translate_hcsshim(ByteView command) {
    const auto document = parse_json(command, Agent::max_command_size, Agent::max_command_depth);
    if (!document) return std::nullopt;
    std::optional<ShapeFault> fault;
    Shape in{*document, "", fault};
    const auto found = std::ranges::find(translations, in.text("name"), &Translation::name);
    if (found == translations.end()) return std::nullopt;
    Shape input = in.object("input");
    in.finish();
    auto lines = found->translate(input);
    input.finish();
    if (fault) return std::nullopt;
    return lines;
}

}  // namespace assay::runtime
