// Recorded command streams of hcsshim against the policies of its samples, imported.
#include "models/runtime/hcsshim.hpp"

#include <boost/test/unit_test.hpp>

#include "models/runtime/test_runtime.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::runtime {
namespace hcsshim_tests {

using nlohmann::json;

std::optional<json> shared(const std::string& name) {
    const auto path = shared_data("vectors/runtime-policy/hcsshim/" + name);
    if (!path) {
        std::puts("skipped: shared data vectors/runtime-policy/hcsshim");
        return std::nullopt;
    }
    return json::parse(*read_file(*path, 1 << 22));
}

json env_rules(const json& env) {
    json out = json::array();
    for (const json& rule : env)
        out.push_back({{"pattern", rule.at("value")},
                       {"strategy", rule.at("match") == "regex" ? "re2" : "string"},
                       {"required", rule.at("required")}});
    return out;
}
/// The sample's data under the names that hcsshim gives them.
json containers_of(const json& sample) {
    json out = json::array();
    for (const json& given : sample) {
        json one = {{"id", given.at("id")},
                    {"command", given.at("command")},
                    {"env_rules", env_rules(given.at("env"))},
                    {"layers", given.at("layers")},
                    {"working_dir", given.at("working_dir")},
                    {"mounts", given.at("mounts")},
                    {"exec_processes", given.at("exec")},
                    {"signals", given.at("signals")},
                    {"capabilities", given.at("capabilities")},
                    {"seccomp_profile_sha256", given.at("seccomp_sha256")},
                    {"allow_elevated", given.at("privileged")},
                    {"allow_stdio_access", given.at("stdio")},
                    {"no_new_privileges", given.at("no_new_privileges")}};
        one["user"] = {{"user_idname", {{"pattern", ""}, {"strategy", given.at("user")}}},
                       {"group_idnames", json::array({{{"pattern", ""}, {"strategy", given.at("user")}}})},
                       {"umask", given.at("umask")}};
        out.push_back(one);
    }
    return out;
}
json policy_of(const json& sample) {
    json out = {{"containers", containers_of(sample.at("containers"))}};
    out["external_processes"] = json::array();
    for (const json& given : sample.at("external_processes"))
        out["external_processes"].push_back({{"command", given.at("command")},
                                             {"env_rules", env_rules(given.at("env"))},
                                             {"working_dir", given.at("working_dir")},
                                             {"allow_stdio_access", given.at("stdio")}});
    out["fragments"] = sample.at("fragments");
    for (json& fragment : out["fragments"])
        fragment["minimum_svn"] = std::to_string(fragment.at("minimum_svn").get<int>());
    const json& flags = sample.at("flags");
    out["allow_properties_access"] = flags.at("properties_access");
    out["allow_dump_stacks"] = flags.at("dump_stacks");
    out["allow_runtime_logging"] = flags.at("runtime_logging");
    out["allow_environment_variable_dropping"] = flags.at("env_dropping");
    out["allow_capability_dropping"] = flags.at("capability_dropping");
    out["allow_unencrypted_scratch"] = flags.at("unencrypted_scratch");
    return out;
}

const HcsshimChoices in_the_open{};
HcsshimChoices choices() {
    HcsshimChoices out;
    out.max_instances = 64;
    out.drop_nothing = true;
    return out;
}

/// Knows one fragment by the name of its file.
struct OneFragment final : FragmentDesk {
    std::string file, statement;
    std::optional<Bytes> open(std::string_view, ByteView envelope) override {
        if (as_text(envelope) != file) return std::nullopt;
        const auto bytes = as_bytes(statement);
        return Bytes{bytes.begin(), bytes.end()};
    }
};

BOOST_AUTO_TEST_CASE(the_recorded_stream_of_94_commands_gets_the_published_verdicts) {
    const auto sample = shared("simple_framework.policy.json");
    const auto stream = shared("simple_framework.commands.json");
    const auto expected = shared("simple_framework.expected.json");
    if (!sample || !stream || !expected) return;
    const auto imported = import_hcsshim(as_bytes(policy_of(sample->at("policy")).dump()), choices());
    BOOST_REQUIRE(imported);
    BOOST_TEST(imported->not_expressed.size() > 4U);
    test::Bench bench{json::parse(imported->policy)};
    const json& fragment = sample->at("fragment");
    OneFragment desk;
    desk.file = stream->at(0).at("input").at("local_path").get<std::string>();
    desk.statement =
        *import_hcsshim_fragment(as_bytes(json{{"issuer", fragment.at("issuer")},
                                               {"feed", fragment.at("feed")},
                                               {"svn", fragment.at("svn")},
                                               {"containers", containers_of(fragment.at("containers"))}}
                                              .dump()),
                                 choices());
    bench.agent.use(desk);
    bench.send("sandbox.create",
               {{"pidns_shared", false}, {"hooks", json::array()}, {"kernel_modules", json::array()}});

    std::size_t denied = 0;
    for (std::size_t i = 0; i < stream->size(); ++i) BOOST_TEST_CONTEXT("command " << i) {
            const auto lines = translate_hcsshim(as_bytes(stream->at(i).dump()));
            BOOST_REQUIRE(lines);
            bool allowed = true;
            for (const std::string& line : *lines)
                allowed = allowed && bench.agent.decide(as_bytes(line)).allowed();
            BOOST_TEST(allowed == (expected->at("verdicts").at(i).at("verdict") == "allow"));
            if (!allowed) ++denied;
        }
    BOOST_TEST(stream->size() == 94U);
    BOOST_TEST(denied == 5U);
}

BOOST_AUTO_TEST_CASE(a_policy_that_drops_is_refused_unless_it_is_made_stricter) {
    const auto sample = shared("simple_framework.policy.json");
    if (!sample) return;
    const auto refused = import_hcsshim(as_bytes(policy_of(sample->at("policy")).dump()), in_the_open);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().at == "/allow_capability_dropping");
    json plain = policy_of(sample->at("policy"));
    plain["allow_unencrypted_scratch"] = true;
    BOOST_TEST(!import_hcsshim(as_bytes(plain.dump()), choices()));
    plain = policy_of(sample->at("policy"));
    plain["containers"][0]["env_rules"][0]["strategy"] = "glob";
    BOOST_TEST(!import_hcsshim(as_bytes(plain.dump()), choices()));
    plain = policy_of(sample->at("policy"));
    plain["allow_everything"] = true;
    BOOST_TEST(!import_hcsshim(as_bytes(plain.dump()), choices()));
}

BOOST_AUTO_TEST_CASE(the_stream_with_a_start_order_is_allowed_as_it_is_and_in_no_other_order) {
    const auto sample = shared("simple_custom.policy.json");
    const auto stream = shared("simple_custom.commands.json");
    if (!sample || !stream) return;
    // This policy compares layers, command and order only; what it leaves open is taken from the stream.
    json containers = json::array();
    for (const json& given : sample->at("policy").at("containers")) {
        json rule = test::container_rule(given.at("id").get<std::string>());
        rule["layers"] =
            sample->at("policy").at("overlays").at(given.at("overlay").get<std::string>()).at("layers");
        rule["command"] = given.at("command");
        rule["start_after"] = given.at("start_after");
        for (const json& command : *stream) {
            if (command.at("name") != "create_container" ||
                command.at("input").at("argList") != given.at("command"))
                continue;
            const auto lines = translate_hcsshim(as_bytes(command.dump()));
            const json input = json::parse(lines->front()).at("input");
            rule["env"] = json::array();
            for (const json& variable : input.at("env"))
                rule["env"].push_back({{"match", "exact"}, {"value", variable}, {"required", true}});
            for (const char* member :
                 {"working_dir", "capabilities", "mounts", "devices", "no_new_privileges", "root_readonly"})
                rule[member] = input.at(member);
            rule["user"] = {{"uid", 0}, {"gid", 0}, {"groups", json::array()}};
        }
        containers.push_back(rule);
    }
    auto said = test::life();
    said["fragment.load"] = "rule";
    json sections = test::sections(containers);
    sections["fragments"] = {{{"issuer", "did:web:contoso.github.io"},
                              {"feed", "contoso.azurecr.io/custom"},
                              {"minimum_svn", 0},
                              {"includes", {"containers"}}}};
    OneFragment desk;
    desk.file = "custom.rego";
    desk.statement = json{
        {"issuer", "did:web:contoso.github.io"},
        {"feed", "contoso.azurecr.io/custom"},
        {"svn", 0},
        {"containers",
         json::array()}}.dump();
    const auto play = [&](const std::vector<std::size_t>& left_out) {
        test::Bench bench{test::policy_with(said, sections)};
        bench.agent.use(desk);
        bench.send("sandbox.create",
                   {{"pidns_shared", false}, {"hooks", json::array()}, {"kernel_modules", json::array()}});
        std::size_t denied = 0;
        for (std::size_t i = 0; i < stream->size(); ++i) {
            if (std::ranges::find(left_out, i) != left_out.end()) continue;
            const auto lines = translate_hcsshim(as_bytes(stream->at(i).dump()));
            bool allowed = lines.has_value();
            if (lines)
                for (const std::string& line : *lines)
                    allowed = allowed && bench.agent.decide(as_bytes(line)).allowed();
            if (!allowed) ++denied;
        }
        return denied;
    };
    BOOST_TEST(play({}) == 0U);
    BOOST_TEST(play({3}) == 2U);  // without the first container neither of those that come after it
}

BOOST_AUTO_TEST_CASE(a_command_without_counterpart_is_not_translated) {
    BOOST_TEST(!translate_hcsshim(as_bytes(R"({"name":"mount_cims","input":{}})")));
    BOOST_TEST(!translate_hcsshim(
        as_bytes(R"({"name":"shutdown_container","input":{"containerID":"c","force":true}})")));
    BOOST_TEST(!translate_hcsshim(as_bytes(R"({"name":"shutdown_container","input":{}})")));
    BOOST_TEST(!translate_hcsshim(as_bytes("[]")));
}

}  // namespace hcsshim_tests
}  // namespace assay::runtime
