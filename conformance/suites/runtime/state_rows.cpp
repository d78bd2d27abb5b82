// Legal commands at the wrong time.
#include "conformance/suites/runtime/row.hpp"

namespace assay::conformance::guest_runtime {

std::vector<Row> state_rows() {
    const auto w = Deployment::worker;
    const std::string stats = command_line("container.stats", of_container());
    const std::string create = command_line("container.create", create_input());
    const std::string start = command_line("container.start", of_container());
    const std::string sandbox = command_line("sandbox.create", sandbox_input());
    const std::vector<std::string> order{"RTP-STATE-005"}, ids{"RTP-STATE-002"}, after{"RTP-STATE-003"},
        names{"RTP-STATE-006"}, pair{"RTP-STATE-007"}, sandbox_rule{"RTP-SBX-001"};
    const auto sandbox_with = [](const std::string& pointer, const std::string& value) {
        return command_line("sandbox.create", with(sandbox_input(), pointer, value));
    };
    std::vector<Row> out{
        {"state.create-before-sandbox", "Nothing is created before the sandbox", order, w, Stage::booted,
         create, "RP-STATE", "", sandbox},
        {"state.layer-before-sandbox", "Nothing is mounted before the sandbox", order, w, Stage::booted,
         command_line("device.mount_ro", layer_input(0)), "RP-STATE", "", sandbox},
        {"state.second-sandbox", "There is one sandbox", order, w, Stage::sandbox, sandbox, "RP-STATE", "",
         command_line("device.mount_ro", layer_input(0))},
        {"state.create-without-overlay", "A container without overlay is not created", order, w,
         Stage::layers, create, "RP-STATE", "", command_line("overlay.mount", overlay_input())},
        {"state.start-before-create", "A container that was not created is not started", order, w,
         Stage::layered, start, "RP-STATE", "", create},
        {"state.start-twice", "A started container is not started again", order, w, Stage::started, start,
         "RP-STATE", "", stats},
        {"state.stats-before-start", "A container that was not started has no statistics", order, w,
         Stage::created, stats, "RP-STATE", "", start},
        {"state.create-twice", "A container is created once", ids, w, Stage::created, create, "RP-STATE", "",
         start},
        {"state.start-after-stop", "A stopped container does not come back", ids, w, Stage::stopped, start,
         "RP-STATE", "", command_line("container.remove", of_container())},
        {"state.stats-after-remove", "A removed container is gone", order, w, Stage::removed, stats,
         "RP-STATE", "", command_line("overlay.unmount", R"({"target":"/run/c0"})")},
        {"state.create-after-remove", "A removed container's id is not used again", ids, w, Stage::removed,
         create, "RP-STATE", "", command_line("overlay.unmount", R"({"target":"/run/c0"})")},
        {"state.overlay-after-remove", "A removed container's id gets no new overlay", ids, w, Stage::removed,
         command_line("overlay.mount", with(overlay_input(), "/target", R"("/run/again")")), "RP-STATE", "",
         command_line("overlay.mount", overlay_input("c1"))},
        {"state.remove-started", "A running container is not removed", order, w, Stage::started,
         command_line("container.remove", of_container()), "RP-STATE", "", stats},
        {"state.unknown-container", "A container that nobody made is unknown", order, w, Stage::started,
         command_line("container.stats", of_container("c9")), "RP-STATE", "", stats},
        {"state.unknown-signal", "A container that nobody made gets no signal", order, w, Stage::started,
         command_line("process.signal", R"({"container":"c9","signal":15})"), "RP-STATE", "",
         command_line("process.signal", R"({"container":"c0","signal":15})")},
        {"sandbox.pidns", "A sandbox with a shared process namespace is refused", sandbox_rule, w,
         Stage::booted, sandbox_with("/pidns_shared", "true"), "RP-VALUE", "/sandbox/pidns_shared", sandbox},
        {"sandbox.hooks", "A sandbox with hooks is refused", sandbox_rule, w, Stage::booted,
         sandbox_with("/hooks", R"(["/evil"])"), "RP-VALUE", "/sandbox/hooks", sandbox},
        {"sandbox.modules", "A sandbox with kernel modules is refused", sandbox_rule, w, Stage::booted,
         sandbox_with("/kernel_modules", R"(["evil.ko"])"), "RP-VALUE", "/sandbox/kernel_modules", sandbox},
        {"pair.too-early", "A container that comes after another is not created before that has started",
         pair, Deployment::pair, Stage::layered,
         command_line("container.create",
                      with(with(create_input(), "/args", R"(["/opt/second"])"), "/devices", "[]")),
         "RP-STATE", "", create},
    };
    for (const char* command : {"sandbox.create", "device.mount_ro", "container.create", "container.stats",
                                "sandbox.destroy", "process.wait"}) {
        std::string id = command, input = of_container();
        for (char& c : id)
            if (c == '.' || c == '_') c = '-';
        if (std::string{command} == "sandbox.create") input = sandbox_input();
        if (std::string{command} == "device.mount_ro") input = layer_input(0);
        if (std::string{command} == "container.create") input = create_input();
        if (std::string{command} == "sandbox.destroy") input = "{}";
        out.push_back({"destroyed." + id,
                       std::string{"After the sandbox was destroyed nothing is permitted: "} + command,
                       after,
                       w,
                       Stage::destroyed,
                       command_line(command, input),
                       "RP-STATE",
                       "",
                       {}});
    }
    struct Id {
        const char *id, *text;
    };
    for (const Id bad : {Id{"dot-dot", "../x"}, Id{"slash", "a/b"}, Id{"empty", ""}, Id{"blank", "a b"},
                         Id{"not-ascii", "\xC3\xA4"}, Id{"dash-first", "-x"}})
        out.push_back({std::string{"id."} + bad.id,
                       std::string{"A container id of other characters is refused: "} +
                           (*bad.text == '\0' ? "no text" : bad.id),
                       names, w, Stage::layers, command_line("overlay.mount", overlay_input(bad.text)),
                       "RP-VALUE", "", command_line("overlay.mount", overlay_input(std::string(64, 'f')))});
    out.push_back({"id.long", "A container id of 256 characters is refused", names, w, Stage::layers,
                   command_line("overlay.mount", overlay_input(std::string(256, 'a'))), "RP-VALUE", "",
                   command_line("overlay.mount", overlay_input(std::string(64, 'f')))});
    return out;
}

}  // namespace assay::conformance::guest_runtime
