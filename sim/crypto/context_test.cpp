// Randomness: one seed, one world; and nothing but the injected source.
#include <boost/test/unit_test.hpp>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <sys/random.h>

#include "sim/crypto/mac.hpp"
#include "sim/crypto/native.hpp"
#include "sim/crypto/test_pki.hpp"

namespace assay::crypto {
namespace {

// How often this process asked the operating system for randomness (getentropy below).
std::size_t system_draws = 0;

}  // namespace
}  // namespace assay::crypto

// libcrypto's seed source calls getentropy when the process has one: this one counts.
extern "C" int getentropy(void* buffer, std::size_t size) {
    ++assay::crypto::system_draws;
    return ::getrandom(buffer, size, 0) == static_cast<ssize_t>(size) ? 0 : -1;
}

namespace assay::crypto {
namespace {

// Everything that draws, one after the other.
Bytes world(std::string_view seed) {
    TestPki pki{seed};
    Bytes out;
    for (const Certificate& one : pki.chain()) append(out, one.der());
    for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::x25519, KeyType::rsa}) {
        const PrivateKey key = pki.new_key(type);
        append(out, key.pkcs8().bytes());
        const Bytes message{1, 2, 3};
        if (type == KeyType::p256 || type == KeyType::p384)
            append(out, key.sign(SignatureScheme::ecdsa_raw, Hash::sha384, message));
        if (type == KeyType::rsa) {
            append(out, key.sign(SignatureScheme::rsa_pss, Hash::sha256, message));
            const Bytes sealed = key.public_key().encrypt_oaep(pki.context, Hash::sha256, message);
            append(out, sealed);
            append(out, key.decrypt_oaep(Hash::sha256, sealed)->bytes());
        } else {
            append(out, key.agree(pki.new_key(type).public_key())->bytes());
        }
    }
    append(out, make_request(pki.leaf_spec("request"), pki.leaf_key, Hash::sha384));
    return out;
}

class CountingRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override {
        if (broken) throw std::runtime_error("no randomness");
        drawn += out.size();
        inner_.fill(out);
    }
    std::size_t drawn = 0;
    bool broken = false;

private:
    Drbg inner_{as_bytes("counting")};
};

BOOST_AUTO_TEST_SUITE(context)

BOOST_AUTO_TEST_CASE(equal_seeds_give_equal_keys_signatures_ciphertexts_and_certificates) {
    const Bytes one = world("seed");
    BOOST_TEST((world("seed") == one));
    BOOST_TEST((world("another seed") != one));
}

