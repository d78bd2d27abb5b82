// Receipts: all cases of the key-release sheet, and the members that CCF knows besides.
#include "models/kms/receipt.hpp"

#include <boost/test/unit_test.hpp>

#include "models/kms/key_config.hpp"
#include "models/kms/vectors.hpp"
#include "models/ohttp/key_config.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

crypto::Certificate certificate(const json& pem) {
    return crypto::certificates_from_pem(as_bytes(pem.get_ref<const std::string&>()))->front();
}

std::string outcome(const json& receipt, const crypto::Certificate& service, ByteView published) {
    const std::string text = receipt.dump();
    const auto held =
        verify_receipt(as_bytes(text), service, published, *from_rfc3339("2026-01-01T00:00:00Z"));
    return held ? "ok" : std::string{name(held.error().kind)};
}

BOOST_AUTO_TEST_CASE(all_receipts_of_the_sheet_come_out_as_it_says) {
    if (!vectors::present()) return;
    const json document = vectors::document("receipts.json");
    const auto service = certificate(document.at("service_certificate"));
    std::size_t count = 0;
    for (const json& test : document.at("cases")) {
        BOOST_TEST(outcome(test.at("receipt"), service, vectors::hex(test.at("key_config"))) ==
                       test.at("expect").get<std::string>(),
                   test.at("name"));
        ++count;
    }
    BOOST_TEST(count == 23U);
}

BOOST_AUTO_TEST_CASE(leaf_and_root_are_those_of_the_sheet_and_json_reads_back) {
    if (!vectors::present()) return;
    const json document = vectors::document("receipts.json");
    const auto service = certificate(document.at("service_certificate"));
    const json& valid = document.at("cases").at(0);
    const std::string text = valid.at("receipt").dump();
    const auto receipt = verify_receipt(as_bytes(text), service, vectors::hex(valid.at("key_config")));
    BOOST_TEST_REQUIRE(static_cast<bool>(receipt));
    BOOST_TEST(to_hex(receipt_leaf(*receipt)) == document.at("leaf_of_valid").get<std::string>());
    BOOST_TEST(to_hex(receipt_root(*receipt)) == document.at("root_of_valid").get<std::string>());
    BOOST_TEST(json::parse(to_json(*receipt)) == valid.at("receipt"));
}

BOOST_AUTO_TEST_CASE(further_faults_are_found_too) {
    if (!vectors::present()) return;
    const json document = vectors::document("receipts.json");
    const auto service = certificate(document.at("service_certificate"));
    const auto other = certificate(document.at("other_service_certificate"));
    const json& valid = document.at("cases").at(0);
    const Bytes config = vectors::hex(valid.at("key_config"));
    const json good = valid.at("receipt");
    const auto with = [&](const char* pointer, json value) {
        json receipt = good;
        receipt[json::json_pointer{pointer}] = std::move(value);
        return outcome(receipt, service, config);
    };
    BOOST_TEST(outcome(good, other, config) == "certificate");
    BOOST_TEST(with("/node_id", std::string(64, 'a')) == "certificate");
    BOOST_TEST(with("/node_id", "aa") == "malformed");
    BOOST_TEST(with("/extra", 1) == "malformed");
    BOOST_TEST(with("/leaf_components/claims_digest", std::string(64, 'A')) == "malformed");
    BOOST_TEST(with("/leaf_components/commit_evidence", "ce:2.214:ab") == "malformed");
    BOOST_TEST(with("/cert", good.at("cert").get<std::string>() + good.at("cert").get<std::string>()) ==
               "malformed");
    const std::string text = good.dump();
    const auto later = verify_receipt(as_bytes(text), service, config, *from_rfc3339("2040-01-01T00:00:00Z"));
    BOOST_TEST_REQUIRE(!later);
    BOOST_TEST(name(later.error().kind) == "certificate");
}

BOOST_AUTO_TEST_CASE(a_key_configuration_is_encoded_as_the_sheet_prints_one) {
    if (!vectors::present()) return;
    const json document = vectors::document("receipts.json");
    const json keys = vectors::document("cbor-key.json");
    const Bytes config = vectors::hex(document.at("cases").at(0).at("key_config"));
    const auto read = ohttp::decode_list(encode_key_config_list({config}));
    BOOST_TEST_REQUIRE(static_cast<bool>(read));
    BOOST_TEST(equal(ohttp::encode_config(read->front()), config));
    BOOST_TEST(equal(read->front().public_key, vectors::hex(keys.at("public_key_uncompressed"))));
    const auto key = crypto::PublicKey::from_point(crypto::KeyType::p384, read->front().public_key);
    const Bytes ours = encode_key_config(7, *key);
    BOOST_TEST(to_hex(ByteView{ours}.last(14)) == "000c000200020001000100010003");
    BOOST_TEST(to_hex(ByteView{encode_key_config_list({ours})}.first(2)) == "0072");
}

}  // namespace
}  // namespace assay::kms
