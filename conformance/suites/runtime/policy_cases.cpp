// Which policies a guest binds, and what it does without one.
#include <fmt/format.h>

#include "conformance/suites/runtime/row.hpp"

namespace assay::conformance::guest_runtime {
namespace policy_table {

BootAnswer try_boot(Trial& trial, const std::string& policy, const Bytes& digest) {
    const ByteView bytes = as_bytes(policy);
    return trial.need(trial.port<CommandPort>().boot({{bytes.begin(), bytes.end()}, digest, 1}), "a boot");
}

/// The valid policy is bound: without that, a refusal would prove nothing.
void valid_is_bound(Trial& trial) {
    Guest guest{trial};
    guest.boot(policy_text(Deployment::worker));
    guest.expect_allowed(command_line("sandbox.create", sandbox_input()));
}

void refused(Trial& trial, const std::string& policy, const Bytes& digest) {
    const BootAnswer answer = try_boot(trial, policy, digest);
    trial.expect(!answer.bound, "invalid-policy-bound", "The policy is refused", "it is bound");
    trial.expect(!answer.reason.empty(), "no-reason", "A refused policy has a reason", "there is none");
    Guest guest{trial};
    guest.expect_denied(command_line("sandbox.create", sandbox_input()), "RP-POLICY", "");
    valid_is_bound(trial);
}

/// A policy that is measured as it is, and is no valid policy.
struct Bad {
    const char* id;
    const char* title;
    const char* requirement;
    std::string (*make)();
};
std::string good() { return policy_text(Deployment::worker); }
std::string replaced(const char* from, const char* to) {
    std::string text = good();
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::logic_error(std::string{"the policy has no "} + from);
    return text.replace(at, std::string_view{from}.size(), to);
}

const std::array bad_policies{
    Bad{"trailing-newline", "A policy with a line break behind it is refused", "RTP-PARSE-001",
        [] {
            return good() + "\n";
        }},
    Bad{"leading-blank", "A policy with a blank before it is refused", "RTP-PARSE-001",
        [] {
            return " " + good();
        }},
    Bad{"blank-inside", "A policy with a blank in it is refused", "RTP-PARSE-001",
        [] {
            return replaced("\"svn\":7", "\"svn\": 7");
        }},
    Bad{"mark", "A policy with a byte order mark is refused", "RTP-PARSE-001",
        [] {
            return "\xEF\xBB\xBF" + good();
        }},
    Bad{"escape", "A policy with a needless escape is refused", "RTP-PARSE-001",
        [] {
            return replaced("\"suite\"", "\"suit\\u0065\"");
        }},
    Bad{"member-order", "A policy whose members are in another order is refused", "RTP-PARSE-001",
        [] {
            std::string text = good();
            const auto at = text.rfind(",\"svn\":7");
            text.erase(at, 8);
            return text.insert(1, "\"svn\":7,");
        }},
    Bad{"exponent", "A number written with an exponent is refused", "RTP-PARSE-001",
        [] {
            return replaced("\"svn\":7", "\"svn\":7e0");
        }},
    Bad{"twice", "A policy with a member twice is refused", "RTP-PARSE-002",
        [] {
            return replaced("\"svn\":7", "\"svn\":7,\"svn\":7");
        }},
    Bad{"unknown-member", "A policy with an unknown member is refused", "RTP-PARSE-002",
        [] {
            return with(good(), "/allow_all", "true");
        }},
    Bad{"bypass-switch", "There is no switch that turns denials into permissions", "RTP-DBG-001",
        [] {
            return with(good(), "/commands/AllowRequestsFailingPolicy", R"("allow")");
        }},
    Bad{"container-member", "A container with an unknown member is refused", "RTP-PARSE-002",
        [] {
            return with(good(), "/containers/0/hooks", "[]");
        }},
    Bad{"null", "A policy with null in it is refused", "RTP-PARSE-002",
        [] {
            return with(good(), "/containers/0/seccomp_sha256", "null");
        }},
    Bad{"format", "A policy of another format is refused", "RTP-PARSE-002",
        [] {
            return with(good(), "/format", R"("assay-runtime-policy/2")");
        }},
    Bad{"table", "A policy for another command table is refused", "RTP-VER-001",
        [] {
            return with(good(), "/command_table", "0");
        }},
    Bad{"no-table", "A policy without a command table is refused", "RTP-VER-001",
        [] {
            return with(good(), "/command_table", "");
        }},
    Bad{"negative-version", "A negative security version is refused", "RTP-PARSE-002",
        [] {
            return with(good(), "/svn", "-1");
        }},
    Bad{"disposition", "A command that is neither denied, allowed nor ruled makes a policy invalid",
        "RTP-PARSE-002",
        [] {
            return with(good(), "/commands/host.metrics", R"("audit")");
        }},
    Bad{"unused-section", "A section that no command reads makes a policy invalid", "RTP-PARSE-002",
        [] {
            return with(good(), "/shares", "[]");
        }},
    Bad{"missing-section", "A rule command without its section makes a policy invalid", "RTP-PARSE-002",
        [] {
            return with(good(), "/network", "");
        }},
    Bad{"missing-attribute", "A container without one of its attributes makes a policy invalid",
        "RTP-VER-001",
        [] {
            return with(good(), "/containers/0/no_new_privileges", "");
        }},
    Bad{"policy-set", "No policy can permit its own replacement", "RTP-BIND-002",
        [] {
            return with(good(), "/commands/policy.set", R"("allow")");
        }},
    Bad{"free-create", "No policy can permit containers without a rule", "RTP-DBG-001",
        [] {
            return with(good(), "/commands/container.create", R"("allow")");
        }},
    Bad{"free-exec", "No policy can permit exec without a rule", "RTP-DBG-001",
        [] {
            return with(good(), "/commands/process.exec", R"("allow")");
        }},
    Bad{"pattern", "A pattern that looks ahead is refused", "RTP-RE-002",
        [] {
            return with(good(), "/containers/0/env/1/value", R"("(?=A)A=1")");
        }},
    Bad{"pattern-back", "A pattern that refers back is refused", "RTP-RE-002",
        [] {
            return with(good(), "/containers/0/env/1/value", R"("(A)=\\1")");
        }},
    Bad{"pattern-open", "A pattern that closes the group around it is refused", "RTP-RE-001",
        [] {
            return with(good(), "/containers/0/env/1/value", R"("A=1)|(.*")");
        }},
    Bad{"pattern-long", "A pattern of 4097 bytes is refused", "RTP-RE-002",
        [] {
            std::string quoted(1 + 4097 + 1, 'a');
            quoted.front() = quoted.back() = '"';
            return with(good(), "/containers/0/env/1/value", quoted);
        }},
    Bad{"path", "A path that is not normalised makes a policy invalid", "RTP-LAYER-003",
        [] {
            return with(good(), "/containers/0/working_dir", R"("/srv/../")");
        }},
    Bad{"set", "A set with an element twice makes a policy invalid", "RTP-PARSE-002",
        [] {
            return with(good(), "/containers/0/signals", "[15,15]");
        }},
    Bad{"digest", "A root hash that is none makes a policy invalid", "RTP-LAYER-001",
        [] {
            return with(good(), "/containers/0/layers/0", R"("*")");
        }},
    Bad{"same-id", "Two containers of one id make a policy invalid", "RTP-PARSE-002",
        [] {
            return with(policy_text(Deployment::pair), "/containers/1/id", R"("worker")");
        }},
    Bad{"empty", "An empty policy is refused", "RTP-BIND-004",
        [] {
            return std::string{};
        }},
    Bad{"empty-object", "An object without members is no policy", "RTP-BIND-004",
        [] {
            return std::string{"{}"};
        }},
};

void other_digest(Trial& trial) {
    Bytes digest = measured(good());
    digest[31] ^= 1;
    refused(trial, good(), digest);
}
void other_bytes(Trial& trial) {
    // Valid in itself, and not what was measured.
    refused(trial, with(good(), "/commands/host.metrics", R"("allow")"), measured(good()));
}
void no_digest(Trial& trial) { refused(trial, good(), Bytes{}); }
void prefix_digest(Trial& trial) {
    Bytes digest = measured(good());
    digest.resize(8);
    refused(trial, good(), digest);
}

void every_command_is_named(Trial& trial) {
    for (const std::string_view command : command_names()) {
        const std::string policy = with(good(), "/commands/" + std::string{command}, "");
        const BootAnswer answer = try_boot(trial, policy, measured(policy));
        trial.expect(!answer.bound, "unnamed-command",
                     fmt::format("A policy that does not name {} is refused", command), "it is bound");
    }
    valid_is_bound(trial);
}

void without_policy_all_is_denied(Trial& trial) {
    (void)try_boot(trial, "", Bytes(32));
    Guest guest{trial};
    for (const std::string_view command : command_names())
        guest.expect_denied(command_line(std::string{command}, of_container()), "RP-POLICY", "");
    guest.expect_denied("not a command", "RP-POLICY", "");
    valid_is_bound(trial);
}

void second_policy_is_refused(Trial& trial) {
    Guest guest{trial};
    guest.boot(good());
    guest.bring_to(Stage::started);
    const std::string looser = with(good(), "/commands/host.metrics", R"("allow")");
    const Bytes state = trial.need(guest.port().state_digest(), "the state before");
    const ByteView bytes = as_bytes(looser);
    const auto answer = trial.need(
        guest.port().offer_policy({{bytes.begin(), bytes.end()}, measured(looser), 1}), "a second policy");
    trial.expect(!answer.bound, "policy-replaced", "A second policy in one boot is refused", "it is bound");
    trial.expect(trial.need(guest.port().state_digest(), "the state after") == state, "state-changed",
                 "A refused policy changes nothing", "the state digest is another");
    guest.expect_denied(command_line("host.metrics", "{}"), "RP-DENY", "/commands/host.metrics");
    guest.expect_allowed(command_line("container.stats", of_container()));
}

void same_policy_again_is_refused(Trial& trial) {
    Guest guest{trial};
    guest.boot(good());
    guest.bring_to(Stage::started);
    const std::string policy = good();
    const ByteView bytes = as_bytes(policy);
    const auto answer = trial.need(
        guest.port().offer_policy({{bytes.begin(), bytes.end()}, measured(policy), 1}), "the policy again");
    trial.expect(!answer.bound, "policy-replaced", "The same policy a second time is refused too",
                 "it is bound");
    guest.expect_allowed(command_line("container.stats", of_container()));
}

}  // namespace policy_table

std::vector<Case> policy_cases() {
    namespace t = policy_table;
    std::vector<Case> out;
    for (const t::Bad& bad : t::bad_policies)
        out.push_back({std::string{"runtime.policy."} + bad.id,
                       bad.title,
                       {bad.requirement},
                       {},
                       {"policy"},
                       t::valid_is_bound,
                       [&bad](Trial& trial) {
                           const std::string policy = bad.make();
                           t::refused(trial, policy, measured(policy));
                       }});
    const auto add = [&](const char* id, const char* title, const char* requirement, void (*run)(Trial&)) {
        out.push_back(
            {std::string{"runtime.bind."} + id, title, {requirement}, {}, {"bind"}, t::valid_is_bound, run});
    };
    add("other-digest", "A policy whose digest differs from the measured one in a bit is refused",
        "RTP-BIND-003", t::other_digest);
    add("other-bytes", "Another valid policy than the measured one is refused", "RTP-BIND-003",
        t::other_bytes);
    add("no-digest", "A policy is refused where nothing was measured", "RTP-BIND-003", t::no_digest);
    add("prefix-digest", "A measured digest that is only the beginning is refused", "RTP-BIND-003",
        t::prefix_digest);
    add("no-policy", "Without a policy every command of the table is denied", "RTP-BIND-004",
        t::without_policy_all_is_denied);
    add("second", "A second, looser policy is refused and the first stays in force", "RTP-BIND-001",
        t::second_policy_is_refused);
    add("again", "A policy is bound once, even the same one", "RTP-BIND-001",
        t::same_policy_again_is_refused);
    add("all-named", "A policy that leaves out any one command is refused", "RTP-VER-001",
        t::every_command_is_named);
    return out;
}

}  // namespace assay::conformance::guest_runtime
