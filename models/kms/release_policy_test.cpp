// Release policies: the cases of the key-release sheet, published policies, and every limit of the grammar.
#include "models/kms/release_policy.hpp"

#include <boost/test/unit_test.hpp>

#include "models/kms/authority.hpp"
#include "models/kms/vectors.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

std::string outcome(std::string_view text, PolicyProfile profile, const json& claims) {
    const auto policy = ReleasePolicy::parse(as_bytes(text), profile);
    if (!policy) return "invalid-policy";
    switch (policy->decide(claims).verdict) {
        case PolicyDecision::Verdict::allow: return "allow";
        case PolicyDecision::Verdict::deny_claims: return "deny-claims";
        case PolicyDecision::Verdict::deny_authority: return "deny-authority";
    }
    return "none";
}

json policy_of(json conditions, const char* list = "allOf") {
    return {{"version", "1.0.0"},
            {"anyOf", json::array({{{"authority", "https://as.example"}, {list, std::move(conditions)}}})}};
}

bool is_valid(const json& policy, PolicyProfile profile = PolicyProfile::strict) {
    return static_cast<bool>(ReleasePolicy::parse(as_bytes(policy.dump()), profile));
}

PolicyDecision decided(const json& policy, json claims) {
    claims["iss"] = "https://as.example";
    return ReleasePolicy::parse(as_bytes(policy.dump()), PolicyProfile::strict)->decide(claims);
}

json nested(std::size_t depth) {
    json out{{"claim", "a"}, {"equals", 1}};
    for (std::size_t i = 1; i < depth; ++i) out = {{"allOf", json::array({out})}};
    return policy_of(json::array({out}));
}

BOOST_AUTO_TEST_CASE(all_cases_of_the_sheet_come_out_as_it_says) {
    if (!vectors::present()) return;
    const json document = vectors::document("policy-eval.json");
    std::size_t count = 0;
    for (const json& test : document.at("cases")) {
        const auto profile = policy_profile(test.at("profile").get<std::string>());
        BOOST_TEST_REQUIRE(profile.has_value());
        BOOST_TEST(outcome(test.at("policy_text").get<std::string>(), *profile, test.at("claims")) ==
                       test.at("expect").get<std::string>(),
                   test.at("name"));
        ++count;
    }
    BOOST_TEST(count == 83U);
}

BOOST_AUTO_TEST_CASE(a_published_policy_names_26_authorities_and_allows_the_tokens_of_those_alone) {
    if (!vectors::present()) return;
    const Bytes text = vectors::file("azure/public_SKR_policy-datadisk.json");
    json token = vectors::document("azure/sampleAttestationToken.json");
    const auto policy = ReleasePolicy::parse(text, PolicyProfile::strict);
    BOOST_TEST_REQUIRE(static_cast<bool>(policy));
    BOOST_TEST(!policy->decide(token).authority.has_value());
    for (const char* const issuer :
         {"https://sharedeus.eus.attest.azure.net", "https://sharedscus.scus.attest.azure.net/"}) {
        token["iss"] = issuer;
        BOOST_TEST(policy->decide(token).allowed(), issuer);
    }
    token["x-ms-isolation-tee"]["x-ms-compliance-status"] = "other";
    BOOST_TEST(!policy->decide(token).allowed());
}

BOOST_AUTO_TEST_CASE(claims_of_text_meet_typed_claims_in_the_legacy_profile_alone) {
    if (!vectors::present()) return;
    const json published = vectors::document("azure/sidecar/importkeyconfig.json");
    const std::string text = published.dump();
    BOOST_TEST(text.find("\"false\"") != std::string::npos);
    const json policy = policy_of(json::array({{{"claim", "debug"}, {"equals", "false"}}}));
    const json claims{{"iss", "https://as.example"}, {"debug", false}};
    BOOST_TEST(outcome(policy.dump(), PolicyProfile::strict, claims) == "deny-claims");
    BOOST_TEST(outcome(policy.dump(), PolicyProfile::azure_legacy, claims) == "allow");
}

BOOST_AUTO_TEST_CASE(conditions_nest_16_deep_and_no_deeper) {
    BOOST_TEST(is_valid(nested(16)));
    BOOST_TEST(!is_valid(nested(17)));
    BOOST_TEST(decided(nested(16), {{"a", 1}}).allowed());
}

BOOST_AUTO_TEST_CASE(a_policy_has_256_conditions_and_no_more) {
    json conditions = json::array();
    for (int i = 0; i < 256; ++i) conditions.push_back({{"claim", "a"}, {"equals", i}});
    BOOST_TEST(is_valid(policy_of(conditions)));
    conditions.push_back({{"claim", "a"}, {"equals", 256}});
    BOOST_TEST(!is_valid(policy_of(conditions)));
}

