#include "sim/crypto/rsa.hpp"

#include <set>

#include <boost/test/unit_test.hpp>
#include <openssl/bn.h>

#include "sim/crypto/hash_state.hpp"

namespace assay::crypto {
namespace {

Bytes owned(ByteView view) { return {view.begin(), view.end()}; }

BOOST_AUTO_TEST_CASE(a_key_is_whole_again_from_its_modulus_and_one_prime) {
    Drbg random{as_bytes("rsa"), "test"};
    const Context context{random};
    const PrivateKey key = PrivateKey::generate(context, KeyType::rsa, 2048);
    const Bytes modulus = key.public_key().rsa_modulus();
    Secret prime = rsa_prime(key);
    BOOST_TEST(prime.bytes().size() == 128U);
    const auto again = rsa_from_prime(context, modulus, 65537, prime.bytes());
    BOOST_REQUIRE(again.has_value());
    const Bytes signature = again->sign(SignatureScheme::rsa_pss, Hash::sha256, as_bytes("message"));
    BOOST_TEST(
        key.public_key().verify(SignatureScheme::rsa_pss, Hash::sha256, as_bytes("message"), signature));
    BOOST_TEST(rsa_verify_pss_any_salt(key.public_key(), Hash::sha256,
                                       digest(Hash::sha256, {as_bytes("message")}), signature));

    prime.bytes()[5] ^= 1;
    BOOST_TEST(!rsa_from_prime(context, modulus, 65537, prime.bytes()).has_value());
    BOOST_TEST(!rsa_from_prime(context, modulus, 65537, {}).has_value());
}

/// OpenSSL's own test, with rounds of its own choosing.
bool is_prime(const BIGNUM* number) { return BN_check_prime(number, nullptr, nullptr) == 1; }

BOOST_AUTO_TEST_CASE(
    new_keys_are_products_of_two_primes_of_the_right_size_and_follow_from_the_seed) {  // FIPS 186-5, A.1.3
    std::set<Bytes> seen;
    for (const std::size_t bits : {1024, 2048, 2112, 3072})
        for (const std::string_view seed : {"one", "two", "three"}) {
            Drbg random{as_bytes(seed), "primes"};
            const RsaNumbers key = rsa_generate(bits, random);
            BOOST_TEST(key.modulus.size() == bits / 8);
            BOOST_TEST(key.prime.bytes().size() == bits / 16);
            BOOST_TEST(seen.insert(key.modulus).second);
            BIGNUM* n = BN_bin2bn(key.modulus.data(), static_cast<int>(bits / 8), nullptr);
            BIGNUM* p = BN_bin2bn(key.prime.bytes().data(), static_cast<int>(bits / 16), nullptr);
            BIGNUM *q = BN_new(), *rest = BN_new();
            BN_CTX* scratch = BN_CTX_new();
            BN_div(q, rest, n, p, scratch);
            BOOST_TEST(BN_is_zero(rest));
            BOOST_TEST(is_prime(p));
            BOOST_TEST(is_prime(q));
            for (const BIGNUM* prime : {p, q}) {
                BOOST_TEST(BN_is_bit_set(prime, static_cast<int>(bits / 2 - 1)) == 1);
                BOOST_TEST(BN_is_bit_set(prime, static_cast<int>(bits / 2 - 2)) ==
                           1);  // above sqrt(2) 2^(nlen/2-1)
                BOOST_TEST(BN_mod_word(prime, rsa_exponent) != 1U);
            }
            Drbg again{as_bytes(seed), "primes"};
            BOOST_TEST(rsa_generate(bits, again).modulus == key.modulus);
            for (BIGNUM* number : {n, p, q, rest}) BN_free(number);
            BN_CTX_free(scratch);
        }
    Drbg random{as_bytes("one"), "primes"};
    BOOST_CHECK_THROW(rsa_generate(512, random), std::logic_error);
    BOOST_CHECK_THROW(rsa_generate(2056, random), std::logic_error);
}

BOOST_AUTO_TEST_CASE(every_padding_is_undone_by_itself_alone) {
    Drbg random{as_bytes("rsa"), "paddings"};
    const Context context{random};
    const PrivateKey key = PrivateKey::generate(context, KeyType::rsa, 2048);
    const Bytes text{0x01, 0x02, 0x03};
    for (const RsaPadding padding : {RsaPadding::pkcs1, RsaPadding::oaep}) {
        const auto sealed =
            rsa_encrypt(context, key.public_key(), padding, Hash::sha256, text, as_bytes("L"));
        BOOST_REQUIRE(sealed.has_value());
        const auto opened = rsa_decrypt(key, padding, Hash::sha256, *sealed, as_bytes("L"));
        BOOST_REQUIRE(opened.has_value());
        BOOST_TEST(owned(opened->bytes()) == text);
        const auto other = padding == RsaPadding::oaep ? RsaPadding::pkcs1 : RsaPadding::oaep;
        BOOST_TEST(!rsa_decrypt(key, other, Hash::sha256, *sealed, as_bytes("L")).has_value());
    }
    const auto raw = rsa_encrypt(context, key.public_key(), RsaPadding::none, Hash::sha256, text);
    BOOST_REQUIRE(raw.has_value());
    const auto back = rsa_decrypt(key, RsaPadding::none, Hash::sha256, *raw);
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST(owned(back->bytes().last(3)) == text);
    BOOST_TEST(!rsa_encrypt(context, key.public_key(), RsaPadding::none, Hash::sha256, Bytes(256, 0xFF))
                    .has_value());
    BOOST_TEST(
        !rsa_encrypt(context, key.public_key(), RsaPadding::pkcs1, Hash::sha256, Bytes(246)).has_value());
}

BOOST_AUTO_TEST_CASE(a_digest_goes_on_where_it_was_put_away) {
    for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512})
        for (const std::size_t cut : {0, 1, 63, 64, 127, 128, 200}) {
            Bytes data(300);
            for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i);
            HashState first{hash};
            first.update(ByteView{data}.first(cut));
            const Secret saved = first.save();
            auto second = HashState::restore(hash, saved.bytes());
            BOOST_REQUIRE(second.has_value());
            second->update(ByteView{data}.subspan(cut));
            BOOST_TEST(second->finish() == digest(hash, {data}));
            BOOST_TEST(!HashState::restore(hash, saved.bytes().first(saved.bytes().size() - 1)).has_value());
        }
    const Secret saved = HashState{Hash::sha384}.save();
    BOOST_TEST(!HashState::restore(Hash::sha512, saved.bytes()).has_value());
}

}  // namespace
}  // namespace assay::crypto
