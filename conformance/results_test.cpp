// results.json: digests and refusals against published examples, aggregation, limits.
#include <boost/test/unit_test.hpp>

#include "conformance/digests.hpp"
#include "conformance/schema_check.hpp"
#include "conformance/test_judge.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

/// A file or folder of the shared examples; nothing, and a line that says so, where they are absent.
std::optional<std::filesystem::path> example(const std::string& name) {
    auto path = shared_data("specs/examples/" + name);
    if (!path) std::printf("skipped: shared data specs/examples/%s\n", name.c_str());
    return path;
}
json document_in(const std::filesystem::path& file) {
    const Bytes text = *read_file(file, 1u << 28);
    return *parse_results(text);
}
json case_of(std::string verdict, std::string id = "t.a",
             std::vector<std::string> requirements = {"T-A-001"}) {
    json out{{"id", std::move(id)}, {"target", "x"}, {"verdict", verdict}, {"requirements", requirements}};
    if (verdict == "NOT_TESTED") out["not_tested"] = {{"reason", "no-device"}, {"detail", "none"}};
    return out;
}
json document_of(json cases) {
    json out{{"targets", json::array({{{"id", "x"}}})},
             {"requirements", json::array()},
             {"cases", std::move(cases)}};
    out["plan"] = {{"cases", out.at("cases").size()}};
    return out;
}
std::string verdict_of(const json& cases) { return summarize(document_of(cases)).at("verdict"); }
std::string cell_of(const json& cases) {
    return summarize(document_of(cases)).at("matrix").at(0).at("verdict");
}

BOOST_AUTO_TEST_SUITE(results)

BOOST_AUTO_TEST_CASE(published_examples_are_valid_and_have_their_published_digests) {
    const auto run = example("run");
    const auto min = example("min");
    if (!run || !min) return;
    for (const auto& folder : {*run, *min}) {
        const json document = document_in(folder / "results.json");
        BOOST_TEST(schema_violations(document).empty());
        BOOST_TEST(semantic_violations(document, folder).empty());
        BOOST_TEST((canonical_text(document) == text_of(folder / "results.json")));
    }
    BOOST_TEST(content_digest(document_in(*run / "results.json")) ==
               "sha256:79184355226bba380566867aff4db839b58d04703743135c551716f3047e65ed");
    BOOST_TEST(content_digest(document_in(*min / "results.json")) ==
               "sha256:5f785a3e229fa6de25043d7e0f217d5ebbe492803407ef5b8db3641489f4528c");
    const json plan = document_in(*run / "plan.json");
    BOOST_TEST(digest_without(plan, "sharding") ==
               document_in(*run / "results.json").at("plan").at("digest").get<std::string>());
    for (const json& one : plan.at("cases"))
        BOOST_TEST(one.at("seed") == seed_text(case_seed(42, one.at("id").get<std::string>())));
}

BOOST_AUTO_TEST_CASE(published_invalid_documents_are_refused_by_the_schema_for_their_reason) {
    const auto folder = example("invalid");
    if (!folder) return;
    const std::vector<std::pair<std::string, std::string>> reasons{
        {"case-without-requirement", "requirements"},
        {"evidence-path-traversal", "path"},
        {"fail-without-failure", "failure"},
        {"float-measurement", "value"},
        {"not-tested-free-reason", "reason"},
        {"not-tested-without-reason", "not_tested"},
        {"pass-with-failure", "cases[0]"},
        {"seed-as-number", "seed"},
        {"skip-verdict", "verdict"},
        {"two-line-title", "title"},
        {"unknown-member", "additional"},
        {"uppercase-digest", "digest"},
    };
    for (const auto& [name, reason] : reasons) {
        const auto wrong = schema_violations(document_in(*folder / ("results-" + name + ".json")));
        const auto says = [&, &why = reason](const std::string& line) {
            return line.find(why) != std::string::npos;
        };
        BOOST_TEST(std::any_of(wrong.begin(), wrong.end(), says), name);
    }
}

BOOST_AUTO_TEST_CASE(published_semantic_faults_pass_the_schema_and_are_refused_for_their_reason) {
    const auto folder = example("invalid-semantic");
    if (!folder) return;
    const std::vector<std::pair<std::string, std::string>> reasons{
        {"duplicate-case", "stands twice"},         {"fewer-cases-than-plan", "plan.cases"},
        {"missing-evidence-file", "evidence file"}, {"summary-miscounted", "summary"},
        {"unknown-requirement", "requirement"},     {"unknown-target", "target"},
        {"unsorted-cases", "not in order"},
    };
    for (const auto& [name, reason] : reasons) {
        const json document = document_in(*folder / ("results-" + name + ".json"));
        BOOST_TEST(schema_violations(document).empty(), name);
        const auto wrong = semantic_violations(document, *folder);
        BOOST_REQUIRE_MESSAGE(!wrong.empty(), name);
        BOOST_TEST(wrong.front().find(reason) != std::string::npos, name << ": " << wrong.front());
    }
}

