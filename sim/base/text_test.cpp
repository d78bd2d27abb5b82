#include "sim/base/text.hpp"

#include <boost/test/unit_test.hpp>

namespace assay {
namespace {

BOOST_AUTO_TEST_CASE(plain_text_stays) { BOOST_TEST(printable("H100 \\ ümlaut €") == "H100 \\ ümlaut €"); }

BOOST_AUTO_TEST_CASE(nothing_reaches_a_terminal_that_steers_it) {
    BOOST_TEST(printable("a\x1b[31m\n\x7f") == "a\\x1b[31m\\x0a\\x7f");
    BOOST_TEST(printable("\xe2\x80\xae") == "\\u{202e}");
    BOOST_TEST(printable("\xc2\x9b") == "\\u{9b}");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf_8_are_shown_as_bytes) {
    BOOST_TEST(printable("\xff\xc0\xaf\xed\xa0\x80\xe2\x82") == "\\xff\\xc0\\xaf\\xed\\xa0\\x80\\xe2\\x82");
}

}  // namespace
}  // namespace assay
