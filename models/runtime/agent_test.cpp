// The agent against a hostile control plane: what it refuses, what it counts, and that nothing has changed.
#include <boost/test/unit_test.hpp>

#include "models/runtime/test_runtime.hpp"

namespace assay::runtime {
namespace agent_tests {

using nlohmann::json;
using test::Bench;

json one_container(json rule = test::container_rule()) {
    return test::policy_with(test::life(), test::sections({std::move(rule)}));
}
json change(json base, const std::string& at, json value) {
    base[json::json_pointer{at}] = std::move(value);
    return base;
}
constexpr auto layer = [](char c) {
    return std::string(64, c);
};

BOOST_AUTO_TEST_CASE(without_a_policy_nothing_runs_and_nothing_is_even_parsed) {
    NoEffects effects;
    Agent agent{effects};
    for (const Command& row : commands()) {
        const auto decision =
            agent.decide(as_bytes(json{{"command", row.name}, {"input", json::object()}}.dump()));
        BOOST_TEST(name(decision.code) == "RP-POLICY");
        BOOST_TEST(decision.reason == "E_POLICY_NOT_LOADED");
    }
    BOOST_TEST(name(agent.decide(as_bytes("[")).code) == "RP-POLICY");
}

BOOST_AUTO_TEST_CASE(a_policy_that_was_not_measured_is_not_bound) {
    NoEffects effects;
    Agent agent{effects};
    const std::string bytes = canonical(one_container());
    const auto bound = agent.bind(as_bytes(bytes), Bytes(32));
    BOOST_REQUIRE(!bound);
    BOOST_TEST(bound.error().reason == "E_POLICY_DIGEST");
    BOOST_TEST(!agent.bound());
    const Bytes digest = crypto::digest(crypto::Hash::sha256, {as_bytes(bytes)});
    BOOST_TEST(!agent.bind(as_bytes(bytes + " "), digest));
    BOOST_TEST(bool{agent.bind(as_bytes(bytes), digest)});
}

BOOST_AUTO_TEST_CASE(a_second_policy_is_refused_and_the_first_stays) {
    Bench bench{one_container()};
    const std::string looser = canonical(test::policy_with({{"host.metrics", "allow"}}));
    const auto bound =
        bench.agent.bind(as_bytes(looser), crypto::digest(crypto::Hash::sha256, {as_bytes(looser)}));
    BOOST_REQUIRE(!bound);
    BOOST_TEST(bound.error().reason == "E_POLICY_ALREADY_SET");
    BOOST_TEST(bench.verdict("policy.set", {{"policy", looser}}) == "RP-DENY");
    BOOST_TEST(bench.verdict("host.metrics") == "RP-DENY");
}

BOOST_AUTO_TEST_CASE(a_command_that_no_policy_can_permit_stays_denied) {
    for (const char* command : {"policy.set", "trustlist.load", "device.mount_block", "device.unmount_block"})
        for (const char* said : {"allow", "rule"}) {
            const auto parsed = parse_policy(as_bytes(canonical(test::policy_with({{command, said}}))));
            BOOST_TEST(!parsed);
        }
}

BOOST_AUTO_TEST_CASE(each_denied_command_is_denied_counted_and_without_effect) {
    Bench bench{one_container()};
    bench.bring_up();
    for (const Command& row : commands()) {
        if (bench.agent.policy().commands[*find_command(row.name)] != Disposition::deny) continue;
        const Bytes before = bench.agent.state_digest();
        const auto decision = bench.send(std::string{row.name}, {{"container", "c0"}});
        BOOST_TEST(name(decision.code) == "RP-DENY");
        BOOST_TEST(decision.at == "/commands/" + std::string{row.name});
        BOOST_TEST(decision.reason == row.denied);
        BOOST_TEST((bench.agent.state_digest() == before));
        BOOST_TEST(bench.agent.counters().at({row.name, Code::deny}) == 1U);
    }
}

/// One change of the request that the policy admits, and where it must fail.
struct Attempt {
    const char* at;
    json value;
    std::string place;
    std::string_view reason;
};

BOOST_AUTO_TEST_CASE(every_attribute_of_a_container_counts) {
    const json mount = {{"destination", "/x"}, {"type", "bind"}, {"source", "/"}, {"options", {"rw"}}};
    const std::vector<Attempt> attempts{
        {"/args", {"/bin/worker", "--debug"}, "command", "E_POLICY_MISMATCH"},
        {"/args", json::array(), "command", "E_POLICY_MISMATCH"},
        {"/env", {"LD_PRELOAD=/x.so"}, "env", "E_POLICY_ENV"},
        {"/env", {"NOVALUE"}, "env", "E_POLICY_ENV"},
        {"/working_dir", "/tmp", "working_dir", "E_POLICY_MISMATCH"},
        {"/uid", 0, "user", "E_POLICY_MISMATCH"},
        {"/gid", 0, "user", "E_POLICY_MISMATCH"},
        {"/groups", {0}, "user", "E_POLICY_MISMATCH"},
        {"/no_new_privileges", false, "no_new_privileges", "E_POLICY_CAPS"},
        {"/privileged", true, "privileged", "E_POLICY_CAPS"},
        {"/capabilities/bounding", {"CAP_SYS_ADMIN"}, "capabilities/bounding", "E_POLICY_CAPS"},
        {"/capabilities/ambient", {"CAP_NET_RAW"}, "capabilities/ambient", "E_POLICY_CAPS"},
        {"/mounts", {mount}, "mounts", "E_POLICY_MOUNT"},
        {"/devices", json::array(), "devices", "E_POLICY_MISMATCH"},
        {"/devices", {{{"kind", "gpu"}}, {{"kind", "gpu"}}}, "devices", "E_POLICY_MISMATCH"},
        {"/devices", {{{"kind", "gpu"}, {"path", "/dev/mem"}}}, "devices", "E_POLICY_MISMATCH"},
        {"/seccomp_sha256", std::string(64, '0'), "seccomp_sha256", "E_POLICY_MISMATCH"},
        {"/root_readonly", false, "root_readonly", "E_POLICY_MOUNT"},
        {"/terminal", true, "stdio", "E_DENIED_LOG"},
    };
    Bench bench{one_container()};
    bench.bring_up();
    for (const Attempt& attempt : attempts) BOOST_TEST_CONTEXT(attempt.at) {
            Bench fresh{one_container()};
            fresh.send(
                "sandbox.create",
                {{"pidns_shared", false}, {"hooks", json::array()}, {"kernel_modules", json::array()}});
            fresh.send("device.mount_ro", {{"target", "/l/0"}, {"root_hash", layer('a')}});
            fresh.send("device.mount_ro", {{"target", "/l/1"}, {"root_hash", layer('b')}});
            fresh.send("overlay.mount",
                       {{"container", "c0"}, {"layers", {"/l/0", "/l/1"}}, {"target", "/c0"}});
            const Bytes before = fresh.agent.state_digest();
            const auto decision =
                fresh.send("container.create", change(test::create_request(), attempt.at, attempt.value));
            BOOST_TEST(name(decision.code) == "RP-VALUE");
            BOOST_TEST(decision.at == "/containers/0/" + attempt.place);
            BOOST_TEST(decision.reason == attempt.reason);
            BOOST_TEST((fresh.agent.state_digest() == before));
            BOOST_TEST(fresh.verdict("container.create", test::create_request()) == "allow");
        }
}

BOOST_AUTO_TEST_CASE(each_member_of_a_request_must_be_there_and_no_other) {
    Bench bench{one_container()};
    bench.bring_up(false);
    const json request = test::create_request();
    for (const auto& [member, value] : request.items()) {
        json without = request, null = request;
        without.erase(member);
        null[member] = nullptr;
        BOOST_TEST(bench.verdict("container.create", without) == "RP-MALFORMED");
        BOOST_TEST(bench.verdict("container.create", null) == "RP-MALFORMED");
    }
    json more = request;
    more["annotations"] = json::object();
    BOOST_TEST(bench.verdict("container.create", more) == "RP-MALFORMED");
    BOOST_TEST(bench.verdict("container.start", {{"container", 0}}) == "RP-MALFORMED");
}

BOOST_AUTO_TEST_CASE(a_line_has_one_command_and_one_input_and_limits) {
    Bench bench{one_container()};
    const auto verdict = [&](const std::string& line) {
        return std::string{name(bench.agent.decide(as_bytes(line)).code)};
    };
    BOOST_TEST(verdict("") == "RP-MALFORMED");
    BOOST_TEST(verdict("{}") == "RP-MALFORMED");
    BOOST_TEST(verdict(R"({"command":"host.metrics"})") == "RP-MALFORMED");
    BOOST_TEST(verdict(R"({"command":"host.metrics","input":{},"also":1})") == "RP-MALFORMED");
    BOOST_TEST(verdict(R"({"command":"host.metrics","command":"process.wait","input":{}})") ==
               "RP-MALFORMED");
    BOOST_TEST(verdict(R"([{"command":"host.metrics","input":{}}])") == "RP-MALFORMED");
    BOOST_TEST(verdict(R"({"command":"host.metrics","input":{}} {})") == "RP-MALFORMED");
    BOOST_TEST(verdict(R"({"command":"Host.metrics","input":{}})") == "RP-UNKNOWN");
    BOOST_TEST(verdict(std::string(10'000, '[')) == "RP-LIMIT");
    BOOST_TEST(verdict(std::string(16 << 20, ' ')) == "RP-LIMIT");
    std::string fits = R"({"command":"host.metrics","input":{}})";
    fits.resize(Agent::max_command_size, ' ');
    BOOST_TEST(verdict(fits) == "RP-DENY");
    fits.push_back(' ');
    BOOST_TEST(verdict(fits) == "RP-LIMIT");
    const auto nested = [](int depth) {
        return R"({"command":"host.metrics","input":{"a":)" +
               std::string(static_cast<std::size_t>(depth), '[') +
               std::string(static_cast<std::size_t>(depth), ']') + "}}";
    };
    BOOST_TEST(verdict(nested(14)) == "RP-DENY");
    BOOST_TEST(verdict(nested(15)) == "RP-LIMIT");
}

BOOST_AUTO_TEST_CASE(an_answer_has_one_length_and_no_word_of_the_input) {
    Bench bench{one_container()};
    bench.bring_up(false);
    const std::string canary = "CANARY-4711";
    json request = test::create_request();
    request["args"] = {canary};
    for (const auto& [command, input] : std::vector<std::pair<std::string, json>>{
             {"container.create", request},
             {canary, {{"container", canary}}},
             {"process.exec", {{"container", canary}}},
             {"container.start", {{"container", canary}}},
             {"device.mount_ro", {{"target", "/" + canary}, {"root_hash", canary}}},
             {"container.start", {{canary, canary}}}}) {
        const Bytes answered =
            bench.agent.execute(as_bytes(json{{"command", command}, {"input", input}}.dump()));
        BOOST_TEST(answered.size() == answer_size);
        BOOST_TEST((as_text(answered).find(canary) == std::string_view::npos));
        const json parsed = json::parse(answered);
        BOOST_TEST(parsed.at("verdict").get<std::string>() == "deny");
    }
    for (const Decision& denial : bench.agent.recent_denials())
        BOOST_TEST((as_text(answer(denial)).find(canary) == std::string_view::npos));
}

BOOST_AUTO_TEST_CASE(only_an_attested_gpu_is_given_and_only_to_one_container) {
    json rule = test::container_rule();
    rule["max_instances"] = 2;
    NoEffects effects;
    Agent agent{effects};
    const std::string bytes = canonical(one_container(rule));
    BOOST_REQUIRE(agent.bind(as_bytes(bytes), crypto::digest(crypto::Hash::sha256, {as_bytes(bytes)})));
    const auto send = [&](const std::string& command, const json& input) {
        return agent.decide(as_bytes(json{{"command", command}, {"input", input}}.dump()));
    };
    send("sandbox.create",
         {{"pidns_shared", false}, {"hooks", json::array()}, {"kernel_modules", json::array()}});
    send("device.mount_ro", {{"target", "/l/0"}, {"root_hash", layer('a')}});
    send("device.mount_ro", {{"target", "/l/1"}, {"root_hash", layer('b')}});
    for (const char* id : {"c0", "c1"})
        send("overlay.mount",
             {{"container", id}, {"layers", {"/l/0", "/l/1"}}, {"target", std::string{"/"} + id}});
    const auto early = send("container.create", test::create_request("c0"));
    BOOST_TEST(name(early.code) == "RP-STATE");
    BOOST_TEST(early.reason == "E_DEVICE_NOT_ATTESTED");
    agent.device_attested("gpu");
    BOOST_TEST(send("container.create", test::create_request("c0")).allowed());
    BOOST_TEST(name(send("container.create", test::create_request("c1")).code) == "RP-STATE");
    agent.device_attested("gpu");
    BOOST_TEST(send("container.create", test::create_request("c1")).allowed());
}

BOOST_AUTO_TEST_CASE(an_id_is_never_used_again) {
    Bench bench{one_container()};
    bench.bring_up();
    for (const char* command : {"container.shutdown", "container.remove"})
        BOOST_TEST(bench.verdict(command, {{"container", "c0"}}) == "allow");
    BOOST_TEST(bench.verdict("overlay.unmount", {{"target", "/c0/rootfs"}}) == "allow");
    const json overlay = {{"container", "c0"}, {"layers", {"/l/0", "/l/1"}}, {"target", "/c0/rootfs"}};
    BOOST_TEST(bench.verdict("overlay.mount", overlay) == "RP-STATE");
    json other = overlay;
    other["container"] = "c1";
    BOOST_TEST(bench.verdict("overlay.mount", other) == "allow");
    BOOST_TEST(bench.verdict("container.create", test::create_request("c1")) == "allow");
}

BOOST_AUTO_TEST_CASE(what_is_in_use_is_not_unmounted) {
    Bench bench{one_container()};
    bench.bring_up();
    const auto layer_gone = bench.send("device.unmount_ro", {{"target", "/l/0"}});
    BOOST_TEST(layer_gone.reason == "E_MOUNT_IN_USE");
    BOOST_TEST(bench.send("overlay.unmount", {{"target", "/c0/rootfs"}}).reason == "E_MOUNT_IN_USE");
    BOOST_TEST(bench.verdict("device.unmount_ro", {{"target", "/c0/rootfs"}}) == "RP-STATE");
}

BOOST_AUTO_TEST_CASE(bad_ids_and_paths_are_refused_before_anything_is_made_of_them) {
    Bench bench{one_container()};
    bench.bring_up(false);
    for (const std::string& id :
         {std::string{"../x"}, std::string{"a/b"}, std::string{}, std::string(256, 'a')}) {
        json request = test::create_request(id);
        BOOST_TEST(bench.send("container.create", request).reason == "E_BAD_ID");
    }
    for (const char* target : {"/a/../b", "relative", "//x", ""})
        BOOST_TEST(bench.send("device.mount_ro", {{"target", target}, {"root_hash", layer('a')}}).reason ==
                   "E_PATH_ESCAPE");
}

BOOST_AUTO_TEST_CASE(several_containers_are_told_apart_step_by_step) {
    json a = test::container_rule("a"), b = test::container_rule("b"), pause = test::container_rule("pause");
    a["command"] = {"/bin/a"};
    b["command"] = {"/bin/b"};
    b["start_after"] = {"a"};
    pause["layers"] = {layer('c')};
    const auto policy = test::policy_with(test::life(), test::sections({a, b, pause}));
    Bench bench{policy};
    bench.agent.device_attested("gpu");
    bench.bring_up(false);  // the request is neither a's nor b's
    BOOST_TEST(bench.agent.state().containers.at("c0").matches.size() == 2U);
    const auto neither = bench.send("container.create", test::create_request());
    BOOST_TEST(name(neither.code) == "RP-VALUE");
    BOOST_TEST(neither.at == "");  // they fail at different places
    json request = test::create_request();
    request["args"] = {"/bin/b"};
    BOOST_TEST(bench.verdict("container.create", request) == "RP-STATE");  // b starts after a
    request["args"] = {"/bin/a"};
    BOOST_TEST(bench.verdict("container.create", request) == "allow");
    BOOST_TEST(bench.verdict("container.start", {{"container", "c0"}}) == "allow");
    BOOST_TEST(bench.agent.admitted("c0")->rule == "a");
    BOOST_TEST(bench.verdict("overlay.mount",
                             {{"container", "c1"}, {"layers", {"/l/0", "/l/1"}}, {"target", "/c1"}}) ==
               "allow");
    request["id"] = "c1";
    request["args"] = {"/bin/b"};
    BOOST_TEST(bench.verdict("container.create", request) == "allow");
}

BOOST_AUTO_TEST_CASE(exec_runs_listed_commands_alone) {
    json rule = test::container_rule();
    rule["exec"] = {{{"command", {"/bin/probe"}}, {"signals", {9}}}};
    auto said = test::life();
    said["process.exec"] = "rule";
    said["process.signal"] = "rule";
    Bench bench{test::policy_with(said, test::sections({rule}))};
    bench.bring_up();
    const json probe = {
        {"container", "c0"}, {"args", {"/bin/probe"}}, {"env", json::array()}, {"working_dir", "/"}};
    BOOST_TEST(bench.verdict("process.exec", probe) == "allow");
    BOOST_TEST(bench.send("process.exec", change(probe, "/args", {"/bin/sh"})).at == "/containers/0/exec");
    BOOST_TEST(bench.send("process.exec", change(probe, "/args", {"/bin/probe", "x"})).reason ==
               "E_DENIED_EXEC");
    BOOST_TEST(bench.verdict("process.exec", change(probe, "/env", {"A=1"})) == "RP-VALUE");
    BOOST_TEST(bench.verdict("process.exec", change(probe, "/working_dir", "/tmp")) == "RP-VALUE");
    BOOST_TEST(bench.verdict("process.exec", change(probe, "/container", "c9")) == "RP-STATE");
    BOOST_TEST(bench.verdict("process.signal", {{"container", "c0"}, {"signal", 9}}) == "RP-VALUE");
    BOOST_TEST(bench.verdict("process.signal",
                             {{"container", "c0"}, {"signal", 9}, {"args", {"/bin/probe"}}}) == "allow");
}

BOOST_AUTO_TEST_CASE(files_are_copied_where_the_policy_says_and_never_through_a_link) {
    const auto policy = test::policy_with(
        {{"sandbox.create", "rule"}, {"file.copy_in", "rule"}},
        {{"files",
          {{"copy_in", {{{"path_regex", "/run/shared/[a-z.]+(/.*)?"}, {"types", {"regular", "symlink"}}}}}}},
         {"sandbox", {{"pidns_shared", false}, {"hooks", false}, {"kernel_modules", json::array()}}}});
    Bench bench{policy};
    bench.bring_up();
    const auto copy = [&](const std::string& path, const std::string& type = "regular") {
        return bench.verdict("file.copy_in", {{"path", path}, {"type", type}});
    };
    const auto link = [&](const std::string& path, const std::string& to) {
        return bench.verdict("file.copy_in", {{"path", path}, {"type", "symlink"}, {"link_target", to}});
    };
    BOOST_TEST(copy("/run/shared/a..b") == "allow");
    BOOST_TEST(copy("/run/shared/../x") == "RP-VALUE");
    BOOST_TEST(copy("/x/run/shared/a") == "RP-VALUE");
    BOOST_TEST(copy("/run/shared/a", "directory") == "RP-VALUE");
    BOOST_TEST(copy("/run/shared/a", "device") == "RP-VALUE");
    BOOST_TEST(link("/run/shared/l", "/etc") == "RP-VALUE");
    BOOST_TEST(link("/run/shared/l", "../../etc") == "RP-VALUE");
    BOOST_TEST(link("/run/shared/l", "sub/file") == "allow");
    BOOST_TEST(copy("/run/shared/l") == "RP-VALUE");
    BOOST_TEST(copy("/run/shared/l/passwd") == "RP-VALUE");
    BOOST_TEST(copy("/run/shared/lx") == "allow");
}

BOOST_AUTO_TEST_CASE(after_destroy_nothing_is_permitted) {
    Bench bench{one_container()};
    bench.bring_up();
    BOOST_TEST(bench.verdict("sandbox.destroy") == "allow");
    const Bytes before = bench.agent.state_digest();
    for (const Command& row : commands())
        BOOST_TEST(bench.verdict(std::string{row.name}, {{"container", "c0"}}) != "allow");
    BOOST_TEST((bench.agent.state_digest() == before));
}

/// Fails on demand, and tries to slip a command in between.
struct Treacherous final : Effects {
    Agent* agent = nullptr;
    bool fails = false;
    std::vector<std::string> heard;
    Code inner = Code::allow;
    bool perform(const Effect& effect) override {
        heard.emplace_back(effect.command);
        if (agent != nullptr)
            inner =
                agent->decide(as_bytes(R"({"command":"container.start","input":{"container":"c0"}})")).code;
        return !fails;
    }
};

BOOST_AUTO_TEST_CASE(a_failed_effect_leaves_the_state_as_it_was) {
    Treacherous effects;
    Bench bench{one_container(), effects};
    bench.bring_up(false);
    effects.fails = true;
    const Bytes before = bench.agent.state_digest();
    BOOST_TEST(bench.verdict("container.start", {{"container", "c0"}}) == "RP-EFFECT");
    BOOST_TEST((bench.agent.state_digest() == before));
    effects.fails = false;
    BOOST_TEST(bench.verdict("container.start", {{"container", "c0"}}) == "allow");
}

BOOST_AUTO_TEST_CASE(a_command_during_another_is_refused_as_busy) {
    Treacherous effects;
    Bench bench{one_container(), effects};
    bench.bring_up(false);
    effects.agent = &bench.agent;
    BOOST_TEST(bench.verdict("container.start", {{"container", "c0"}}) == "allow");
    BOOST_TEST(name(effects.inner) == "RP-BUSY");
    effects.agent = nullptr;
    BOOST_TEST(bench.verdict("process.wait", {{"container", "c0"}}) == "allow");
}

BOOST_AUTO_TEST_CASE(a_denied_command_has_no_effect_outside_either) {
    Treacherous effects;
    Bench bench{one_container(), effects};
    bench.bring_up();
    const auto heard = effects.heard.size();
    bench.send("process.exec", {{"container", "c0"}});
    bench.send("container.start", {{"container", "c0"}});
    bench.send("container.fly");
    BOOST_TEST(effects.heard.size() == heard);
}

BOOST_AUTO_TEST_CASE(the_ring_keeps_256_denials_and_the_counters_keep_all) {
    Bench bench{test::policy_with({{"host.diagnostics", "allow"}})};
    for (int i = 0; i < 300; ++i) bench.send("host.metrics");
    BOOST_TEST(bench.agent.recent_denials().size() == 256U);
    BOOST_TEST(bench.agent.denials() == 300U);
    const auto decision = bench.send("host.diagnostics");
    BOOST_REQUIRE(decision.allowed());
    const json shown = json::parse(answer(decision));
    BOOST_TEST(shown.at("result").at("denials").size() == 256U);
    BOOST_TEST(shown.at("result").at("denials").back().at("seq") == 300);
    bench.agent.power_on_reset();
    BOOST_TEST(bench.agent.denials() == 0U);
    BOOST_TEST(!bench.agent.bound());
}

/// Opens envelopes of the form issuer + ":" + statement.
struct NameIsKey final : FragmentDesk {
    std::optional<Bytes> open(std::string_view issuer, ByteView envelope) override {
        const std::string prefix = std::string{issuer} + ":";
        if (!as_text(envelope).starts_with(prefix)) return std::nullopt;
        const auto rest = envelope.subspan(prefix.size());
        return Bytes{rest.begin(), rest.end()};
    }
};

BOOST_AUTO_TEST_CASE(a_fragment_needs_its_issuer_feed_signature_and_version) {
    auto said = test::life();
    said["fragment.load"] = "rule";
    json sections = test::sections(json::array());
    sections["fragments"] = {
        {{"issuer", "did:x"}, {"feed", "infra"}, {"minimum_svn", 2}, {"includes", {"containers"}}}};
    Bench bench{test::policy_with(said, sections)};
    bench.send("sandbox.create",
               {{"pidns_shared", false}, {"hooks", json::array()}, {"kernel_modules", json::array()}});
    const auto load = [&](const std::string& issuer, const std::string& feed, const json& statement,
                          const std::string& signer) {
        return bench.send("fragment.load",
                          {{"issuer", issuer},
                           {"feed", feed},
                           {"envelope", to_base64(as_bytes(signer + ":" + statement.dump()))}});
    };
    const auto statement = [](int svn) {
        return json{
            {"issuer", "did:x"}, {"feed", "infra"}, {"svn", svn}, {"containers", {test::container_rule()}}};
    };
    BOOST_TEST(load("did:x", "infra", statement(2), "did:x").reason ==
               "E_FRAGMENT_ISSUER");  // nobody to check it
    NameIsKey desk;
    bench.agent.use(desk);
    BOOST_TEST(load("did:y", "infra", statement(2), "did:y").reason == "E_FRAGMENT_ISSUER");
    BOOST_TEST(load("did:x", "other", statement(2), "did:x").reason == "E_FRAGMENT_ISSUER");
    BOOST_TEST(load("did:x", "infra", statement(2), "did:y").reason == "E_FRAGMENT_ISSUER");
    BOOST_TEST(load("did:x", "infra", statement(1), "did:x").reason == "E_FRAGMENT_SVN");
    BOOST_TEST(bench.verdict("device.mount_ro", {{"target", "/l/0"}, {"root_hash", layer('a')}}) ==
               "RP-VALUE");
    BOOST_TEST(load("did:x", "infra", statement(2), "did:x").allowed());
    BOOST_TEST(bench.verdict("device.mount_ro", {{"target", "/l/0"}, {"root_hash", layer('a')}}) == "allow");
    BOOST_TEST(name(load("did:x", "infra", statement(3), "did:x").code) == "RP-STATE");
    BOOST_TEST(load("did:x", "infra", statement(1), "did:x").reason == "E_FRAGMENT_SVN");
}

}  // namespace agent_tests
}  // namespace assay::runtime
