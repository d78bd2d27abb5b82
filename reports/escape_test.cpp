#include "reports/escape.hpp"

#include "reports/format.hpp"
#include <boost/test/unit_test.hpp>

namespace assay::reports {
namespace {

BOOST_AUTO_TEST_SUITE(reports_escape)

BOOST_AUTO_TEST_CASE(markup_in_a_text_is_only_text) {
    BOOST_TEST(html_text("\"><script>x</script>&#x27;'") ==
               "&quot;&gt;&lt;script&gt;x&lt;/script&gt;&amp;#x27;&#39;");
    BOOST_TEST(Html("<p title=\"{}\">{}</p>", "a\"b", "<i>").text() == "<p title=\"a&quot;b\">&lt;i&gt;</p>");
    BOOST_TEST(Html("{}", Html("<i>{}</i>", "<")).text() == "<i>&lt;</i>");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_seen_is_shown) {
    using namespace std::string_view_literals;
    BOOST_TEST(html_text("a\x1b[31m\0\n"sv) == "a\\u{1b}[31m\\u{0}\\u{a}");
    BOOST_TEST(html_text("a\tb\nc\r", Lines::kept) == "a\tb\nc\\u{d}");
    BOOST_TEST(html_text("a\u202Eb\u2066c\u200Fd\u200Be\uFEFF\u2028") ==
               "a\\u{202e}b\\u{2066}c\\u{200f}d\\u{200b}e\\u{feff}\\u{2028}");
    BOOST_TEST(html_text("\xff\xc0\x80\xed\xa0\x80") == "\\x{ff}\\x{c0}\\x{80}\\x{ed}\\x{a0}\\x{80}");
    BOOST_TEST(html_text("\u00B5 \u2717 \U0001F600") == "\u00B5 \u2717 \U0001F600");
    BOOST_TEST(html_text("\u00B5"sv.substr(0, 1)) == "\\x{c2}");
}

BOOST_AUTO_TEST_CASE(xml_holds_only_characters_of_xml) {
    using namespace std::string_view_literals;
    BOOST_TEST(xml_text("a\x1b\0]]>&\"\xff"sv) == "a\uFFFD\uFFFD]]&gt;&amp;&quot;\uFFFD");
    BOOST_TEST(xml_text("a\n\t\r", true) == "a&#10;&#9;&#13;");
    BOOST_TEST(xml_text("a\n\t\r") == "a\n\t&#13;");
}

BOOST_AUTO_TEST_CASE(a_cut_never_splits_a_character) {
    BOOST_TEST(clipped("abcdef", 6) == "abcdef");
    BOOST_TEST(clipped("abcdefg", 6) == "abcde\u2026");
    BOOST_TEST(clipped("\u00B5\u00B5\u00B5", 2) == "\u00B5\u2026");
    BOOST_TEST(clipped("", 3) == "");
}

BOOST_AUTO_TEST_CASE(only_plain_paths_become_links) {
    BOOST_TEST(is_plain_path("evidence/m/a.b-c_d/e.bin"));
    for (const auto path :
         {"", "/etc/passwd", "a/../b", "a//b", "a/", "../a", ".a", "javascript:x", "a b", "a\"b", "-a"})
        BOOST_TEST(!is_plain_path(path), path);
    BOOST_TEST(link("javascript:alert(1)", "x").text() == "x");
    BOOST_TEST(link("../../a/b.html#c", "x").text() == "<a href=\"../../a/b.html#c\">x</a>");
}

BOOST_AUTO_TEST_CASE(times_are_in_their_largest_unit) {
    BOOST_TEST(time_text(0) == "0 ps");
    BOOST_TEST(time_text(999) == "999 ps");
    BOOST_TEST(time_text(1000) == "1 ns");
    BOOST_TEST(time_text(1'200'000) == "1.2 \u00B5s");
    BOOST_TEST(time_text(905'400'000) == "905.4 \u00B5s");
    BOOST_TEST(time_text(1'234'567'890'123) == "1.235 s");
    BOOST_TEST(time_text(9'007'199'254'740'991) == "9007.199 s");
    BOOST_TEST(size_text(1'234'567) == "1,234,567 B");
    BOOST_TEST(size_text(579) == "579 B");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::reports
