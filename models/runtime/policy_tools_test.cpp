// explain, generate, diff.
#include "models/runtime/policy_tools.hpp"

#include <boost/test/unit_test.hpp>

#include "models/runtime/test_runtime.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::runtime {
namespace tools_tests {

using nlohmann::json;

json base() { return test::policy_with(test::life(), test::sections({test::container_rule()})); }
Policy parsed(const json& policy) { return *parse_policy(as_bytes(canonical(policy))); }
std::string line(const std::string& command, const json& input) {
    return json{{"command", command}, {"input", input}}.dump();
}
std::vector<std::string> up_to_create() {
    return {line("sandbox.create",
                 {{"pidns_shared", false}, {"hooks", json::array()}, {"kernel_modules", json::array()}}),
            line("device.mount_ro", {{"target", "/l/0"}, {"root_hash", std::string(64, 'a')}}),
            line("device.mount_ro", {{"target", "/l/1"}, {"root_hash", std::string(64, 'b')}}),
            line("overlay.mount", {{"container", "c0"}, {"layers", {"/l/0", "/l/1"}}, {"target", "/c0"}})};
}

BOOST_AUTO_TEST_CASE(an_explanation_names_the_rule_that_decides_and_what_it_found) {
    const std::string policy = canonical(base());
    json request = test::create_request();
    request["uid"] = 0;
    const auto explained =
        explain(as_bytes(policy), up_to_create(), line("container.create", request), {{"gpu", 1}});
    BOOST_REQUIRE(explained);
    BOOST_TEST(explained->decision.at == "/containers/0/user");
    BOOST_TEST(explained->checks.size() > 12U);
    std::size_t failed = 0;
    for (const Check& check : explained->checks)
        if (!check.held) ++failed;
    BOOST_TEST(failed == 1U);
    const std::string text = explained->text();
    BOOST_TEST(text.find("fails  /containers/0/user: expected 1000:1000 {}, found 0:1000 {}") !=
               std::string::npos);
    const auto allowed = explain(as_bytes(policy), up_to_create(),
                                 line("container.create", test::create_request()), {{"gpu", 1}});
    BOOST_REQUIRE(allowed);
    BOOST_TEST(allowed->decision.allowed());
}

BOOST_AUTO_TEST_CASE(the_least_policy_admits_its_deployment_and_denies_the_rest) {
    const json manifest = {{"name", "test"}, {"svn", 1}, {"containers", {test::container_rule()}}};
    const auto bytes = generate_policy(as_bytes(manifest.dump()));
    BOOST_REQUIRE(bytes);
    const Policy policy = *parse_policy(as_bytes(*bytes));
    std::size_t permitted = 0;
    for (const Disposition d : policy.commands)
        if (d != Disposition::deny) ++permitted;
    BOOST_TEST(permitted == 10U);
    test::Bench bench{json::parse(*bytes)};
    bench.bring_up();
    BOOST_TEST((bench.agent.admitted("c0")->phase == ContainerPhase::started));
    BOOST_TEST(bench.verdict("process.signal", {{"container", "c0"}, {"signal", 15}}) == "RP-DENY");
}

BOOST_AUTO_TEST_CASE(the_published_policy_is_the_least_one_for_its_deployment) {
    const auto path = shared_data("vectors/runtime-policy/own/inference-worker.policy.json");
    if (!path) {
        std::puts("skipped: shared data vectors/runtime-policy/own");
        return;
    }
    const Bytes published = *read_file(*path, 1 << 20);
    const json policy = json::parse(published);
    json manifest;
    for (const char* member : {"name", "svn", "containers", "network", "scratch"})
        manifest[member] = policy.at(member);
    manifest["also_allow"] = {"container.stats", "host.oom_event", "process.wait"};
    const auto bytes = generate_policy(as_bytes(manifest.dump()));
    BOOST_REQUIRE(bytes);
    BOOST_TEST(*bytes == std::string{as_text(published)});
}

BOOST_AUTO_TEST_CASE(a_manifest_is_read_as_strictly_as_a_policy) {
    const json good = {{"name", "test"}, {"svn", 1}, {"containers", {test::container_rule()}}};
    const auto refused = [&](auto change) {
        json bad = good;
        change(bad);
        return !generate_policy(as_bytes(bad.dump()));
    };
    BOOST_TEST(!refused([](json&) {}));
    BOOST_TEST(refused([](json& m) { m["containers"] = json::array(); }));
    BOOST_TEST(refused([](json& m) { m.erase("containers"); }));
    BOOST_TEST(refused([](json& m) { m["containers"][0].erase("user"); }));
    BOOST_TEST(refused([](json& m) { m["also_allow"] = {"process.exec"}; }));
    BOOST_TEST(refused([](json& m) { m["also_allow"] = {"policy.set"}; }));
    BOOST_TEST(refused([](json& m) { m["also_allow"] = {"no.such"}; }));
    BOOST_TEST(refused([](json& m) { m["commands"] = json::object(); }));
}

using Direction = PolicyChange::Direction;

std::string diff_of(const std::function<void(json&)>& change) {
    json after = base();
    change(after);
    std::string out;
    for (const PolicyChange& each : diff_policies(parsed(base()), parsed(after))) {
        constexpr std::array<const char*, 3> names{"+", "-", "~"};
        out += std::string{out.empty() ? "" : " "} + names.at(static_cast<std::size_t>(each.direction)) +
               each.at;
    }
    return out;
}

BOOST_AUTO_TEST_CASE(a_difference_says_whether_it_newly_allows_something) {
    const json none = json::array();
    BOOST_TEST(diff_of([](json&) {}) == "");
    BOOST_TEST(diff_of([](json& p) { p["commands"]["host.metrics"] = "allow"; }) ==
               "+/commands/host.metrics");
    BOOST_TEST(diff_of([](json& p) { p["commands"]["process.wait"] = "deny"; }) == "-/commands/process.wait");
    BOOST_TEST(diff_of([](json& p) { p["svn"] = 0; }) == "~/svn");
    BOOST_TEST(diff_of([](json& p) { p["svn"] = 2; }) == "");
    BOOST_TEST(diff_of([](json& p) { p["containers"].push_back(test::container_rule("b")); }) ==
               "+/containers/1");
    BOOST_TEST(diff_of([](json& p) { p["containers"][0]["id"] = "b"; }) == "+/containers/0 -/containers/0");
    BOOST_TEST(diff_of([](json& p) { p["containers"][0]["signals"] = {15}; }) == "+/containers/0/signals");
    BOOST_TEST(diff_of([](json& p) { p["containers"][0]["user"]["uid"] = 0; }) == "~/containers/0/user");
    BOOST_TEST(diff_of([](json& p) { p["containers"][0]["stdio"] = true; }) == "+/containers/0/stdio");
    BOOST_TEST(diff_of([](json& p) { p["containers"][0]["max_instances"] = 0; }) ==
               "-/containers/0/max_instances");
    BOOST_TEST(diff_of([](json& p) {
                   p["containers"][0]["env"] = {{{"match", "exact"}, {"value", "A=1"}, {"required", false}}};
               }) == "+/containers/0/env");
    BOOST_TEST(diff_of([](json& p) { p["containers"][0]["capabilities"]["bounding"] = {"CAP_KILL"}; }) ==
               "~/containers/0/capabilities/bounding");
    BOOST_TEST(diff_of([](json& p) {
                   p["containers"][0]["exec"] = {{{"command", {"/x"}}, {"signals", json::array()}}};
               }) == "+/containers/0/exec/0");
    BOOST_TEST(diff_of([](json& p) { p["sandbox"]["hooks"] = true; }) == "+/sandbox/hooks");
    BOOST_TEST(diff_of([](json& p) { p["containers"][0]["layers"] = {std::string(64, 'c')}; }) ==
               "~/containers/0/layers");
}

BOOST_AUTO_TEST_CASE(whatever_a_new_policy_admits_and_the_old_did_not_is_in_the_difference) {
    // One change of each member of the container: a request that only the new policy admits exists, so the
    // difference must say so.
    const std::vector<std::pair<std::string, json>> changes{
        {"command", {"/bin/other"}},
        {"working_dir", "/tmp"},
        {"no_new_privileges", false},
        {"privileged", true},
        {"root_readonly", false},
        {"devices", json::array()},
        {"seccomp_sha256", std::string(64, '1')},
        {"mounts",
         {{{"destination", "/t"}, {"type", "tmpfs"}, {"source", "tmpfs"}, {"options", json::array()}}}}};
    for (const auto& [member, value] : changes) {
        json after = base();
        after["containers"][0][member] = value;
        const auto found = diff_policies(parsed(base()), parsed(after));
        BOOST_TEST(found.size() == 1U);
        BOOST_TEST(std::ranges::any_of(found, &PolicyChange::newly_allows));
        json request = test::create_request();
        request[member == "command" ? "args" : member] = value;
        for (const bool is_new : {false, true}) {
            const auto explained = explain(as_bytes(canonical(is_new ? after : base())), up_to_create(),
                                           line("container.create", request), {{"gpu", 1}});
            BOOST_TEST(explained->decision.allowed() == is_new);
        }
    }
}

}  // namespace tools_tests
}  // namespace assay::runtime
