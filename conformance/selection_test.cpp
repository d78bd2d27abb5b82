// Selection of cases, and expressions.
#include <boost/test/unit_test.hpp>

#include "conformance/expression.hpp"
#include "conformance/test_judge.hpp"

namespace assay::conformance {
namespace {

const Catalogue& three_cases() {
    static const Catalogue& catalogue = []() -> const Catalogue& {
        Case slow = test_case("t.report.slow", [](Trial&) {}, {"T-MAY-001"});
        slow.tags = {"slow"};
        return test_catalogue({test_case("t.report", [](Trial&) {}), slow,
                               test_case("t.reporter.fast", [](Trial&) {}, {"T-MUST-001", "T-SHOULD-001"})});
    }();
    return catalogue;
}
/// Ids, or what is wrong.
std::string chosen(const Selection& selection) {
    const auto cases = select(selection, three_cases());
    if (!cases) return cases.error().what;
    std::string out;
    for (const Case* one : *cases) out += (out.empty() ? "" : " ") + one->id;
    return out;
}
bool holds(std::string_view expression, std::vector<std::string> texts) {
    const auto parsed = Expression::parse(expression);
    return parsed && parsed->holds(texts);
}

BOOST_AUTO_TEST_SUITE(selection)

BOOST_AUTO_TEST_CASE(without_a_wish_every_case_is_chosen) {
    BOOST_TEST(chosen({}) == "t.report t.report.slow t.reporter.fast");
}

BOOST_AUTO_TEST_CASE(a_pattern_is_an_id_a_prefix_up_to_a_dot_or_a_glob) {
    BOOST_TEST(chosen({.patterns = {"t.report"}}) == "t.report t.report.slow");
    BOOST_TEST(chosen({.patterns = {"t.report*"}}) == "t.report t.report.slow t.reporter.fast");
    BOOST_TEST(chosen({.patterns = {"*.slow", "t.reporter.????"}}) == "t.report.slow t.reporter.fast");
    BOOST_TEST(chosen({.exact_case = "t.report"}) == "t.report");
}

BOOST_AUTO_TEST_CASE(wishes_of_different_kinds_must_all_be_met) {
    BOOST_TEST(chosen({.requirements = {"T-MUST-001"}}) == "t.report t.reporter.fast");
    BOOST_TEST(chosen({.patterns = {"t.report"}, .requirements = {"T-MUST-001"}}) == "t.report");
    BOOST_TEST(chosen({.tags = {"slow"}}) == "t.report.slow");
    BOOST_TEST(chosen({.controls = {"nist-800-53-r5:SI-10"}}) == "t.report t.report.slow t.reporter.fast");
    BOOST_TEST(chosen({.expressions = {"not slow", "may or should"}}) == "t.reporter.fast");
}

BOOST_AUTO_TEST_CASE(what_fits_nothing_is_an_error_with_the_nearest_ids) {
    for (const Selection& wish :
         {Selection{.patterns = {"t.report", "t.repart.slow"}}, Selection{.requirements = {"T-X-1"}},
          Selection{.tags = {"slwo"}}, Selection{.controls = {"SI-10"}}, Selection{.exact_case = "t"},
          Selection{.patterns = {"t.report"}, .requirements = {"T-SHOULD-001"}},
          Selection{.expressions = {"slow and fast"}}, Selection{.expressions = {"slow fast"}}})
        BOOST_TEST(!select(wish, three_cases()));
    const auto refused = select({.patterns = {"t.repart.slow\x1b[2J"}}, three_cases());
    BOOST_TEST(refused.error().nearest.size() == 3u);
    BOOST_TEST(refused.error().nearest.front() == "t.report.slow");
    BOOST_TEST(refused.error().what.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(expressions_bind_as_in_logic) {
    const std::vector<std::string> texts{"gpu.report", "Slow"};
    BOOST_TEST(holds("slow", texts));
    BOOST_TEST(holds("REPORT", texts));
    BOOST_TEST(!holds("not slow", texts));
    BOOST_TEST(holds("not not slow", texts));
    BOOST_TEST(holds("slow or fast and fast", texts));
    BOOST_TEST(!holds("(slow or fast) and fast", texts));
    BOOST_TEST(holds("not fast and slow", texts));
    BOOST_TEST(!holds("not(fast or slow)", texts));
    for (const char* bad : {"", "and", "slow and", "(slow", "slow)", "slow fast", "not", "()", "or slow"})
        BOOST_TEST(!Expression::parse(bad), bad);
    BOOST_TEST(!Expression::parse(std::string(2000, '(')));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::conformance
