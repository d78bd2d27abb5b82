// The agent over time: containers step by step, files, failed effects, nested commands, counters, fragments.
#include <boost/test/unit_test.hpp>

#include "models/runtime/test_runtime.hpp"

namespace assay::runtime {
namespace agent_state_tests {

using nlohmann::json;
using test::Bench;
using test::change;
using test::layer;
using test::one_container;

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

}  // namespace agent_state_tests
}  // namespace assay::runtime