BOOST_AUTO_TEST_CASE(a_policy_has_64_kib_and_no_more) {
    std::string text = policy_of(json::array({{{"claim", "a"}, {"equals", 1}}})).dump();
    text.append(ReleasePolicy::max_bytes - text.size(), ' ');
    BOOST_TEST(static_cast<bool>(ReleasePolicy::parse(as_bytes(text), PolicyProfile::strict)));
    text += ' ';
    BOOST_TEST(!ReleasePolicy::parse(as_bytes(text), PolicyProfile::strict));
}

BOOST_AUTO_TEST_CASE(a_member_that_comes_twice_under_an_escape_is_found) {
    const auto policy =
        ReleasePolicy::parse(as_bytes(R"({"version":"1.0.0","anyOf":[{"authority":"https://as.example",)"
                                      R"("allOf":[{"claim":"b","equals":false,"\u0065quals":true}]}]})"),
                             PolicyProfile::strict);
    BOOST_TEST_REQUIRE(!policy);
    BOOST_TEST(policy.error().reason == "E_JSON_DUPLICATE_KEY");
}

BOOST_AUTO_TEST_CASE(integers_end_where_64_bits_end) {
    const auto with = [](const char* number) {
        return R"({"version":"1.0.0","anyOf":[{"authority":"https://as.example","allOf":[{"claim":"n","equals":)" +
               std::string{number} + "}]}]}";
    };
    const auto valid = [&](const char* number) {
        return static_cast<bool>(ReleasePolicy::parse(as_bytes(with(number)), PolicyProfile::strict));
    };
    BOOST_TEST(valid("9223372036854775807"));
    BOOST_TEST(valid("-9223372036854775808"));
    BOOST_TEST(!valid("9223372036854775808"));
    BOOST_TEST(!valid("-9223372036854775809"));
    BOOST_TEST(!valid("1e3"));
    const json claims = json::parse(R"({"iss":"https://as.example","n":9223372036854775808})");
    BOOST_TEST(outcome(with("-9223372036854775808"), PolicyProfile::strict, claims) == "deny-claims");
}

BOOST_AUTO_TEST_CASE(the_first_condition_that_fails_is_pointed_at) {
    const json policy = policy_of(json::array({
        {{"claim", "a"}, {"equals", 1}},
        {{"anyOf", json::array({{{"claim", "b"}, {"equals", 1}}, {{"claim", "b"}, {"equals", 2}}})}},
        {{"allOf", json::array({{{"claim", "c"}, {"equals", 1}}, {{"claim", "d"}, {"equals", 1}}})}},
    }));
    BOOST_TEST(decided(policy, {{"a", 0}}).pointer == "/anyOf/0/allOf/0");
    BOOST_TEST(decided(policy, {{"a", 1}}).pointer == "/anyOf/0/allOf/1/anyOf");
    BOOST_TEST(decided(policy, {{"a", 1}, {"b", 2}, {"c", 1}}).pointer == "/anyOf/0/allOf/2/allOf/1");
    const PolicyDecision held = decided(policy, {{"a", 1}, {"b", 2}, {"c", 1}, {"d", 1}});
    BOOST_TEST(held.allowed());
    BOOST_TEST(held.pointer.empty());
    BOOST_TEST(held.authority.value() == 0U);
}

BOOST_AUTO_TEST_CASE(an_error_points_at_the_object_with_the_fault) {
    const auto where = [](const json& policy) {
        return ReleasePolicy::parse(as_bytes(policy.dump()), PolicyProfile::strict).error().pointer;
    };
    BOOST_TEST(where(policy_of(json::array())) == "/anyOf/0/allOf");
    BOOST_TEST(where(policy_of(json::array({{{"claim", "a"}, {"matches", "x"}}}))) == "/anyOf/0/allOf/0");
    BOOST_TEST(where(policy_of(json::array({{{"claim", "a"}, {"less", "x"}}}))) == "/anyOf/0/allOf/0/less");
    BOOST_TEST(where(policy_of(json::array({{{"claim", "a..b"}, {"equals", 1}}}))) ==
               "/anyOf/0/allOf/0/claim");
}

BOOST_AUTO_TEST_CASE(authorities_have_one_spelling) {
    BOOST_TEST(normal_authority("HTTPS://As.Example:443/V2/").value() == "https://as.example/V2");
    BOOST_TEST(normal_authority("https://[2001:DB8::1]:8443").value() == "https://[2001:db8::1]:8443");
    for (const char* const url :
         {"", "https://", "https:///x", "http://a", "https://u@a", "https://a?q", "https://a#f",
          "https://a:", "https://a:0443", "https://a:65536", "https://a:x", "https://a b", "https://a/b c",
          "https://a\\b", "https://\xC3\xA9.example", "https://a/?q", "https://a%2eb"})
        BOOST_TEST(!normal_authority(url).has_value(), url);
}

}  // namespace
}  // namespace assay::kms
