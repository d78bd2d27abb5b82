// The CBOR key map: all cases of the key-release sheet.
#include "models/kms/cbor_key.hpp"

#include <boost/test/unit_test.hpp>

#include "models/kms/vectors.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

BOOST_AUTO_TEST_CASE(the_key_map_meets_all_cases) {
    if (!vectors::present()) return;
    crypto::Drbg random{as_bytes("cbor_key_test")};
    const crypto::Context context{random};
    const json document = vectors::document("cbor-key.json");
    const auto requested = document.at("requested_kid").get<std::uint8_t>();
    const Bytes d = vectors::hex(document.at("d"));
    std::size_t count = 0;
    for (const json& test : document.at("cases")) {
        const auto key = decode_cbor_key(context, vectors::hex(test.at("cbor")), requested);
        BOOST_TEST(key.has_value() == (test.at("expect") == "ok"), test.at("name"));
        if (key) BOOST_TEST(equal(key->scalar.bytes(), d), test.at("name"));
        ++count;
    }
    BOOST_TEST(count == 29U);
}

BOOST_AUTO_TEST_CASE(what_is_encoded_is_the_short_form_and_reads_back) {
    crypto::Drbg random{as_bytes("cbor_key_test")};
    const crypto::Context context{random};
    const Bytes d(48, 0x11);
    const Secret seven = encode_cbor_key(7, d);
    BOOST_TEST(to_hex(seven.bytes().first(8)) == "a304072002235830");
    for (const std::uint8_t id : {std::uint8_t{0}, std::uint8_t{23}, std::uint8_t{24}, std::uint8_t{255}}) {
        const Secret map = encode_cbor_key(id, d);
        const auto back = decode_cbor_key(context, map.bytes(), id);
        BOOST_TEST_REQUIRE(back.has_value());
        BOOST_TEST(equal(back->scalar.bytes(), d));
        BOOST_TEST(!decode_cbor_key(context, map.bytes(), static_cast<std::uint8_t>(id + 1)).has_value());
    }
}

}  // namespace
}  // namespace assay::kms
