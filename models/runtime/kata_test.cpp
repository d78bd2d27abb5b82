// Published request cases of Kata against policies made from their allowed requests.
#include "models/runtime/kata.hpp"

#include <boost/test/unit_test.hpp>

#include "models/runtime/test_runtime.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::runtime {
namespace kata_tests {

using nlohmann::json;

json cases(const std::string& folder) {
    const auto path = shared_data("vectors/runtime-policy/kata/" + folder + "/testcases.json");
    if (path) return json::parse(*read_file(*path, 1 << 22));
    std::puts("skipped: shared data vectors/runtime-policy/kata");
    return json::array();
}

bool allowed(KataTranslator& translator, Agent& agent, const json& one) {
    const auto lines =
        translator.translate(one.at("kind").get<std::string>(), as_bytes(one.at("request").dump()));
    if (!lines) return false;
    for (const std::string& line : *lines)
        if (!agent.decide(as_bytes(line)).allowed()) return false;
    return true;
}

BOOST_AUTO_TEST_CASE(sandboxes_get_the_published_verdicts) {
    for (const json& one : cases("createsandbox")) {
        test::Bench bench{test::policy_with(test::life(), test::sections({test::container_rule()}))};
        KataTranslator translator;
        BOOST_TEST(allowed(translator, bench.agent, one) == one.at("allowed").get<bool>(),
                   one.at("description"));
    }
}

BOOST_AUTO_TEST_CASE(interfaces_get_the_published_verdicts) {
    const auto policy = test::policy_with(
        {{"sandbox.create", "rule"}, {"net.interface_update", "rule"}},
        {{"sandbox", {{"pidns_shared", false}, {"hooks", false}, {"kernel_modules", json::array()}}},
         {"network",
          {{"allowed_interface_flags", 128},
           {"forbidden_devices", {"lo"}},
           {"forbidden_names", {"lo"}},
           {"forbidden_sources", {"127.0.0.0/8"}}}}});
    for (const json& one : cases("updateinterface")) {
        test::Bench bench{policy};
        bench.bring_up();
        KataTranslator translator;
        BOOST_TEST(allowed(translator, bench.agent, one) == one.at("allowed").get<bool>(),
                   one.at("description"));
    }
}

/// A container rule that admits exactly this translated request, with variables that Kata's settings always
/// allow.
json rule_from(const std::string& create_line, const std::string& id, const std::string& probe) {
    const json input = json::parse(create_line).at("input");
    json rule = test::container_rule(id);
    rule["command"] = input.at("args");
    rule["env"] = {{{"match", "regex"}, {"value", "HOSTNAME=[a-z0-9-]+"}, {"required", false}}};
    for (const json& variable : input.at("env"))
        rule["env"].push_back({{"match", "exact"}, {"value", variable}, {"required", false}});
    for (const char* member : {"working_dir", "capabilities", "mounts", "no_new_privileges", "root_readonly"})
        rule[member] = input.at(member);
    rule["user"] = {{"uid", input.at("uid")}, {"gid", input.at("gid")}, {"groups", input.at("groups")}};
    rule["devices"] = json::array();
    rule["exec"] = {{{"command", json::array({probe})}, {"signals", json::array()}}};
    return rule;
}

BOOST_AUTO_TEST_CASE(exec_gets_the_published_verdicts_in_order_on_one_state) {
    const json all = cases("state/execprocess");
    if (all.empty()) return;
    KataTranslator translator;
    json rules = json::array();
    std::vector<std::string> ids;
    for (const json& one : all) {
        if (one.at("kind") != "CreateContainerRequest") continue;
        const auto lines = translator.translate("CreateContainerRequest", as_bytes(one.at("request").dump()));
        BOOST_REQUIRE(lines);
        ids.push_back(one.at("request").at("container_id").get<std::string>());
        const std::string number = std::to_string(ids.size());
        json rule = rule_from(lines->front(), "container-" + number, "test" + number);
        rule["layers"] = {std::string(64, static_cast<char>('a' + ids.size()))};  // an image each
        rules.push_back(rule);
    }
    BOOST_REQUIRE(ids.size() == 2U);
    auto said = test::life();
    said["process.exec"] = "rule";
    test::Bench bench{test::policy_with(said, test::sections(rules))};
    bench.send("sandbox.create",
               {{"pidns_shared", false}, {"hooks", json::array()}, {"kernel_modules", json::array()}});
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const std::string at = "/l/" + std::to_string(i);
        bench.send("device.mount_ro",
                   {{"target", at}, {"root_hash", std::string(64, static_cast<char>('b' + i))}});
        BOOST_TEST(bench.verdict("overlay.mount", {{"container", ids[i]},
                                                   {"layers", json::array({at})},
                                                   {"target", "/run/" + ids[i]}}) == "allow");
    }
    std::size_t denied = 0;
    for (const json& one : all) {
        const bool yes = allowed(translator, bench.agent, one);
        BOOST_TEST(yes == one.at("allowed").get<bool>(), one.at("description"));
        if (!yes) ++denied;
    }
    BOOST_TEST(all.size() == 18U);
    BOOST_TEST(denied == 14U);
}

BOOST_AUTO_TEST_CASE(what_has_no_counterpart_is_refused_and_not_left_out) {
    const json all = cases("state/execprocess");
    if (all.empty()) return;
    const json good = all.at(0).at("request");
    const auto translated = [](const json& request) {
        KataTranslator translator;
        return translator.translate("CreateContainerRequest", as_bytes(request.dump())).has_value();
    };
    BOOST_TEST(translated(good));
    const auto refused = [&](const std::string& at, json value) {
        json bad = good;
        bad[json::json_pointer{at}] = std::move(value);
        return !translated(bad);
    };
    BOOST_TEST(refused("/OCI/Hooks", {{"Prestart", json::array({"/x"})}}));
    BOOST_TEST(refused("/OCI/Linux/Seccomp", {{"DefaultAction", "allow"}}));
    BOOST_TEST(refused("/OCI/Linux/Sysctl", {{"kernel.core_pattern", "|/x"}}));
    BOOST_TEST(refused("/OCI/Linux/Devices", json::array({{{"Path", "/dev/mem"}}})));
    BOOST_TEST(refused("/OCI/Linux/MaskedPaths", json::array()));
    BOOST_TEST(refused("/OCI/Linux/ReadonlyPaths", json::array()));
    BOOST_TEST(refused("/OCI/Linux/Namespaces/0/Path", "/proc/1/ns/ipc"));
    BOOST_TEST(refused("/OCI/Annotations/evil", "yes"));
    BOOST_TEST(refused("/OCI/Process/SelinuxLabel", "spc_t"));
    BOOST_TEST(refused("/OCI/Process/Rlimits", json::array({1})));
    BOOST_TEST(refused("/storages", json::array({{{"driver", "image_guest_pull"}}})));
    BOOST_TEST(refused("/shared_mounts", json::array({1})));
    BOOST_TEST(refused("/string_user", {{"uid", "0"}}));
    BOOST_TEST(refused("/OCI/Process/User", nullptr));
    KataTranslator translator;
    BOOST_TEST(!translator.translate("SetPolicyRequest", as_bytes("{}")));
    BOOST_TEST(!translator.translate("ExecProcessRequest", as_bytes("[]")));
}

}  // namespace kata_tests
}  // namespace assay::runtime