BOOST_AUTO_TEST_CASE(nothing_asks_the_operating_system_for_randomness) {
    const std::size_t before = system_draws;
    (void)world("seed");
    BOOST_TEST(system_draws == before);
    // The counter counts: OpenSSL's own generator does ask.
    std::array<unsigned char, 16> bytes{};
    BOOST_TEST(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    BOOST_TEST(system_draws > before);
}

BOOST_AUTO_TEST_CASE(what_needs_no_randomness_cannot_get_any) {
    std::array<unsigned char, 16> bytes{};
    BOOST_TEST(!succeeded(RAND_bytes_ex(pure_library(), bytes.data(), bytes.size(), 0)));
    BOOST_TEST(!succeeded(RAND_priv_bytes_ex(pure_library(), bytes.data(), bytes.size(), 0)));
}

BOOST_AUTO_TEST_CASE(each_operation_that_needs_randomness_draws_from_the_injected_source) {
    CountingRandom random;
    const Context context{random};
    const Bytes message{1};
    const auto draws = [&](auto&& operation) {
        const std::size_t before = random.drawn;
        operation();
        return random.drawn - before;
    };
    const PrivateKey ec = PrivateKey::generate(context, KeyType::p384);
    const PrivateKey rsa = PrivateKey::generate(context, KeyType::rsa);
    BOOST_TEST(draws([&] { (void)PrivateKey::generate(context, KeyType::x25519); }) >= 32);
    BOOST_TEST(draws([&] { (void)PrivateKey::generate(context, KeyType::p256); }) >= 32);
    BOOST_TEST(draws([&] { (void)ec.sign(SignatureScheme::ecdsa_der, Hash::sha384, message); }) >= 48);
    BOOST_TEST(draws([&] { (void)rsa.sign(SignatureScheme::rsa_pss, Hash::sha384, message); }) >= 48);
    BOOST_TEST(draws([&] { (void)rsa.public_key().encrypt_oaep(context, Hash::sha384, message); }) >= 48);
    // The same key signs the same message differently: the nonce is fresh each time.
    BOOST_TEST((ec.sign(SignatureScheme::ecdsa_raw, Hash::sha384, message) !=
                ec.sign(SignatureScheme::ecdsa_raw, Hash::sha384, message)));
    const Bytes signature = ec.sign(SignatureScheme::ecdsa_raw, Hash::sha384, message);
    BOOST_TEST(draws([&] {
                   BOOST_TEST(
                       ec.public_key().verify(SignatureScheme::ecdsa_raw, Hash::sha384, message, signature));
               }) == 0);
}

BOOST_AUTO_TEST_CASE(a_source_that_fails_fails_the_operation) {
    CountingRandom random;
    const Context context{random};
    const PrivateKey key = PrivateKey::generate(context, KeyType::p256);
    random.broken = true;
    const Bytes message{1};
    BOOST_CHECK_THROW((void)key.sign(SignatureScheme::ecdsa_raw, Hash::sha256, message), std::runtime_error);
    BOOST_CHECK_THROW((void)PrivateKey::generate(context, KeyType::p384), std::runtime_error);
    random.broken = false;
    BOOST_TEST(key.public_key().verify(SignatureScheme::ecdsa_raw, Hash::sha256, message,
                                       key.sign(SignatureScheme::ecdsa_raw, Hash::sha256, message)));
}

// NIST CAVP, HMAC_DRBG.rsp, SHA-256 without prediction resistance, COUNT 0: the second request of 128 bytes.
BOOST_AUTO_TEST_CASE(the_generator_gives_the_bytes_of_its_known_answer) {
    const Bytes entropy_and_nonce = *from_hex(
        "ca851911349384bffe89de1cbdc46e6831e44d34a4fb935ee285dd14b71a7488 659ba96c601dc69fc902940805ec0ca8");
    Drbg drbg{entropy_and_nonce};
    Bytes out(128);
    drbg.fill(out);
    drbg.fill(out);
    BOOST_TEST(to_hex(out) ==
               "e528e9abf2dece54d47c7e75e5fe302149f817ea9fb4bee6f4199697d04d5b89"
               "d54fbb978a15b5c443c9ec21036d2460b6f73ebad0dc2aba6e624abf07745bc1"
               "07694bb7547bb0995f70de25d6b29e2d3011bb19d27676c07162c8b5ccde0668"
               "961df86803482cb37ed6d5c0bb8d50cf1f50d476aa0458bdaba806f48be9dcb8");
}

// OpenSSL's HMAC-DRBG, fed by its TEST-RAND.
Bytes openssl_drbg(ByteView entropy, std::string_view label, const std::vector<std::size_t>& requests) {
    using RandHandle = Handle<EVP_RAND, &EVP_RAND_free>;
    using RandContext = Handle<EVP_RAND_CTX, &EVP_RAND_CTX_free>;
    const RandHandle test{check(EVP_RAND_fetch(nullptr, "TEST-RAND", nullptr), "EVP_RAND_fetch")};
    const RandContext parent{check(EVP_RAND_CTX_new(test.get(), nullptr), "EVP_RAND_CTX_new")};
    unsigned strength = 256;
    Bytes seed{entropy.begin(), entropy.end()};
    Bytes nonce(16, 0x5A);
    std::array params{
        OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
        OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY, seed.data(), seed.size()),
        OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_NONCE, nonce.data(), nonce.size()),
        OSSL_PARAM_construct_end(),
    };
    check(EVP_RAND_CTX_set_params(parent.get(), params.data()), "EVP_RAND_CTX_set_params");
    check(EVP_RAND_instantiate(parent.get(), 256, 0, nullptr, 0, nullptr), "EVP_RAND_instantiate");
    const RandHandle hmac_drbg{check(EVP_RAND_fetch(nullptr, "HMAC-DRBG", nullptr), "EVP_RAND_fetch")};
    const RandContext drbg{check(EVP_RAND_CTX_new(hmac_drbg.get(), parent.get()), "EVP_RAND_CTX_new")};
    std::string digest_name = "SHA2-256", mac_name = "HMAC";
    const std::array algorithm{
        OSSL_PARAM_construct_utf8_string(OSSL_DRBG_PARAM_MAC, mac_name.data(), 0),
        OSSL_PARAM_construct_utf8_string(OSSL_DRBG_PARAM_DIGEST, digest_name.data(), 0),
        OSSL_PARAM_construct_end(),
    };
    check(EVP_RAND_instantiate(drbg.get(), 256, 0, as_bytes(label).data(), label.size(), algorithm.data()),
          "EVP_RAND_instantiate");
    Bytes out;
    for (const std::size_t size : requests) {
        Bytes part(size);
        check(EVP_RAND_generate(drbg.get(), part.data(), size, 256, 0, nullptr, 0), "EVP_RAND_generate");
        append(out, part);
    }
    return out;
}

BOOST_AUTO_TEST_CASE(the_generator_agrees_with_openssls) {
    const std::vector<std::size_t> requests{1, 32, 33, 5000, 65536};
    Bytes entropy(32);
    for (std::size_t i = 0; i < entropy.size(); ++i) entropy[i] = static_cast<std::uint8_t>(7 * i);
    Drbg ours{concat({entropy, Bytes(16, 0x5A)}), "a label"};
    Bytes out;
    for (const std::size_t size : requests) {
        Bytes part(size);
        ours.fill(part);
        append(out, part);
    }
    BOOST_TEST((out == openssl_drbg(entropy, "a label", requests)));
}

BOOST_AUTO_TEST_CASE(labels_and_seeds_separate_generators) {
    const auto first = [](std::string_view seed, std::string_view label) {
        Bytes out(16);
        Drbg{as_bytes(seed), label}.fill(out);
        return to_hex(out);
    };
    BOOST_TEST(first("seed", "a") == first("seed", "a"));
    BOOST_TEST(first("seed", "a") != first("seed", "b"));
    BOOST_TEST(first("seed", "a") != first("seeds", "a"));
    BOOST_TEST(first("", "") == first("", ""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto
