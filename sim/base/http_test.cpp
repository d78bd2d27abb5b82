#include "sim/base/http.hpp"

#include <boost/test/unit_test.hpp>

namespace assay {
namespace {

BOOST_AUTO_TEST_SUITE(http)

BOOST_AUTO_TEST_CASE(field_names_are_found_without_regard_to_case) {
    const HttpFields fields{{"Content-Type", "a/b"}, {"X-Two", "1"}, {"x-two", "2"}};
    BOOST_REQUIRE(find_field(fields, "content-TYPE"));
    BOOST_TEST(*find_field(fields, "content-TYPE") == "a/b");
    BOOST_TEST(*find_field(fields, "X-TWO") == "1");
    BOOST_TEST(count_fields(fields, "X-two") == 2U);
    BOOST_TEST(!find_field(fields, "X-Tw"));
    BOOST_TEST(!find_field(fields, "X-Two "));
}

BOOST_AUTO_TEST_CASE(a_field_that_is_set_stands_once) {
    HttpFields fields{{"A", "1"}, {"b", "2"}, {"a", "3"}};
    set_field(fields, "a", *find_field(fields, "A"));
    BOOST_TEST(count_fields(fields, "A") == 1U);
    BOOST_TEST(*find_field(fields, "A") == "1");
    BOOST_TEST(remove_fields(fields, "B") == 1U);
    BOOST_TEST(remove_fields(fields, "B") == 0U);
    BOOST_TEST(fields.size() == 1U);
}

// RFC 9110, 8.3.1: type and subtype are tokens, compared without regard to case.
BOOST_AUTO_TEST_CASE(a_media_type_is_read_without_its_parameters) {
    const auto of = [](std::string value) {
        return media_type({{"content-type", std::move(value)}});
    };
    BOOST_TEST(of("message/ohttp-req") == "message/ohttp-req");
    BOOST_TEST(of("Message/OHTTP-Req ; x=\"a;b\"") == "message/ohttp-req");
    BOOST_TEST(of("text/html;charset=utf-8") == "text/html");
    for (const char* bad : {"", "text", "/html", "text/", "te xt/html", "text/html, a/b", "text/html/x", ";"})
        BOOST_TEST(of(bad).empty(), bad);
    BOOST_TEST(media_type({}).empty());
    BOOST_TEST(media_type({{"Content-Type", "a/b"}, {"content-type", "a/b"}}).empty());
}

// The example of RFC 9110, 5.6.7.
BOOST_AUTO_TEST_CASE(a_date_is_an_imf_fixdate_and_nothing_else) {
    const auto at = from_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
    BOOST_REQUIRE(at);
    BOOST_TEST(at->time_since_epoch().count() == 784111777);
    BOOST_TEST(to_http_date(*at) == "Sun, 06 Nov 1994 08:49:37 GMT");
    for (const char* bad :
         {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Mon, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 nov 1994 08:49:37 GMT",
          "Fri, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:60 GMT", "Sun, 06 Nov 1994 08-49:37 GMT"})
        BOOST_TEST(!from_http_date(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay
