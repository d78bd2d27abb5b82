// What a denial tells the host, and stories of several commands.
#include <fmt/format.h>

#include "conformance/suites/runtime/row.hpp"

namespace assay::conformance::guest_runtime {
namespace answer_table {

constexpr std::string_view canary = "CANARY-4711";

void worker_at(Trial& trial, Stage stage) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::worker));
    guest.bring_to(stage);
}
void prepare_layered(Trial& trial) { worker_at(trial, Stage::layered); }
void prepare_started(Trial& trial) { worker_at(trial, Stage::started); }

std::string create_with(const std::string& pointer, const std::string& value) {
    return command_line("container.create", with(create_input(), pointer, value));
}
std::string quoted_canary() { return '"' + std::string{canary} + '"'; }

void no_echo(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::worker));
    guest.bring_to(Stage::layered);
    const std::string word{canary};
    for (const std::string& line :
         {create_with("/args/0", quoted_canary()), create_with("/env/1", '"' + word + "=1\""),
          create_with("/working_dir", "\"/" + word + '"'), create_with("/mounts/0/source", quoted_canary()),
          create_with("/seccomp_sha256", quoted_canary()), create_with("/" + word, "1"),
          create_with("/id", quoted_canary()), command_line(word, "{}"),
          command_line("container.start", of_container(word)),
          command_line("device.mount_ro", with(layer_input(2), "/target", "\"/" + word + '"')), word}) {
        const GuestAnswer answer = guest.send(line);
        trial.expect(answer.verdict == "deny", "command-allowed",
                     "A request that is not the policy's is denied", "it is allowed");
        trial.expect(answer.raw.find(canary) == std::string::npos, "input-echoed",
                     "No word of the input is in the answer", "the answer repeats it");
    }
    guest.expect_allowed(command_line("container.create", create_input()));
}

void one_size(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::worker));
    guest.bring_to(Stage::layered);
    std::size_t size = 0;
    for (const std::string& line :
         {create_with("/args/0", R"("/bin/sh")"), create_with("/capabilities/inheritable", R"(["CAP_KILL"])"),
          create_with("/uid", "0"), create_with("/env/1", R"("THREADS=8x")"), create_with("/mounts", "[]"),
          create_with("/args/3", '"' + std::string(1000, 'x') + '"')}) {
        const GuestAnswer answer = guest.send(line);
        trial.expect(answer.code == "RP-VALUE", "wrong-code", "The denial's code is RP-VALUE",
                     "it is " + answer.code);
        if (size == 0) size = answer.raw.size();
        trial.expect(answer.raw.size() == size, "size-differs",
                     "All denials of a command by its rules have one length",
                     fmt::format("{} and {} bytes", size, answer.raw.size()));
    }
    guest.expect_allowed(command_line("container.create", create_input()));
}

void unknown_name_is_not_named(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::worker));
    guest.bring_to(Stage::started);
    const GuestAnswer unknown = guest.send(command_line("container.migrate", of_container()));
    trial.expect(unknown.code == "RP-UNKNOWN" && unknown.command.empty() && unknown.at.empty(),
                 "input-echoed", "An answer to an unknown command names no command",
                 "it names " + unknown.command);
    const GuestAnswer known = guest.send(command_line("host.metrics", "{}"));
    trial.expect(known.code == "RP-DENY" && known.command == "host.metrics", "command-not-named",
                 "An answer to a known command names it", "it names " + known.command);
    guest.expect_allowed(command_line("container.stats", of_container()));
}

void numbered(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::worker));
    std::uint64_t last = 0;
    for (const std::string& line :
         {command_line("sandbox.create", sandbox_input()), command_line("host.metrics", "{}"),
          std::string{"nothing"}, command_line("device.mount_ro", layer_input(0)),
          command_line("no.such", "{}")}) {
        const GuestAnswer answer = guest.send(line);
        trial.expect(answer.seq == last + 1, "not-in-sequence",
                     "Every answer has the next number, denied or allowed",
                     fmt::format("{} comes after {}", answer.seq, last));
        last = answer.seq;
    }
    guest.expect_denied(command_line("host.metrics", "{}"), "RP-DENY", {});
}

void failed_effect(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::worker));
    guest.bring_to(Stage::layered);
    (void)trial.need(guest.port().fail_next_effect(), "an effect that will fail");
    guest.expect_denied(command_line("container.create", create_input()), "RP-EFFECT", "");
    guest.expect_allowed(command_line("container.create", create_input()));
    guest.expect_allowed(command_line("container.start", of_container()));
}

void unattested_gpu(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::worker), 0);
    guest.bring_to(Stage::layered);
    guest.expect_denied(command_line("container.create", create_input()), "RP-STATE", "");
    guest.boot(policy_text(Deployment::worker), 1);
    guest.bring_to(Stage::created);
}

void one_instance(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::worker), 2);
    guest.bring_to(Stage::started);
    guest.expect_allowed(command_line("overlay.mount", overlay_input("c1")));
    guest.expect_denied(command_line("container.create", create_input("c1")), "RP-STATE", "");
    guest.expect_allowed(command_line("container.shutdown", of_container()));
    guest.expect_denied(command_line("container.create", create_input("c1")), "RP-STATE", "");
    guest.expect_allowed(command_line("container.remove", of_container()));
    guest.expect_allowed(command_line("container.create", create_input("c1")));
}

void layer_replaced_under_overlay(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::worker));
    guest.bring_to(Stage::started);
    guest.expect_denied(command_line("device.unmount_ro", R"({"target":"/layers/0"})"), "RP-STATE", "");
    guest.expect_denied(command_line("device.mount_ro", with(layer_input(1), "/target", R"("/layers/0")")),
                        "RP-STATE", "");
    for (const char* command : {"container.shutdown", "container.remove"})
        guest.expect_allowed(command_line(command, of_container()));
    guest.expect_allowed(command_line("overlay.unmount", R"({"target":"/run/c0"})"));
    guest.expect_allowed(command_line("device.unmount_ro", R"({"target":"/layers/0"})"));
}

void nothing_through_a_link(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::tools));
    guest.bring_to(Stage::started);
    guest.expect_allowed(
        command_line("file.copy_in", R"({"path":"/run/in/l","type":"symlink","link_target":"inside"})"));
    guest.expect_denied(command_line("file.copy_in", R"({"path":"/run/in/l/passwd","type":"regular"})"),
                        "RP-VALUE", "/files/copy_in/0");
    guest.expect_denied(command_line("file.copy_in", R"({"path":"/run/in/l","type":"regular"})"), "RP-VALUE",
                        "/files/copy_in/0");
    guest.expect_allowed(command_line("file.copy_in", R"({"path":"/run/in/m/passwd","type":"regular"})"));
}

void slow_pattern(Trial& trial) {
    // What backtracks takes longer than the world will last; the case's time limit ends it.
    const std::string policy =
        with(policy_text(Deployment::worker), "/containers/0/env/1/value", R"("A=(a|a)*(a|a)*(a+)+b")");
    Guest guest{trial};
    guest.boot(policy);
    guest.bring_to(Stage::sandbox);
    for (const int layer : {0, 1}) guest.expect_allowed(command_line("device.mount_ro", layer_input(layer)));
    guest.expect_allowed(command_line("overlay.mount", overlay_input()));
    guest.expect_denied(create_with("/env/1", "\"A=" + std::string(4000, 'a') + '"'), "RP-VALUE",
                        "/containers/0/env");
    guest.expect_allowed(create_with("/env/1", "\"A=" + std::string(4000, 'a') + "b\""));
}

void twins_are_not_told_apart(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::pair));
    guest.bring_to(Stage::layered);
    // Neither container: they fail at different places, and none is named.
    guest.expect_denied(create_with("/args", R"(["/opt/third"])"), "RP-VALUE", "");
    guest.expect_allowed(command_line("container.create", create_input()));
    guest.expect_allowed(command_line("container.start", of_container()));
    guest.expect_allowed(command_line("overlay.mount", overlay_input("c1")));
    guest.expect_allowed(command_line(
        "container.create", with(with(create_input("c1"), "/args", R"(["/opt/second"])"), "/devices", "[]")));
}

}  // namespace answer_table

std::vector<Case> answer_cases() {
    namespace t = answer_table;
    std::vector<Case> out;
    const auto add = [&](const char* id, const char* title, std::vector<std::string> requirements,
                         void (*prepare)(Trial&), void (*run)(Trial&)) {
        out.push_back(
            {std::string{"runtime."} + id, title, std::move(requirements), {}, {"story"}, prepare, run});
    };
    add("answer.no-echo", "No answer repeats a word of the input", {"RTP-DENY-001"}, t::prepare_layered,
        t::no_echo);
    add("answer.one-size", "Denials by the rules of one command have one length", {"RTP-DENY-003"},
        t::prepare_layered, t::one_size);
    add("answer.unknown-name", "An unknown command is not named in the answer", {"RTP-DENY-001"},
        t::prepare_started, t::unknown_name_is_not_named);
    add("answer.numbered", "Answers are numbered without gaps", {"RTP-DENY-002"}, {}, t::numbered);
    add("answer.twins", "A denial names no rule where several containers might be meant", {"RTP-DENY-002"},
        t::prepare_layered, t::twins_are_not_told_apart);
    add("effect.fails", "A command whose effect fails leaves the state as it was", {"RTP-STATE-001"},
        t::prepare_layered, t::failed_effect);
    add("gpu.unattested", "A container gets no GPU whose evidence was not accepted", {"RTP-GPU-001"},
        t::prepare_layered, t::unattested_gpu);
    add("gpu.one-instance", "A container exists as often as the policy says", {"RTP-STATE-008"},
        t::prepare_started, t::one_instance);
    add("layer.replaced", "A layer is not replaced under a running container", {"RTP-STATE-004"},
        t::prepare_started, t::layer_replaced_under_overlay);
    add("file.through-link", "Nothing is written through a link that was copied in", {"RTP-FILE-001"}, {},
        t::nothing_through_a_link);
    add("pattern.slow", "A pattern that backtracking engines never finish is matched in time", {"RTP-RE-002"},
        t::prepare_layered, t::slow_pattern);
    return out;
}

}  // namespace assay::conformance::guest_runtime
