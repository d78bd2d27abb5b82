// The policy format: what it refuses, and what a policy may say about which command.
#include <boost/test/unit_test.hpp>

#include "models/runtime/json.hpp"
#include "models/runtime/step.hpp"
#include "models/runtime/test_runtime.hpp"

namespace assay::runtime {
namespace policy_tests {

using nlohmann::json;

json good() { return test::policy_with(test::life(), test::sections({test::container_rule()})); }

std::string fault_at(const json& policy) {
    const auto parsed = parse_policy(as_bytes(canonical(policy)));
    return parsed ? "valid" : parsed.error().at;
}
std::string fault_after(const std::function<void(json&)>& change) {
    json policy = good();
    change(policy);
    return fault_at(policy);
}

BOOST_AUTO_TEST_CASE(the_table_has_64_commands_in_order) {
    BOOST_TEST(commands().size() == 64U);
    for (const Command& row : commands()) {
        BOOST_TEST(find_command(row.name).has_value());
        BOOST_TEST(!find_command(std::string{row.name} + " ").has_value());
        BOOST_TEST(!row.denied.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_policy_that_names_every_command_is_valid) { BOOST_TEST(fault_at(good()) == "valid"); }

BOOST_AUTO_TEST_CASE(a_policy_that_leaves_out_any_one_command_is_invalid) {
    for (const Command& row : commands()) {
        json policy = good();
        policy["commands"].erase(std::string{row.name});
        BOOST_TEST(fault_at(policy) != "valid");
    }
}

BOOST_AUTO_TEST_CASE(a_policy_that_leaves_out_or_adds_any_member_is_invalid) {
    const json whole = good();
    const auto each_member = [](const json& object, const auto& self, const json::json_pointer& at,
                                std::vector<json::json_pointer>& out) -> void {
        if (object.is_array())
            for (std::size_t i = 0; i < object.size(); ++i) self(object[i], self, at / i, out);
        if (!object.is_object()) return;
        for (const auto& [name, value] : object.items()) {
            out.push_back(at / name);
            self(value, self, at / name, out);
        }
    };
    std::vector<json::json_pointer> members;
    each_member(whole, each_member, json::json_pointer{}, members);
    BOOST_TEST(members.size() > 90U);
    for (const auto& at : members) BOOST_TEST_CONTEXT(at.to_string()) {
            json without = whole;
            without[at.parent_pointer()].erase(at.back());
            BOOST_TEST(fault_at(without) != "valid");
            json null = whole;
            null[at] = nullptr;
            BOOST_TEST(fault_at(null) != "valid");
            json more = whole;
            more[at.parent_pointer()]["surprise"] = 1;
            BOOST_TEST(fault_at(more) != "valid");
        }
}

BOOST_AUTO_TEST_CASE(faults_name_their_place) {
    BOOST_TEST(fault_after([](json& p) { p["format"] = "assay-runtime-policy/2"; }) == "/format");
    BOOST_TEST(fault_after([](json& p) { p["command_table"] = 2; }) == "/command_table");
    BOOST_TEST(fault_after([](json& p) { p["commands"]["policy.set"] = "allow"; }) == "/commands/policy.set");
    BOOST_TEST(fault_after([](json& p) { p["commands"]["container.create"] = "allow"; }) ==
               "/commands/container.create");
    BOOST_TEST(fault_after([](json& p) { p["commands"]["container.stats"] = "rule"; }) ==
               "/commands/container.stats");
    BOOST_TEST(fault_after([](json& p) { p["commands"]["container.stats"] = "yes"; }) ==
               "/commands/container.stats");
    BOOST_TEST(fault_after([](json& p) { p["commands"]["container.clone"] = "deny"; }) == "/commands");
    BOOST_TEST(fault_after([](json& p) { p["svn"] = -1; }) == "/svn");
    BOOST_TEST(fault_after([](json& p) {
                   p["scratch"] = {{"encrypted_only", true}, {"filesystems", {"ext4"}}};
               }) == "/scratch");
    BOOST_TEST(fault_after([](json& p) { p["commands"]["scratch.mount"] = "rule"; }) == "/scratch");
    BOOST_TEST(fault_after([](json& p) { p["containers"][0]["layers"][1] = "AB"; }) ==
               "/containers/0/layers");
    BOOST_TEST(fault_after([](json& p) { p["containers"][0]["working_dir"] = "/a/../b"; }) ==
               "/containers/0/working_dir");
    BOOST_TEST(fault_after([](json& p) {
                   p["containers"][0]["signals"] = {15, 15};
               }) == "/containers/0/signals");
    BOOST_TEST(fault_after([](json& p) { p["containers"].push_back(p["containers"][0]); }) == "/containers");
    BOOST_TEST(fault_after([](json& p) { p["containers"][0]["start_after"] = {"nobody"}; }) == "/containers");
    BOOST_TEST(
        fault_after([](json& p) {
            p["containers"][0]["env"] = {{{"match", "regex"}, {"value", "A=(?=x)"}, {"required", false}}};
        }) == "/containers/0/env/0/value");
    BOOST_TEST(fault_after([](json& p) {
                   p["containers"][0]["env"] = {{{"match", "exact"}, {"value", "A"}, {"required", false}}};
               }) == "/containers/0/env/0/value");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_canonical_are_refused) {
    const std::string bytes = canonical(good());
    BOOST_TEST(bool{parse_policy(as_bytes(bytes))});
    BOOST_TEST(!parse_policy(as_bytes(bytes + "\n")));
    BOOST_TEST(!parse_policy(as_bytes(" " + bytes)));
    BOOST_TEST(!parse_policy(as_bytes("\xEF\xBB\xBF" + bytes)));
    std::string escaped = bytes;
    escaped.replace(escaped.find("\"test\""), 6, "\"t\\u0065st\"");
    BOOST_TEST(!parse_policy(as_bytes(escaped)));
    const auto swapped = good().dump(1);
    BOOST_TEST(!parse_policy(as_bytes(swapped)));
    std::string twice = bytes;
    twice.insert(1, R"("svn":1,)");
    const auto parsed = parse_policy(as_bytes(twice));
    BOOST_REQUIRE(!parsed);
    BOOST_TEST(parsed.error().reason == "E_JSON_DUPLICATE_KEY");
}

BOOST_AUTO_TEST_CASE(any_prefix_and_any_changed_byte_of_a_policy_gets_an_answer) {
    const std::string bytes = canonical(good());
    for (std::size_t length = 0; length < bytes.size(); length += 13)
        BOOST_TEST(!parse_policy(as_bytes(bytes).first(length)));
    std::size_t valid = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 7)
        for (const char c : {'\0', '"', '\\', '9', '\xFF'}) {
            std::string changed = bytes;
            changed[i] = c;
            const auto parsed = parse_policy(as_bytes(changed));
            if (parsed) ++valid;
            if (parsed && changed != bytes)
                BOOST_TEST(to_hex(parsed->digest) != to_hex(parse_policy(as_bytes(bytes))->digest));
        }
    BOOST_TEST(valid < bytes.size());
}

BOOST_AUTO_TEST_CASE(a_pattern_matches_the_whole_text_whatever_its_alternatives) {
    const auto pattern = Pattern::compile("a|b");
    BOOST_REQUIRE(pattern);
    BOOST_TEST(pattern->matches("a"));
    BOOST_TEST(pattern->matches("b"));
    for (const char* text : {"ax", "xb", "ab", "", "a\n", "\nb"}) BOOST_TEST(!pattern->matches(text));
    BOOST_TEST(!Pattern::compile("a)|(b"));
    BOOST_TEST(!Pattern::compile("(a)\\1"));
    BOOST_TEST(!Pattern::compile(std::string(4097, 'a')));
    BOOST_TEST(!Pattern::compile("((a{100}){100}){100}"));
    const auto slow_elsewhere = Pattern::compile("(a+)+b");
    BOOST_REQUIRE(slow_elsewhere);
    BOOST_TEST(!slow_elsewhere->matches(std::string(60'000, 'a')));
}

BOOST_AUTO_TEST_CASE(paths_and_ids_have_one_form) {
    for (const char* path : {"/", "/a", "/a/b.c", "/a..b", "/...", "/%2e%2e"}) BOOST_TEST(normalised(path));
    for (const char* path : {"", "a", "//", "/a/", "/a//b", "/.", "/a/..", "/../a", "/a/./b"})
        BOOST_TEST(!normalised(path));
    BOOST_TEST(!normalised(std::string_view{"/a\0b", 4}));
    BOOST_TEST(well_named(std::string(64, 'f')));
    BOOST_TEST(well_named("c0"));
    for (const char* id : {"", "../x", "a/b", ".a", "-a", "a b", "\xC3\xA4"}) BOOST_TEST(!well_named(id));
    BOOST_TEST(!well_named(std::string(129, 'a')));
}

BOOST_AUTO_TEST_CASE(one_loopback_has_many_spellings) {
    const auto v4 = parse_network("127.0.0.0/8"), v6 = parse_network("::1/128");
    BOOST_REQUIRE((v4 && v6));
    for (const char* text :
         {"127.0.0.1", "127.255.255.255", "::ffff:127.0.0.1", "::FFFF:7f00:1", "::127.0.0.1"}) {
        const auto address = parse_address(text);
        BOOST_REQUIRE(address);
        BOOST_TEST(v4->contains(*address));
    }
    for (const char* text : {"::1", "0:0:0:0:0:0:0:1", "0000::0001"})
        BOOST_TEST(v6->contains(*parse_address(text)));
    for (const char* text : {"128.0.0.1", "10.0.0.5", "::2", "fe80::1"}) {
        BOOST_TEST(!v4->contains(*parse_address(text)));
        BOOST_TEST(!v6->contains(*parse_address(text)));
    }
    for (const char* text :
         {"", "127.1", "0x7f.0.0.1", "127.0.0.01", "2130706433", " 127.0.0.1", "fe80::1%eth0"})
        BOOST_TEST(!parse_address(text));
    for (const char* text : {"127.0.0.1", "127.0.0.1/8", "127.0.0.0/33", "::/129", "::1/127", "127.0.0.0/08"})
        BOOST_TEST(!parse_network(text));
}

}  // namespace policy_tests
}  // namespace assay::runtime
