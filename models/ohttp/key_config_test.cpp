// Lists of key configurations: RFC 9458, 3, and 21 good and bad lists.
#include "models/ohttp/key_config.hpp"

#include "models/ohttp/test_vectors.hpp"

namespace assay::ohttp {
namespace {

using testing::hex;
using testing::shared_json;

BOOST_AUTO_TEST_SUITE(key_configurations)

BOOST_AUTO_TEST_CASE(lists_are_read_as_the_vectors_say) {
    const auto data = shared_json("ohttp/key-config-lists.json");
    if (!data) return;
    std::size_t checked = 0;
    for (const auto& c : data->at("cases")) {
        const std::string what = c.at("name"), expect = c.at("expect");
        const auto got = decode_list(hex(c, "body"));
        ++checked;
        if (expect == "ok") {
            BOOST_REQUIRE_MESSAGE(!!got, what);
            std::vector<unsigned> ids;
            for (const KeyConfig& config : *got) ids.push_back(config.id);
            BOOST_TEST(ids == c.at("key_ids").get<std::vector<unsigned>>(), boost::test_tools::per_element());
        } else {
            BOOST_REQUIRE_MESSAGE(!got, what);
            const bool malformed = got.error().kind == KeyListError::Kind::malformed;
            BOOST_TEST(malformed == (expect != "no-usable-config"), what << ": " << got.error().text());
        }
    }
    BOOST_TEST(checked == 21U);
    std::cout << "vectors: ohttp/key-config-lists.json " << checked << "\n";
}

BOOST_AUTO_TEST_CASE(the_configurations_of_the_vectors_are_encoded_as_they_stand) {
    const auto data = shared_json("ohttp/generated-rfc9458.json");
    if (!data) return;
    for (const auto& v : data->at("vectors")) {
        const auto got = decode_list(hex(v, "ohttp_keys"));
        BOOST_REQUIRE(got);
        BOOST_REQUIRE(got->size() == 1U);
        BOOST_TEST(got->front().id == v.at("key_id").get<unsigned>());
        BOOST_TEST(to_hex(got->front().public_key) == v.at("pkR").get<std::string>());
        BOOST_TEST(to_hex(encode_config(got->front())) == v.at("key_config").get<std::string>());
        BOOST_TEST(to_hex(encode_list(*got)) == v.at("ohttp_keys").get<std::string>());
    }
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_list_is_refused_as_a_whole) {
    const auto data = shared_json("ohttp/key-config-lists.json");
    if (!data) return;
    const Bytes two = hex(data->at("cases").at(1), "body");
    std::size_t taken = 0;
    for (std::size_t size = 0; size < two.size(); ++size)
        if (decode_list(ByteView{two}.first(size))) ++taken;
    BOOST_TEST(taken == 1U);  // exactly the first configuration
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::ohttp
