// Responders that are wrong in one named way fail exactly the requirements that are named for it, and their
// legal neighbours fail none. ASSAY_WRONG=W-SPDM-007 runs one; ASSAY_WRONG_WRITE=FILE writes what was found.
#include <cstdlib>

#include <boost/test/unit_test.hpp>

#include "conformance/schema_check.hpp"
#include "conformance/suites/spdm_altered.hpp"
#include "conformance/suites/spdm_test_run.hpp"

namespace assay::conformance {
namespace {

using Json = nlohmann::json;

std::string file_of(const char* path) {
    const char* source = std::getenv("ASSAY_SOURCE");
    return text_of(std::filesystem::path{source != nullptr ? source : "."} / path);
}

/// The requirements that fail when the cases of that version judge the altered responder, and what an ERROR
/// says.
struct Found {
    std::set<std::string> failing;
    std::string trouble;
};
Found judge(const Json& alterations, const std::string& version) {
    static std::map<std::string, Found> known;  // neighbours of several are judged once
    if (const auto it = known.find(version + alterations.dump()); it != known.end()) return it->second;
    const auto altered = make_altered_spdm(alterations, 1);
    const auto open = [&](std::uint64_t) {
        return AnyPort{std::make_unique<BorrowedSpdm>(*altered)};
    };
    const auto results = run_spdm(spdm_test_target("wrong", *altered, open),
                                  [&](const Case& one) { return one.id.ends_with("-" + version); });
    Found out{failing_requirements(results), {}};
    for (const auto& one : results.at("cases"))
        if (one.at("verdict") == "ERROR") out.trouble += one.dump() + "\n";
    known[version + alterations.dump()] = out;
    return out;
}

std::string listed(const std::set<std::string>& ids) {
    std::string out;
    for (const std::string& id : ids) out += (out.empty() ? "" : " ") + id;
    return out;
}

BOOST_AUTO_TEST_CASE(wrong_responders_keep_their_schema) {
    const Json document = Json::parse(file_of("conformance/defects/spdm-responders.json"));
    for (const std::string& wrong :
         violations_of(file_of("vectors/schema/spdm-responders.schema.json"), document))
        BOOST_ERROR(wrong);
    std::set<std::string> ids;
    for (const Json& one : document.at("responders"))
        BOOST_TEST(ids.insert(one.at("id")).second, one.at("id"));
    BOOST_TEST(ids.size() >= 25U);
}

BOOST_AUTO_TEST_CASE(wrong_responders_fail_exactly_what_they_break) {
    Json document = Json::parse(file_of("conformance/defects/spdm-responders.json"));
    const char* only = std::getenv("ASSAY_WRONG");
    for (Json& one : document.at("responders")) {
        const std::string id = one.at("id");
        if (only != nullptr && id != only) continue;
        BOOST_TEST_CONTEXT(id << ": " << one.at("what").get<std::string>()) {
            const Found found = judge(one.at("alter"), one.at("version"));
            const auto expected = one.at("fails").get<std::set<std::string>>();
            BOOST_TEST(listed(found.failing) == listed(expected));
            BOOST_TEST(found.trouble.empty(), found.trouble);
            BOOST_TEST(!expected.empty());
            const Found legal = judge(one.at("neighbour").at("alter"), one.at("version"));
            BOOST_TEST(listed(legal.failing).empty(), "its neighbour, " << one.at("neighbour").at("what")
                                                                        << ", fails "
                                                                        << listed(legal.failing));
            BOOST_TEST(legal.trouble.empty(), legal.trouble);
            one["fails"] = found.failing;
        }
    }
    if (const char* to = std::getenv("ASSAY_WRONG_WRITE")) {
        const std::string text = document.dump();
        write_file(to, as_bytes(text));
    }
}

}  // namespace
}  // namespace assay::conformance
