#include "sim/base/clock.hpp"

#include <boost/test/unit_test.hpp>

namespace assay {
namespace {

BOOST_AUTO_TEST_CASE(a_time_and_its_text_are_inverse) {
    for (const auto* text :
         {"1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z"}) {
        const auto at = from_rfc3339(text);
        BOOST_REQUIRE(at.has_value());
        BOOST_TEST(to_rfc3339(*at) == text);
    }
}

BOOST_AUTO_TEST_CASE(an_offset_is_taken_off) {  // RFC 3339, 5.8
    BOOST_TEST(to_rfc3339(*from_rfc3339("1996-12-19T16:39:57-08:00")) == "1996-12-20T00:39:57Z");
    BOOST_TEST(to_rfc3339(*from_rfc3339("1985-04-12T23:20:50.52Z")) == "1985-04-12T23:20:50Z");
}

BOOST_AUTO_TEST_CASE(other_texts_are_refused) {
    for (const auto* bad :
         {"", "2025", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-01-01T24:00:00Z",
          "2025-01-01T00:00:60Z", "2025-01-01T00:00:00", "2025-01-01T00:00:00.Z", "2025-01-01T00:00:00Zz",
          "2025-01-01T00:00:00+24:00", "2025-1-01T00:00:00Z", "+025-01-01T00:00:00Z"})
        BOOST_TEST(!from_rfc3339(bad), bad);
}

}  // namespace
}  // namespace assay
