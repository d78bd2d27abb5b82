// JWE: the cases of the key-release sheet, the example of RFC 7518, and back and forth.
#include "models/kms/jwe.hpp"

#include <boost/test/unit_test.hpp>

#include "models/kms/test_world.hpp"
#include "models/kms/vectors.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

crypto::PrivateKey p256_key(const crypto::Context& context, std::string_view d) {
    return *crypto::PrivateKey::from_scalar(context, crypto::KeyType::p256, *from_base64url(d));
}

// RFC 7518, Appendix C.
BOOST_AUTO_TEST_CASE(the_key_agreement_of_the_standard_gives_its_key) {
    crypto::Drbg random{as_bytes("jwe_test")};
    const crypto::Context context{random};
    const auto alice = p256_key(context, "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo");
    const auto bob = p256_key(context, "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw");
    const auto agreed = alice.agree(bob.public_key());
    BOOST_TEST_REQUIRE(agreed.has_value());
    const Secret derived = concat_kdf(agreed->bytes(), "A128GCM", "Alice", "Bob", 16);
    BOOST_TEST(to_base64url(derived.bytes()) == "VqqN6vgjbSBcIijNcacQGg");
}

BOOST_AUTO_TEST_CASE(all_cases_of_the_sheet_come_out_as_it_says_and_resources_come_back) {
    if (!vectors::present()) return;
    crypto::Drbg random{as_bytes("jwe_test")};
    const crypto::Context context{random};
    const json document = vectors::document("jwe.json"), wrap = vectors::document("wrap.json");
    const auto elliptic =
        p256_key(context, document.at("ec_recipient_jwk").at("d").get_ref<const std::string&>());
    const auto rsa = crypto::PrivateKey::from_pkcs8(
        context, as_bytes(wrap.at("rsa_private_key_pem").get_ref<const std::string&>()));
    BOOST_TEST_REQUIRE(rsa.has_value());
    std::size_t good = 0, bad = 0;
    for (const json& test : document.at("cases")) {
        const std::string text = test.at("jwe").dump();
        auto found = decrypt_jwe(elliptic, as_bytes(text));
        if (!found) found = decrypt_jwe(*rsa, as_bytes(text));
        if (test.at("expect") == "ok") {
            BOOST_TEST_REQUIRE(found.has_value(), test.at("name"));
            BOOST_TEST(equal(found->bytes(), vectors::hex(test.at("plaintext"))), test.at("name"));
            ++good;
        } else {
            BOOST_TEST(!found.has_value(), test.at("name"));
            ++bad;
        }
    }
    BOOST_TEST(good == 2U);
    BOOST_TEST(bad == 12U);

    const Bytes resource(40, 0x21);
    for (const crypto::PrivateKey* const key : {&elliptic, &*rsa}) {
        const std::string jwe = encrypt_jwe(context, key->public_key(), resource);
        BOOST_TEST(equal(decrypt_jwe(*key, as_bytes(jwe))->bytes(), resource));
        BOOST_TEST(!decrypt_jwe(key == &elliptic ? *rsa : elliptic, as_bytes(jwe)).has_value());
    }
}

}  // namespace
}  // namespace assay::kms
