// The agent against a hostile control plane: what it refuses, what it counts, and that nothing has changed.
#include <boost/test/unit_test.hpp>

#include "models/runtime/test_runtime.hpp"

namespace assay::runtime {
namespace agent_tests {

using nlohmann::json;
using test::Bench;
using test::change;
using test::layer;
using test::one_container;

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

}  // namespace agent_tests
}  // namespace assay::runtime
