// Release policies through the front door: what is admitted, and what claims they let through.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/suites/kms/cases.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::conformance::key_release {
namespace {

using nlohmann::json;

/// Conditions (the list of an `allOf`), claims under `assay.t`, and whether the key comes.
struct PolicyRow {
    std::string_view id, title;
    std::vector<std::string> requirements;
    std::string_view conditions;
    std::string_view claims;
    bool released;
};

const std::vector<PolicyRow>& policy_rows() {
    static const std::vector<PolicyRow> rows{
        {"missing-not-equals",
         "A claim that is missing does not differ from a value",
         {"KMS-POL-002"},
         R"([{"claim":"assay.t.a","notEquals":"x"}])",
         R"({})",
         false},
        {"missing-less",
         "A claim that is missing is not less than a number",
         {"KMS-POL-002"},
         R"([{"claim":"assay.t.a","less":5}])",
         R"({})",
         false},
        {"null-not-equals",
         "A null does not differ from a value",
         {"KMS-POL-002"},
         R"([{"claim":"assay.t.a","notEquals":"x"}])",
         R"({"a":null})",
         false},
        {"exists-false",
         "A claim that must not exist and does not satisfies the policy",
         {"KMS-POL-002"},
         R"([{"claim":"assay.t.a","exists":false}])",
         R"({})",
         true},
        {"text-is-no-boolean",
         "The text false is not the boolean",
         {"KMS-POL-003"},
         R"([{"claim":"assay.t.a","equals":false}])",
         R"({"a":"false"})",
         false},
        {"boolean-is-no-text",
         "The boolean false is not the text",
         {"KMS-POL-003"},
         R"([{"claim":"assay.t.a","equals":"false"}])",
         R"({"a":false})",
         false},
        {"text-is-no-number",
         "The text 8 is not the number",
         {"KMS-POL-003"},
         R"([{"claim":"assay.t.a","greaterOrEquals":8}])",
         R"({"a":"8"})",
         false},
        {"other-type-not-equals",
         "A claim of another type does not differ from a value",
         {"KMS-POL-003"},
         R"([{"claim":"assay.t.a","notEquals":1}])",
         R"({"a":"x"})",
         false},
        {"beyond-2-53",
         "Integers beyond 2^53 are compared exactly",
         {"KMS-POL-003"},
         R"([{"claim":"assay.t.a","equals":9007199254740992}])",
         R"({"a":9007199254740993})",
         false},
        {"beyond-2-53-equal",
         "An integer beyond 2^53 equals itself",
         {"KMS-POL-003"},
         R"([{"claim":"assay.t.a","equals":9007199254740993}])",
         R"({"a":9007199254740993})",
         true},
        {"every-condition-counts",
         "A bound that holds does not make up for one that does not",
         {"KMS-POL-006"},
         R"([{"claim":"assay.t.a","greaterOrEquals":5},{"claim":"assay.t.b","greater":1}])",
         R"({"a":3,"b":8})",
         false},
        {"every-condition-counts-mirrored",
         "Nor does one that comes first",
         {"KMS-POL-006"},
         R"([{"claim":"assay.t.b","greater":1},{"claim":"assay.t.a","greaterOrEquals":5}])",
         R"({"a":3,"b":8})",
         false},
        {"alternatives",
         "One of several alternatives suffices",
         {"KMS-POL-006"},
         R"([{"anyOf":[{"claim":"assay.t.a","equals":"x"},{"claim":"assay.t.a","equals":"y"}]}])",
         R"({"a":"y"})",
         true},
        {"alternatives-none",
         "None of several alternatives does not",
         {"KMS-POL-006"},
         R"([{"anyOf":[{"claim":"assay.t.a","equals":"x"},{"claim":"assay.t.a","equals":"y"}]}])",
         R"({"a":"z"})",
         false},
        {"dot-is-nesting",
         "A member with a dot in its name is not reached",
         {"KMS-POL-002"},
         R"([{"claim":"assay.t.a.b","equals":"x"}])",
         R"({"a.b":"x"})",
         false},
        {"case-matters",
         "Text is compared byte for byte",
         {"KMS-POL-003"},
         R"([{"claim":"assay.t.a","equals":"On"}])",
         R"({"a":"on"})",
         false},
    };
    return rows;
}

void judge_policy(Scene& scene, const PolicyRow& row) {
    const Bytes key = scene.provide("model", scene.policy_over(row.conditions));
    Ask ask = scene.ask();
    ask.claims = [&row](json& claims) {
        claims["assay"]["t"] = json::parse(row.claims);
    };
    const HttpResponse answer = scene.send(ask);
    if (row.released)
        scene.expect_key(answer, key);
    else
        scene.expect_refusal(answer, 403, "policy");
}

/// A policy that is none, at admission.
struct InvalidRow {
    std::string_view id, title, policy;
};
constexpr std::array invalid_rows{
    InvalidRow{"no-json", "Text that is not JSON is no policy", "{"},
    InvalidRow{"empty-authorities", "A policy without authorities is none",
               R"({"version":"1.0.0","anyOf":[]})"},
    InvalidRow{"empty-conditions", "A policy without conditions is none",
               R"({"version":"1.0.0","anyOf":[{"authority":"https://a.example","allOf":[]}]})"},
    InvalidRow{
        "version", "A policy of another version is none",
        R"({"version":"1.0.1","anyOf":[{"authority":"https://a.example","allOf":[{"claim":"a","equals":1}]}]})"},
    InvalidRow{
        "operator", "A policy with an unknown operator is none",
        R"({"version":"1.0.0","anyOf":[{"authority":"https://a.example","allOf":[{"claim":"a","matches":1}]}]})"},
    InvalidRow{
        "two-operators", "A condition with two operators is none",
        R"({"version":"1.0.0","anyOf":[{"authority":"https://a.example","allOf":[{"claim":"a","equals":1,"less":2}]}]})"},
    InvalidRow{
        "twice", "A policy with a member twice is none",
        R"({"version":"1.0.0","anyOf":[{"authority":"https://a.example","allOf":[{"claim":"a","equals":1,"equals":2}]}]})"},
    InvalidRow{
        "http", "An authority that is no https URL makes no policy",
        R"({"version":"1.0.0","anyOf":[{"authority":"http://a.example","allOf":[{"claim":"a","equals":1}]}]})"},
    InvalidRow{
        "fraction", "A number with a fraction makes no policy",
        R"({"version":"1.0.0","anyOf":[{"authority":"https://a.example","allOf":[{"claim":"a","equals":1.0}]}]})"},
    InvalidRow{
        "lower-case", "Operators in other letters make no policy",
        R"({"version":"1.0.0","anyOf":[{"authority":"https://a.example","allof":[{"claim":"a","equals":1}]}]})"},
};

void judge_invalid(Scene& scene, const InvalidRow& row) {
    const auto imported = scene.port().import_key({"model", Bytes(32, 1), std::string{row.policy}});
    if (!imported && imported.error().kind != PortError::Kind::refused)
        scene.trial().need(imported, "the import of a key");
    scene.trial().expect(!imported, "invalid-policy-admitted", "a key with an invalid policy is not admitted",
                         "it is");
    scene.expect_refusal(scene.release("model"), 403, "policy");
}

void other_authority(Scene& scene) {
    scene.provide("model", R"({"version":"1.0.0","anyOf":[{"authority":"https://other.example",)"
                           R"("allOf":[{"claim":"iss","exists":true}]}]})");
    scene.expect_refusal(scene.release("model"), 403, "policy");
}

void authority_in_other_spelling(Scene& scene) {
    std::string policy = scene.policy();
    const std::string host = scene.issuer().substr(8);
    policy.replace(policy.find(scene.issuer()), scene.issuer().size(), "HTTPS://" + host + ":443/");
    const Bytes key = scene.provide("model", policy);
    scene.expect_key(scene.release("model"), key);
}

void claims_under_another_authority(Scene& scene) {
    const std::string policy = fmt::format(
        R"({{"version":"1.0.0","anyOf":[{{"authority":"https://other.example","allOf":[{{"claim":"iss","exists":true}}]}},)"
        R"({{"authority":"{}","allOf":[{{"claim":"assay.gpu-count","equals":1}}]}}]}})",
        scene.issuer());
    scene.provide("model", policy);
    scene.expect_refusal(scene.release("model"), 403, "policy");
}

void immutable(Scene& scene) {
    const Bytes key = scene.provide("model", scene.policy(), true);
    const auto looser = scene.port().import_key(
        {"model", Bytes(32, 1), scene.policy_over(R"([{"claim":"iss","exists":true}])"), "strict", true});
    const auto mutable_now =
        scene.port().import_key({"model", Bytes(32, 1), scene.policy(), "strict", false});
    scene.trial().expect(!looser && !mutable_now, "policy-changed",
                         "neither another policy nor the end of its immutability is taken", "it is");
    scene.expect_key(scene.release("model"), key);
}

void legacy_only_where_named(Scene& scene) {
    const std::string policy = scene.policy_over(R"([{"claim":"assay.gpu-count","equals":"8"}])");
    scene.provide("model", policy);
    scene.expect_refusal(scene.release("model"), 403, "policy");
    scene.trial().need(scene.port().import_key({"control", Bytes(32, 7), policy, "azure-legacy"}),
                       "the import");
    scene.expect_key(scene.release("control"), Bytes(32, 7));
}

/// The cases of the key-release sheet, each as a key of its own.
void sheet_cases(Scene& scene) {
    const auto path = shared_data("vectors/key-release/policy-eval.json");
    if (!path) scene.trial().not_tested(NotTested::missing_data, "vectors/key-release/policy-eval.json");
    const auto content = read_file(*path, 1 << 20);
    if (!content) scene.trial().not_tested(NotTested::missing_data, content.error().text());
    const json document = json::parse(as_text(*content));
    const auto key = crypto::PrivateKey::generate(scene.trial().crypto(), crypto::KeyType::p384);
    std::set<std::string> trusted;
    for (const json& test : document.at("cases")) {
        const json& claims = test.at("claims");
        const std::string issuer = claims.value("iss", json("")).get<std::string>();
        if (issuer.starts_with("https://") && trusted.insert(issuer).second)
            scene.trial().need(scene.port().trust_issuer(issuer, "sheet", key.public_key().spki()), "trust");
        const std::string expected = test.at("expect").get<std::string>(),
                          name = test.at("name").get<std::string>();
        const Bytes material(32, 3);
        const auto imported =
            scene.port().import_key({"model", material, test.at("policy_text").get<std::string>(),
                                     test.at("profile").get<std::string>()});
        scene.trial().expect(static_cast<bool>(imported) == (expected != "invalid-policy"), "admission",
                             name + ": " + expected, imported ? "it is admitted" : "it is not admitted");
        if (!imported) continue;
        scene.pass(std::chrono::seconds{60});  // no rate is meant to be met
        Ask ask = scene.ask();
        ask.header = [](json& header) {
            header["kid"] = "sheet";
        };
        ask.claims = [&](json& mine) {
            json all = claims;
            for (const auto& [member, value] : mine.items())
                if (member != "iss") all[member] = value;
            mine = std::move(all);
        };
        ask.token = [&](std::string& token) {
            const std::string input = token.substr(0, token.rfind('.'));
            token = input + "." +
                    to_base64url(
                        key.sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, as_bytes(input)));
        };
        const HttpResponse answer = scene.send(ask);
        scene.trial().expect(answer.status == (expected == "allow" ? 200U : 403U), "decision",
                             name + ": " + expected, fmt::format("the answer is {}", answer.status));
    }
}

}  // namespace

std::vector<Case> policy_cases() {
    std::vector<Case> out;
    for (const PolicyRow& row : policy_rows())
        out.push_back(make_case(fmt::format("policy.{}", row.id), row.title, row.requirements, with(),
                                [row](Scene& scene) { judge_policy(scene, row); }));
    for (const InvalidRow& row : invalid_rows)
        out.push_back(make_case(fmt::format("policy.invalid-{}", row.id), row.title, {"KMS-POL-001"}, with(),
                                [row](Scene& scene) { judge_invalid(scene, row); }));
    out.push_back(make_case("policy.other-authority", "A policy of another authority lets nobody through",
                            {"KMS-POL-004"}, with(), other_authority));
    out.push_back(make_case("policy.authority-spelling",
                            "An authority in capitals, with its default port and a slash, is the same",
                            {"KMS-POL-004"}, with(), authority_in_other_spelling));
    out.push_back(make_case("policy.authority-of-claims",
                            "Claims count under the authority that made them alone", {"KMS-POL-004"}, with(),
                            claims_under_another_authority));
    out.push_back(make_case("policy.immutable", "An immutable policy never changes", {"KMS-POL-005"}, with(),
                            immutable));
    out.push_back(make_case("policy.legacy",
                            "Text for a number is taken where the legacy profile is named alone",
                            {"KMS-POL-003"}, with(), legacy_only_where_named));
    out.push_back(make_case("policy.sheet",
                            "Every published case of policy and claims comes out as published",
                            {"KMS-POL-001", "KMS-POL-002", "KMS-POL-006"}, with(), sheet_cases));
    return out;
}

}  // namespace assay::conformance::key_release
