#include "sim/kernel/timing_profile.hpp"

#include <boost/test/unit_test.hpp>

namespace assay::kernel {
namespace {

std::string profile(const std::string& parameter) {
    return R"({"id":"p","parameters":{"a.b":)" + parameter + "}}";
}

BOOST_AUTO_TEST_CASE(a_figure_is_asked_for_by_name) {
    const auto p =
        TimingProfile::from_json(profile(R"({"value":2.5,"unit":"us","source":"s","certainty":"assumed"})"));
    BOOST_REQUIRE(bool(p));
    BOOST_TEST((p->time("a.b") == sc_core::sc_time(2500, sc_core::SC_NS)));
    BOOST_CHECK_THROW((void)p->time("a"), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_figure_without_unit_source_or_certainty_is_refused) {
    for (const auto* bad :
         {R"({"value":1,"unit":"us","source":"s"})", R"({"value":1,"source":"s","certainty":"read"})",
          R"({"value":1,"unit":"h","source":"s","certainty":"read"})",
          R"({"value":1,"unit":"s","source":"s","certainty":"sure"})",
          R"({"value":-1,"unit":"s","source":"s","certainty":"read"})", "1", "{"})
        BOOST_TEST(!TimingProfile::from_json(profile(bad)), bad);
}

}  // namespace
}  // namespace assay::kernel
