#include "sim/base/bytes.hpp"

#include <boost/test/unit_test.hpp>

namespace assay {
namespace {

BOOST_AUTO_TEST_CASE(hexadecimal_is_strict) {
    BOOST_TEST((from_hex("00 fF") == Bytes{0x00, 0xFF}));
    for (const auto* bad : {"0", "0g", "0x01", "0 1", "-1", "+1"}) BOOST_TEST(!from_hex(bad), bad);
}

BOOST_AUTO_TEST_CASE(base64_gives_the_test_vectors_of_rfc_4648) {  // RFC 4648, 10
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : vectors) {
        BOOST_TEST(to_base64(as_bytes(plain)) == coded);
        const auto decoded = from_base64(coded);
        BOOST_REQUIRE(decoded.has_value());
        BOOST_TEST(as_text(*decoded) == plain);
    }
}

BOOST_AUTO_TEST_CASE(base64_is_strict) {
    for (const auto* bad :
         {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-v", "Zg==Zg=="})
        BOOST_TEST(!from_base64(bad), bad);
    BOOST_TEST((from_base64(" Zm\n9v\r\n", true) == Bytes{'f', 'o', 'o'}));
}

BOOST_AUTO_TEST_CASE(base64url_has_no_padding) {  // RFC 7515, appendix C
    const Bytes bytes{3, 236, 255, 224, 193};
    BOOST_TEST(to_base64url(bytes) == "A-z_4ME");
    BOOST_TEST((from_base64url("A-z_4ME") == bytes));
    for (const auto* bad : {"A+z/4ME", "A-z_4ME=", "A-z_4MF", "A"}) BOOST_TEST(!from_base64url(bad), bad);
}

}  // namespace
}  // namespace assay
