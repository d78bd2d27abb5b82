// Responders that are wrong in one named way fail exactly the requirements that are named for it, and their
// legal neighbours fail none. ASSAY_WRONG=W-SPDM-007 runs one; ASSAY_WRONG_WRITE=FILE writes what was found.
#include <cstdlib>

#include <boost/test/unit_test.hpp>

#include "conformance/schema_check.hpp"
#include "conformance/suites/failures.hpp"
#include "conformance/suites/spdm/suite.hpp"
#include "conformance/suites/spdm_altered.hpp"
#include "conformance/suites/spdm_test_run.hpp"

namespace assay::conformance {
namespace {

using Json = nlohmann::json;

std::string file_of(const char* path) {
    const char* source = std::getenv("ASSAY_SOURCE");
    return text_of(std::filesystem::path{source != nullptr ? source : "."} / path);
}

/// The cases of that version, each on a responder of its own with these alterations.
Failures judged(const Json& alterations, const std::string& version) {
    static const Suite suite = spdm_suite();
    const auto like = make_altered_spdm(alterations, 1);
    const Target target = spdm_test_target(
        "wrong", *like, [&](std::uint64_t seed) { return AnyPort{make_altered_spdm(alterations, seed)}; });
    Failures out;
    for (const Case& one : suite.cases)
        if (one.id.ends_with("-" + version)) out.add(one, verdict_text(judge(one, target)));
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
    static_cast<void>(make_altered_spdm(Json::array(), 1)->capabilities());  // its keys are made once
    std::vector<WrongTarget> all;
    std::vector<Json*> wrong;
    std::set<std::string> neighbours;  // one may stand beside several
    const auto add = [&](const std::string& what, const Json& alterations, const std::string& version,
                         const std::set<std::string>& breaks) {
        all.push_back({what, breaks, [=] { return judged(alterations, version); }, breaks.empty()});
    };
    for (Json& one : document.at("responders")) {
        const std::string id = one.at("id"), version = one.at("version");
        if (only != nullptr && id != only) continue;
        add(id + ": " + one.at("what").get<std::string>(), one.at("alter"), version, one.at("fails"));
        BOOST_TEST(!all.back().legal, id);
        wrong.push_back(&one);
    }
    for (const Json* const one : wrong) {
        const Json &beside = one->at("neighbour"), &alterations = beside.at("alter");
        const std::string version = one->at("version");
        if (neighbours.insert(version + alterations.dump()).second)
            add("the neighbour of " + one->at("id").get<std::string>() + ": " +
                    beside.at("what").get<std::string>(),
                alterations, version, {});
    }
    const auto found = expect_exact_failures(all);
    for (std::size_t i = 0; i < wrong.size(); ++i) (*wrong[i])["fails"] = found.at(i);
    if (const char* to = std::getenv("ASSAY_WRONG_WRITE")) {
        const std::string text = document.dump();
        write_file(to, as_bytes(text));
    }
}

}  // namespace
}  // namespace assay::conformance
