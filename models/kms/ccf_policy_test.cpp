// Policies of key management services on CCF: the published proposal, and both bounds at once.
#include "models/kms/ccf_policy.hpp"

#include <boost/test/unit_test.hpp>

#include "models/kms/vectors.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

bool ccf_allows(const json& policy, const json& claims) {
    const std::string text = policy.dump();
    const auto parsed = CcfPolicy::parse(as_bytes(text));
    return parsed && parsed->allows(claims);
}
bool ccf_valid(const json& policy) {
    const std::string text = policy.dump();
    return static_cast<bool>(CcfPolicy::parse(as_bytes(text)));
}

BOOST_AUTO_TEST_CASE(the_published_proposal_admits_the_claims_of_its_sample_report) {
    if (!vectors::present()) return;
    json policy = vectors::document("azure/kms/key-release-policy-add.json").at("actions").at(0).at("args");
    policy.erase("service");
    policy.erase("type");
    // The sample report: version 2, SMT allowed, debug off.
    const json claims{
        {"x-ms-ver", "2"}, {"x-ms-sevsnpvm-smt-allowed", true}, {"x-ms-sevsnpvm-is-debuggable", false}};
    BOOST_TEST(ccf_allows(policy, claims));
    for (const auto& [name, value] : claims.items()) {
        json without = claims;
        without.erase(name);
        BOOST_TEST(!ccf_allows(policy, without), name);
    }
    json debug = claims;
    debug["x-ms-sevsnpvm-is-debuggable"] = true;
    BOOST_TEST(!ccf_allows(policy, debug));
}

BOOST_AUTO_TEST_CASE(a_bound_that_holds_does_not_make_up_for_one_that_does_not) {
    const json base{{"claims", {{"x-ms-ver", json::array({"2"})}}}};
    const json claims{{"x-ms-ver", "2"}, {"x-ms-sevsnpvm-guestsvn", 3}, {"x-ms-sevsnpvm-tee-svn", 8}};
    json policy = base;
    policy["gte"] = {{"x-ms-sevsnpvm-guestsvn", 5}};
    policy["gt"] = {{"x-ms-sevsnpvm-tee-svn", 1}};
    BOOST_TEST(!ccf_allows(policy, claims));
    policy["gte"] = {{"x-ms-sevsnpvm-guestsvn", 3}};
    BOOST_TEST(ccf_allows(policy, claims));
    policy["gt"] = {{"x-ms-sevsnpvm-tee-svn", "8"}};
    BOOST_TEST(!ccf_allows(policy, claims));
}

BOOST_AUTO_TEST_CASE(what_would_hold_for_everybody_or_nobody_is_refused) {
    BOOST_TEST(!ccf_valid({{"claims", json::object()}}));
    BOOST_TEST(!ccf_valid(json::object()));
    BOOST_TEST(!ccf_valid({{"claims", {{"x-ms-ver", json::array()}}}}));
    BOOST_TEST(!ccf_valid({{"claims", {{"x-ms-sevsnpvm-imageld", json::array({"a"})}}}}));
    BOOST_TEST(!ccf_valid({{"claims", {{"x-ms-ver", json::array({nullptr})}}}}));
    BOOST_TEST(!ccf_valid({{"claims", {{"x-ms-ver", "2"}}}, {"gte", {{"x-ms-ver", "2x"}}}}));
    BOOST_TEST(!ccf_valid({{"claims", {{"x-ms-ver", "2"}}}, {"lte", json::object()}}));
    BOOST_TEST(!CcfPolicy::parse(as_bytes(R"({"claims":{"x-ms-ver":"2","x-ms-ver":"3"}})")));
}

}  // namespace
}  // namespace assay::kms