BOOST_AUTO_TEST_CASE(the_first_rule_that_applies_makes_the_verdict) {
    const json pass = case_of("PASS"), warn = case_of("WARN"), fail = case_of("FAIL"),
               error = case_of("ERROR"), none = case_of("NOT_TESTED");
    json waived = fail;
    waived["waiver"] = {{"id", "w"}};
    BOOST_TEST(cell_of({none, error, pass, fail}) == "FAIL");
    BOOST_TEST(cell_of({none, error, pass, waived}) == "ERROR");
    BOOST_TEST(cell_of({none, none}) == "NOT_TESTED");
    BOOST_TEST(cell_of({none, warn}) == "INCOMPLETE");
    BOOST_TEST(cell_of({pass, warn}) == "WARN");
    BOOST_TEST(cell_of({pass, waived}) == "WARN");
    BOOST_TEST(cell_of({pass, pass}) == "PASS");

    BOOST_TEST(verdict_of({pass, error, fail}) == "FAIL");
    BOOST_TEST(verdict_of({pass, error, waived}) == "ERROR");
    BOOST_TEST(verdict_of({none, none}) == "INCOMPLETE");
    BOOST_TEST(verdict_of(json::array()) == "INCOMPLETE");
    BOOST_TEST(verdict_of({none, pass}) == "PASS");
    BOOST_TEST(verdict_of({warn, waived}) == "PASS");
    json missing = none;
    missing["not_tested"]["reason"] = "missing-shard";
    BOOST_TEST(verdict_of({missing, pass}) == "INCOMPLETE");
    json planned = document_of({pass});
    planned["plan"]["cases"] = 2;
    BOOST_TEST(summarize(planned).at("verdict") == "INCOMPLETE");
}

BOOST_AUTO_TEST_CASE(exit_codes_follow_the_verdict) {
    const auto code = [](json cases, bool strict = false) {
        json document = document_of(std::move(cases));
        document["summary"] = summarize(document);
        return exit_code(document, strict);
    };
    json deselected = case_of("NOT_TESTED");
    deselected["not_tested"]["reason"] = "deselected";
    BOOST_TEST(code({case_of("PASS")}) == 0);
    BOOST_TEST(code({case_of("PASS"), case_of("NOT_TESTED")}) == 0);
    BOOST_TEST(code({case_of("PASS"), case_of("NOT_TESTED")}, true) == 4);
    BOOST_TEST(code({case_of("PASS"), deselected}, true) == 0);
    BOOST_TEST(code({case_of("FAIL"), case_of("ERROR")}) == 1);
    BOOST_TEST(code({case_of("ERROR"), case_of("PASS")}) == 3);
    BOOST_TEST(code({case_of("NOT_TESTED")}) == 4);
}

BOOST_AUTO_TEST_CASE(a_control_is_exercised_when_all_its_requirements_are) {
    const json controls = json::array({{{"framework", "f"}, {"id", "c"}}});
    json document = document_of({case_of("FAIL"), case_of("NOT_TESTED", "t.b", {"T-B-001"})});
    for (const char* id : {"T-A-001", "T-B-001", "T-C-001"})
        document["requirements"].push_back({{"id", id}, {"controls", controls}});
    json seen = coverage(document);
    BOOST_TEST(seen.at("requirements_without_case") == json::array({"T-C-001"}));
    BOOST_TEST(seen.at("controls").at(0).at("state") == "partly-exercised");
    document["requirements"].erase(1);
    document["requirements"].erase(1);
    BOOST_TEST(coverage(document).at("controls").at(0).at("state") == "exercised");
    document["cases"].erase(0);
    BOOST_TEST(coverage(document).at("controls").at(0).at("state") == "not-exercised");
}

BOOST_AUTO_TEST_CASE(documents_that_would_harm_a_validator_are_refused_before_it) {
    const json long_text{{"title", std::string(40'000, 'a')}};
    BOOST_TEST(schema_violations(long_text).front().find("16384") != std::string::npos);
    json deep;
    for (int i = 0; i < 70; ++i) deep = json::array({deep});
    BOOST_TEST(schema_violations(deep).front().find("64") != std::string::npos);

    const auto refused = [](std::string_view text) {
        return !parse_results(as_bytes(text));
    };
    BOOST_TEST(refused(std::string(100'000, '[')));
    BOOST_TEST(refused(R"({"a":1,"a":2})"));
    BOOST_TEST(refused(R"({"b":{"a":1,"a":2}})"));
    BOOST_TEST(refused("{} {}"));
    BOOST_TEST(refused("\xff"));
    BOOST_TEST(refused(""));
    BOOST_TEST(!refused(R"({"a":{"a":1},"b":[{"a":2}]})"));
}

BOOST_AUTO_TEST_CASE(evidence_that_was_changed_is_found) {
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path;
    const Case one = test_case("t.a", [](Trial& t) {
        t.attach({"kept", "other", "kept.bin", {}, {1, 2, 3}, {}});
        t.expect(true, "c", "s", "a");
    });
    const json document = run_quietly(plan_of(test_catalogue({one}), {echo()}), options);
    const auto file = folder.path / "evidence/echo/t.a/kept.bin";
    BOOST_TEST(semantic_violations(document, folder.path).empty());
    for (const Bytes& content : {Bytes{1, 2, 4}, Bytes{1, 2}}) {
        write_file(file, content);
        BOOST_TEST(semantic_violations(document, folder.path).size() == 1u);
    }
    std::filesystem::remove(file);
    BOOST_TEST(semantic_violations(document, folder.path).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::conformance
