// RSA-AES key wrap and AES-KWP: the vectors of the key-release sheet, two of them from RFC 5649.
#include "models/kms/wrapping.hpp"

#include <boost/test/unit_test.hpp>

#include "models/kms/vectors.hpp"
#include "sim/crypto/key_wrap.hpp"

namespace assay::kms {
namespace {

using nlohmann::json;

struct Keys {
    crypto::Drbg random{as_bytes("wrapping_test")};
    crypto::Context context{random};
};

BOOST_AUTO_TEST_CASE(aes_key_wrap_with_padding_meets_all_vectors) {
    if (!vectors::present()) return;
    const json document = vectors::document("wrap.json");
    std::size_t good = 0, bad = 0;
    for (const json& test : document.at("kwp")) {
        const Bytes kek = vectors::hex(test.at("kek")), wrapped = vectors::hex(test.at("wrapped"));
        const auto key = crypto::unwrap_key(crypto::KeyWrap::kwp, kek, wrapped);
        if (test.at("expect") == "ok") {
            BOOST_TEST_REQUIRE(key.has_value(), test.at("name"));
            BOOST_TEST(equal(key->bytes(), vectors::hex(test.at("plaintext"))), test.at("name"));
            BOOST_TEST(equal(crypto::wrap_key(crypto::KeyWrap::kwp, kek, key->bytes()), wrapped));
            ++good;
        } else {
            BOOST_TEST(!key.has_value(), test.at("name"));
            ++bad;
        }
    }
    BOOST_TEST(good == 13U);
    BOOST_TEST(bad == 10U);
}

BOOST_AUTO_TEST_CASE(rsa_aes_key_wrap_meets_all_vectors) {
    if (!vectors::present()) return;
    Keys keys;
    const json document = vectors::document("wrap.json");
    const auto pem = document.at("rsa_private_key_pem").get<std::string>();
    const auto rsa = crypto::PrivateKey::from_pkcs8(keys.context, as_bytes(pem));
    BOOST_TEST_REQUIRE(rsa.has_value());
    std::size_t good = 0, bad = 0;
    for (const json& test : document.at("rsa_aes")) {
        const auto how = wrapping_named(test.at("enc").get<std::string>());
        const auto key = how ? unwrap(*how, *rsa, vectors::hex(test.at("blob"))) : std::nullopt;
        if (test.at("expect") == "ok") {
            BOOST_TEST_REQUIRE(key.has_value(), test.at("name"));
            BOOST_TEST(equal(key->bytes(), vectors::hex(test.at("plaintext"))), test.at("name"));
            const auto again = wrap(keys.context, *how, rsa->public_key(), key->bytes());
            BOOST_TEST_REQUIRE(again.has_value());
            BOOST_TEST(equal(unwrap(*how, *rsa, *again)->bytes(), key->bytes()));
            ++good;
        } else {
            BOOST_TEST(!key.has_value(), test.at("name"));
            ++bad;
        }
    }
    BOOST_TEST(good == 6U);
    BOOST_TEST(bad == 10U);
}

BOOST_AUTO_TEST_CASE(plain_oaep_takes_what_fits_into_one_block) {
    Keys keys;
    const auto rsa = crypto::PrivateKey::generate(keys.context, crypto::KeyType::rsa);
    constexpr std::size_t fits = 256 - 2 * 32 - 2;
    const Bytes payload(fits, 0x5A);
    const auto blob = wrap(keys.context, Wrapping::rsa_oaep_256, rsa.public_key(), payload);
    BOOST_TEST_REQUIRE(blob.has_value());
    BOOST_TEST(blob->size() == 256U);
    BOOST_TEST(equal(unwrap(Wrapping::rsa_oaep_256, rsa, *blob)->bytes(), payload));
    BOOST_TEST(!wrap(keys.context, Wrapping::rsa_oaep_256, rsa.public_key(), Bytes(fits + 1)).has_value());
    BOOST_TEST(!wrap(keys.context, Wrapping::rsa_aes_256, rsa.public_key(), {}).has_value());
    BOOST_TEST(!unwrap(Wrapping::rsa_aes_256, rsa, *blob).has_value());
}

}  // namespace
}  // namespace assay::kms
