// Requirements, controls, and that requirements and cases belong together.
#include <boost/test/unit_test.hpp>

#include "conformance/control_mapping.hpp"
#include "conformance/requirement_file.hpp"
#include "conformance/schema_check.hpp"
#include "conformance/test_judge.hpp"
#include "conformance/traceability.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

const std::string header = "family,framework,control,relation,topic,confirmed,source,note\r\n";

json good_requirement() {
    return {{"id", "T-A-001"},
            {"family", "attestation"},
            {"level", "MUST"},
            {"text", "It holds."},
            {"source", {{"document", "A document"}, {"section", "1"}}}};
}
std::vector<Requirement> parsed(const json& requirement) {
    const json file{{"requirements", json::array({requirement})}};
    return parse_requirements("test.json", file.dump(), built_in_mapping());
}
std::string refusal(const json& requirement) {
    try {
        parsed(requirement);
        return {};
    } catch (const std::runtime_error& e) {
        return e.what();
    }
}
std::filesystem::path source_file(const std::string& name) {
    const char* source = std::getenv("ASSAY_SOURCE");
    return std::filesystem::path{source ? source : "."} / name;
}
bool has_fault(const Catalogue& catalogue, std::string_view what) {
    for (const std::string& fault : traceability_faults(catalogue))
        if (fault.find(what) != std::string::npos) return true;
    return false;
}
void nothing(Trial&) {}

BOOST_AUTO_TEST_SUITE(catalogue)

BOOST_AUTO_TEST_CASE(every_requirement_has_a_case_and_every_case_a_requirement) {
    for (const std::string& fault : traceability_faults(built_in_catalogue())) BOOST_ERROR(fault);
    BOOST_TEST(!requirement_catalogue().empty());
    for (const Requirement& r : requirement_catalogue()) BOOST_TEST(find_requirement(r.id) == &r);
    BOOST_TEST(find_requirement("T-NONE-001") == nullptr);
    for (const Suite& suite : suites())
        for (const Case& one : suite.cases) BOOST_TEST(find_case(one.id) == &one);
    BOOST_TEST(find_case("none") == nullptr);
}

BOOST_AUTO_TEST_CASE(requirement_files_satisfy_their_schema) {
    const std::string schema = text_of(source_file("vectors/schema/requirements.schema.json"));
    for (const auto& entry : std::filesystem::directory_iterator{source_file("conformance/requirements")})
        for (const std::string& wrong : violations_of(schema, json::parse(text_of(entry.path()))))
            BOOST_ERROR(entry.path().filename().string() << ": " << wrong);
    json bad{{"requirements", json::array({good_requirement()})}};
    BOOST_TEST(violations_of(schema, bad).empty());
    bad["requirements"][0]["level"] = "SHALL";
    BOOST_TEST(!violations_of(schema, bad).empty());
}

BOOST_AUTO_TEST_CASE(a_requirement_has_the_direct_controls_of_its_family_and_its_own) {
    json one = good_requirement();
    one["controls"] = {{{"framework", "house"}, {"id", "1"}}};
    one["without_controls"] = {{{"framework", "nist-800-53-r5"}, {"id", "SI-6"}}};
    const auto controls = parsed(one).front().controls;
    const auto has = [&](const Control& c) {
        return std::count(controls.begin(), controls.end(), c);
    };
    BOOST_TEST(has({"nist-800-53-r5", "IA-3(4)"}) == 1);
    BOOST_TEST(has({"house", "1"}) == 1);
    BOOST_TEST(has({"nist-800-53-r5", "SI-6"}) == 0);
    BOOST_TEST(has({"nist-800-53-r5", "SR-9"}) == 0);  // supporting only
    BOOST_TEST(std::is_sorted(controls.begin(), controls.end()));
}

BOOST_AUTO_TEST_CASE(malformed_requirements_are_refused_by_file_id_and_member) {
    const auto with = [](const char* member, const json& value) {
        json out = good_requirement();
        out[member] = value;
        return out;
    };
    BOOST_TEST(refusal(good_requirement()).empty());
    for (const auto& [bad, member] :
         {std::pair{with("level", "SHALL"), "SHALL"},
          {with("family", "astrology"), "astrology"},
          {with("text", ""), "text"},
          {with("text", 1), "text"},
          {with("extra", 1), "extra"},
          {with("source", json::object()), "document"},
          {with("source", 1), "source"},
          {with("controls", 1), "controls"},
          {with("without_controls", {{{"framework", "a"}, {"id", "b"}}}), "without"}}) {
        BOOST_TEST(refusal(bad).find("test.json: requirement \"T-A-001\"") == 0u, refusal(bad));
        BOOST_TEST(refusal(bad).find(member) != std::string::npos, refusal(bad));
    }
    BOOST_TEST(!refusal(1).empty());
    BOOST_CHECK_THROW(parse_requirements("test.json", "{", built_in_mapping()), std::runtime_error);
    BOOST_CHECK_THROW(parse_requirements("test.json", "{}", built_in_mapping()), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(the_built_in_mapping_covers_every_family) {
    for (const std::string_view family : requirement_families())
        BOOST_TEST(!built_in_mapping().direct_controls(family).empty(), family);
    BOOST_TEST(built_in_mapping().rows.size() == 329u);
    BOOST_TEST(built_in_mapping().digest.starts_with("sha256:"));
}

BOOST_AUTO_TEST_CASE(a_mapping_may_quote_its_cells) {
    const auto mapping = parse_mapping(
        header + "deletion,house,1,direct,\"a, \"\"b\"\"\r\nc\",yes,s,\r\ndeletion,house,2,supporting,,no,,");
    BOOST_REQUIRE(bool(mapping));
    BOOST_TEST(mapping->rows.size() == 2u);
    BOOST_TEST(mapping->rows[0].topic == "a, \"b\"\r\nc");
    BOOST_TEST(mapping->rows[0].direct);
    BOOST_TEST(!mapping->rows[1].direct);
}

BOOST_AUTO_TEST_CASE(a_mapping_with_a_fault_is_refused_by_line) {
    const std::string good = "deletion,house,1,direct,t,yes,s,\r\n";
    BOOST_TEST(bool(parse_mapping(header + good)));
    for (const auto& [bad, what] : {
             std::pair<std::string, std::string>{"", "header"},
             {"family,framework\r\n", "header"},
             {header + "astrology,house,1,direct,t,yes,s,\r\n", "line 2: unknown family 'astrology'"},
             {header + good + "deletion,house,1,supporting,t,yes,s,\r\n", "line 3: house 1 stands twice"},
             {header + "deletion,house,1,direct,t,maybe,s,\r\n", "confirmed 'maybe'"},
             {header + "deletion,house,1,about,t,yes,s,\r\n", "relation 'about'"},
             {header + "deletion,The House,1,direct,t,yes,s,\r\n", "framework"},
             {header + "deletion,house,,direct,t,yes,s,\r\n", "control ''"},
             {header + "deletion,house,1,direct,t,yes,s\r\n", "7 cells"},
             {header + "deletion,house,1,direct,\"t,yes,s,\r\n", "does not end"},
             {header + "deletion,house,1,direct,t\"t,yes,s,\r\n", "quote"},
             {header + "deletion,house,1,direct,\"t\"t,yes,s,\r\n", "line 2"},
         }) {
        const auto mapping = parse_mapping(bad);
        BOOST_REQUIRE_MESSAGE(!mapping, bad);
        BOOST_TEST(mapping.error().find(what) != std::string::npos, mapping.error());
    }
}

BOOST_AUTO_TEST_CASE(each_fault_of_traceability_is_found) {
    const Catalogue good =
        test_catalogue({test_case("t.a", nothing, {"T-MAY-001", "T-MUST-001", "T-SHOULD-001"})});
    BOOST_TEST(traceability_faults(good).empty());
    const auto changed = [&](const std::function<void(Catalogue&, Case&)>& change) {
        Catalogue out = good;
        change(out, out.suites.front().cases.front());
        return out;
    };
    using C = Catalogue;
    for (const auto& [bad, what] : std::vector<std::pair<C, std::string>>{
             {changed([](C&, Case&c) { c.requirements.pop_back(); }), "T-SHOULD-001: no case"},
             {changed([](C&, Case&c) { c.requirements.clear(); }), "names no requirement"},
             {changed([](C&, Case&c) { c.requirements.push_back("T-NONE-001"); }), "which is no requirement"},
             {changed([](C&, Case&c) { c.requirements.push_back("T-MAY-001"); }), "T-MAY-001 twice"},
             {changed([](C&, Case&c) { c.id = "u.a"; }), "does not begin with its suite's"},
             {changed([](C&, Case&c) { c.id = "ta"; }), "does not begin with its suite's"},
             {changed([](C&, Case&c) { c.id = "t.A"; }), "out of form"},
             {changed([](C&, Case&c) { c.id = "t..a"; }), "out of form"},
             {changed([](C&, Case&c) { c.id = "t." + std::string(160, 'a'); }), "out of form"},
             {changed([](C&, Case&c) { c.title = "two\nlines"; }), "one line"},
             {changed([](C&, Case&c) { c.run = nullptr; }), "does nothing"},
             {changed([](C&, Case&c) { c.tags = {"A"}; }), "tag"},
             {changed([](C&all, Case&c) { all.suites.front().cases.push_back(c); }), "stands twice"},
             {changed([](C&all, Case&) { all.suites.push_back(all.suites.front()); }),
              "suite t: stands twice"},
             {changed([](C&all, Case&) { all.requirements.push_back(all.requirements.front()); }),
              "stands twice"},
             {changed([](C&all, Case&) { all.requirements.front().id = "T-lower-1"; }), "form"},
             {changed([](C&all, Case&) { std::reverse(all.requirements.begin(), all.requirements.end()); }),
              "after"},
         })
        BOOST_TEST(has_fault(bad, what), what);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::conformance
