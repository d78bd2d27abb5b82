// Keys and signatures: strictness, derivation, files.
#include "sim/crypto/key.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/crypto/der.hpp"

namespace assay::crypto {
namespace {

using enum SignatureScheme;

struct Keys {
    Drbg random{as_bytes("keys")};
    Context context{random};
    PrivateKey make(KeyType type) { return PrivateKey::generate(context, type); }
};

Bytes changed(Bytes bytes, std::size_t at, std::uint8_t flip = 1) {
    bytes.at(at) = static_cast<std::uint8_t>(bytes.at(at) ^ flip);
    return bytes;
}

BOOST_FIXTURE_TEST_SUITE(keys, Keys)

BOOST_AUTO_TEST_CASE(signatures_verify_and_altered_ones_do_not) {
    const Bytes message{1, 2, 3};
    for (const auto& [type, scheme] : {std::pair{KeyType::p256, ecdsa_raw},
                                       {KeyType::p256, ecdsa_der},
                                       {KeyType::p384, ecdsa_raw},
                                       {KeyType::p384, ecdsa_der},
                                       {KeyType::rsa, rsa_pkcs1},
                                       {KeyType::rsa, rsa_pss}}) {
        const PrivateKey key = make(type);
        const PublicKey half = key.public_key();
        for (const Hash hash : {Hash::sha256, Hash::sha384, Hash::sha512}) {
            const Bytes signature = key.sign(scheme, hash, message);
            BOOST_TEST(half.verify(scheme, hash, message, signature));
            BOOST_TEST(half.verify_digest(scheme, hash, digest(hash, {message}), signature));
            BOOST_TEST(!half.verify(scheme, hash, Bytes{1, 2}, signature));
            BOOST_TEST(
                !half.verify(scheme, hash == Hash::sha256 ? Hash::sha384 : Hash::sha256, message, signature));
            for (std::size_t at = 0; at < signature.size(); at += 5)
                BOOST_TEST(!half.verify(scheme, hash, message, changed(signature, at)));
            Bytes longer = signature;
            longer.push_back(0);
            BOOST_TEST(!half.verify(scheme, hash, message, longer));
            BOOST_TEST(!half.verify(scheme, hash, message, ByteView{signature}.first(signature.size() - 1)));
            BOOST_TEST(!half.verify(scheme, hash, message, {}));
            BOOST_TEST(!make(type == KeyType::rsa ? KeyType::p256 : type)
                            .public_key()
                            .verify(scheme, hash, message, signature));
        }
        BOOST_TEST(!half.verify_digest(scheme, Hash::sha256, Bytes(31), Bytes(64)));
    }
}

BOOST_AUTO_TEST_CASE(schemes_belong_to_key_types) {
    const Bytes message{1};
    BOOST_CHECK_THROW((void)make(KeyType::p256).sign(rsa_pss, Hash::sha256, message), std::logic_error);
    BOOST_CHECK_THROW((void)make(KeyType::x25519).sign(ecdsa_raw, Hash::sha256, message), std::logic_error);
    BOOST_CHECK_THROW((void)make(KeyType::p256).sign_digest(ecdsa_raw, Hash::sha256, Bytes(31)),
                      std::logic_error);
    BOOST_TEST(!make(KeyType::x25519).public_key().verify(ecdsa_raw, Hash::sha256, message, Bytes(64)));
}

BOOST_AUTO_TEST_CASE(der_signatures_have_one_form) {
    const PrivateKey key = make(KeyType::p256);
    const Bytes message{7};
    const Bytes raw = key.sign(ecdsa_raw, Hash::sha256, message);
    const Bytes der = *ecdsa_raw_to_der(KeyType::p256, raw);
    BOOST_TEST(key.public_key().verify(ecdsa_der, Hash::sha256, message, der));
    BOOST_TEST((*ecdsa_der_to_raw(KeyType::p256, der) == raw));
    const Bytes r = der::unsigned_integer(ByteView{raw}.first(32)),
                s = der::unsigned_integer(ByteView{raw}.last(32));
    const auto refused = [&](const Bytes& form) {
        return !ecdsa_der_to_raw(KeyType::p256, form) &&
               !key.public_key().verify(ecdsa_der, Hash::sha256, message, form);
    };
    BOOST_TEST(refused(concat({der, Bytes{0}})));
    BOOST_TEST(refused(der::element(der::sequence, {r, s, der::unsigned_integer({})})));
    BOOST_TEST(refused(der::element(der::sequence, {r})));
    BOOST_TEST(refused(der::element(der::set, {r, s})));
    const Bytes padded_s = der::element(der::integer, {Bytes{0}, Bytes{0}, ByteView{raw}.last(32)});
    BOOST_TEST(refused(der::element(der::sequence, {r, padded_s})));
    Bytes long_length = der;  // 30 81 46 instead of 30 46
    long_length.insert(long_length.begin() + 1, 0x81);
    BOOST_TEST(refused(long_length));
    const Bytes negative = der::element(der::integer, {Bytes(32, 0xFF)});
    BOOST_TEST(refused(der::element(der::sequence, {r, negative})));
    BOOST_TEST(refused(der::element(der::sequence, {r, der::unsigned_integer(Bytes(33, 1))})));
    BOOST_TEST(!ecdsa_raw_to_der(KeyType::p256, Bytes(63)));
    BOOST_TEST(!ecdsa_raw_to_der(KeyType::x25519, Bytes(64)));
    // r = 0 and s = n have a form, and are no signature.
    BOOST_TEST(!key.public_key().verify(ecdsa_raw, Hash::sha256, message, Bytes(64)));
}

BOOST_AUTO_TEST_CASE(public_keys_round_trip_in_their_one_form) {
    for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::x25519, KeyType::rsa}) {
        const PublicKey key = make(type).public_key();
        const Bytes spki = key.spki();
        const auto again = PublicKey::from_spki(spki);
        BOOST_REQUIRE(again);
        BOOST_TEST((*again == key));
        BOOST_TEST(name(again->type()) == name(type));
        BOOST_TEST(!PublicKey::from_spki(concat({spki, Bytes{0}})));
        for (std::size_t size = 0; size < spki.size(); size += 3)
            BOOST_TEST(!PublicKey::from_spki(ByteView{spki}.first(size)));
        if (type == KeyType::rsa) {
            BOOST_TEST((*PublicKey::from_rsa(key.rsa_modulus()) == key));
            BOOST_TEST(key.bits() == 2048U);
            BOOST_CHECK_THROW((void)key.point(), std::logic_error);
        } else {
            BOOST_TEST((*PublicKey::from_point(type, key.point()) == key));
            BOOST_CHECK_THROW((void)key.rsa_modulus(), std::logic_error);
        }
    }
}

BOOST_AUTO_TEST_CASE(points_that_are_not_on_the_curve_are_refused) {
    for (const KeyType type : {KeyType::p256, KeyType::p384}) {
        const PublicKey key = make(type).public_key();
        const Bytes point = key.point();
        BOOST_TEST(!PublicKey::from_point(type, changed(point, point.size() - 1)));
        BOOST_TEST(!PublicKey::from_point(type, changed(point, 0, 6)));
        Bytes hybrid = point;  // 06 or 07 by the parity of y: a form that OpenSSL takes
        hybrid[0] = static_cast<std::uint8_t>(6 + (point.back() & 1));
        BOOST_TEST(!PublicKey::from_point(type, hybrid));
        BOOST_TEST(!PublicKey::from_point(type, ByteView{point}.first(point.size() / 2 + 1)));
        BOOST_TEST(!PublicKey::from_point(type, Bytes{0}));  // the point at infinity
        BOOST_TEST(!PublicKey::from_point(type == KeyType::p256 ? KeyType::p384 : KeyType::p256, point));
        Bytes spki = key.spki();
        spki.back() ^= 1;
        BOOST_TEST(!PublicKey::from_spki(spki));
    }
}

BOOST_AUTO_TEST_CASE(weak_rsa_keys_are_refused) {
    const PublicKey key = make(KeyType::rsa).public_key();
    const Bytes modulus = key.rsa_modulus();
    BOOST_TEST(!PublicKey::from_rsa(modulus, 1));
    BOOST_TEST(!PublicKey::from_rsa(modulus, 65536));
    BOOST_TEST(!PublicKey::from_rsa(changed(modulus, modulus.size() - 1)));  // even
    BOOST_TEST(!PublicKey::from_rsa(ByteView{modulus}.last(64)));
    BOOST_TEST(!PublicKey::from_rsa({}));
    BOOST_TEST((*PublicKey::from_rsa(concat({Bytes{0, 0}, modulus})) == key));
}

BOOST_AUTO_TEST_CASE(scalars_are_below_the_order_and_not_zero) {
    const Bytes order = *from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    BOOST_TEST(!PrivateKey::from_scalar(context, KeyType::p256, order));
    BOOST_TEST(!PrivateKey::from_scalar(context, KeyType::p256, Bytes(32)));
    BOOST_TEST(!PrivateKey::from_scalar(context, KeyType::p256, Bytes(31, 1)));
    BOOST_TEST(!PrivateKey::from_scalar(context, KeyType::p384, Bytes(48, 0xFF)));
    Bytes last = order;
    --last.back();
    const auto key = PrivateKey::from_scalar(context, KeyType::p256, last);
    BOOST_REQUIRE(key);
    // (n - 1) * G is -G: it has the x coordinate of G.
    BOOST_TEST(to_hex(ByteView{key->public_key().point()}.subspan(1, 32)) ==
               "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
}

BOOST_AUTO_TEST_CASE(derived_keys_depend_on_every_input_and_on_nothing_else) {
    const auto point = [&](KeyType type, std::string_view seed, std::string_view label) {
        return to_hex(PrivateKey::derive(context, type, as_bytes(seed), label).public_key().point());
    };
    const std::string one = point(KeyType::p384, "cdi", "alias");
    BOOST_TEST(point(KeyType::p384, "cdi", "alias") == one);
    BOOST_TEST(point(KeyType::p384, "cdj", "alias") != one);
    BOOST_TEST(point(KeyType::p384, "cdi", "device") != one);
    BOOST_TEST(point(KeyType::p256, "cdi", "alias") != one);
    // The first candidate of the generator, plus one (FIPS 186-5, A.2.2).
    Bytes candidate(48);
    Drbg{as_bytes("cdi"), "alias"}.fill(candidate);
    for (std::size_t i = candidate.size(); i-- > 0;)
        if (++candidate[i] != 0) break;
    BOOST_TEST(to_hex(PrivateKey::from_scalar(context, KeyType::p384, candidate)->public_key().point()) ==
               one);
    BOOST_CHECK_THROW((void)PrivateKey::derive(context, KeyType::x25519, {}, ""), std::logic_error);
}

BOOST_AUTO_TEST_CASE(agreement_is_symmetric_and_needs_keys_of_one_type) {
    for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::x25519}) {
        const PrivateKey a = make(type), b = make(type);
        const auto one = a.agree(b.public_key()), other = b.agree(a.public_key());
        BOOST_REQUIRE((one && other));
        BOOST_TEST(equal(one->bytes(), other->bytes()));
        BOOST_TEST(one->bytes().size() == (type == KeyType::p384 ? 48U : 32U));
        BOOST_TEST(!a.agree(make(type == KeyType::p256 ? KeyType::p384 : KeyType::p256).public_key()));
    }
    BOOST_TEST(!make(KeyType::rsa).agree(make(KeyType::rsa).public_key()));
    // A point of small order gives zeros (RFC 7748, 6.1).
    BOOST_TEST(!make(KeyType::x25519).agree(*PublicKey::from_point(KeyType::x25519, Bytes(32))));
}

BOOST_AUTO_TEST_CASE(oaep_opens_only_with_its_key_hash_and_label) {
    const PrivateKey key = make(KeyType::rsa), other = make(KeyType::rsa);
    const Bytes message{1, 2, 3}, label{4};
    const Bytes sealed = key.public_key().encrypt_oaep(context, Hash::sha256, message, label);
    BOOST_TEST(equal(key.decrypt_oaep(Hash::sha256, sealed, label)->bytes(), message));
    BOOST_TEST(!key.decrypt_oaep(Hash::sha256, sealed));
    BOOST_TEST(!key.decrypt_oaep(Hash::sha384, sealed, label));
    BOOST_TEST(!other.decrypt_oaep(Hash::sha256, sealed, label));
    BOOST_TEST(!key.decrypt_oaep(Hash::sha256, changed(sealed, 100), label));
    BOOST_TEST(!key.decrypt_oaep(Hash::sha256, ByteView{sealed}.first(255), label));
    BOOST_TEST(!make(KeyType::p256).decrypt_oaep(Hash::sha256, sealed, label));
    const Bytes empty = key.public_key().encrypt_oaep(context, Hash::sha1, {});
    BOOST_TEST(key.decrypt_oaep(Hash::sha1, empty)->bytes().empty());
    BOOST_CHECK_THROW((void)key.public_key().encrypt_oaep(context, Hash::sha256, Bytes(191)),
                      std::logic_error);
    BOOST_CHECK_THROW((void)make(KeyType::p256).public_key().encrypt_oaep(context, Hash::sha256, {}),
                      std::logic_error);
}

BOOST_AUTO_TEST_CASE(private_keys_round_trip_through_pkcs8) {
    for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::x25519, KeyType::rsa}) {
        const PrivateKey key = make(type);
        const Secret der = key.pkcs8();
        const auto again = PrivateKey::from_pkcs8(context, der.bytes());
        BOOST_REQUIRE(again);
        BOOST_TEST((again->public_key() == key.public_key()));
        const std::string pem =
            "notes\n-----BEGIN PRIVATE KEY-----\n" + to_base64(der.bytes()) + "\n-----END PRIVATE KEY-----\n";
        BOOST_TEST((PrivateKey::from_pkcs8(context, as_bytes(pem))->public_key() == key.public_key()));
        BOOST_TEST(!PrivateKey::from_pkcs8(context, concat({der.bytes(), Bytes{0}})));
        for (std::size_t size = 0; size < der.bytes().size(); size += 11)
            BOOST_TEST(!PrivateKey::from_pkcs8(context, der.bytes().first(size)));
    }
    BOOST_TEST(!PrivateKey::from_pkcs8(context, as_bytes("-----BEGIN PRIVATE KEY-----\nAAAA\n")));
    BOOST_TEST(!PrivateKey::from_pkcs8(
        context,
        as_bytes("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n")));
}

BOOST_AUTO_TEST_CASE(a_private_key_with_another_public_half_is_refused) {
    const PrivateKey key = make(KeyType::p256);
    const Secret der = key.pkcs8();
    Bytes wrong{der.bytes().begin(), der.bytes().end()};
    wrong.back() ^= 1;  // the last byte of the public point
    BOOST_TEST(!PrivateKey::from_pkcs8(context, wrong));
}

// RFC 5915 as `openssl ecparam -genkey` writes it: with the curve, without the algorithm around it.
BOOST_AUTO_TEST_CASE(sec1_keys_are_read) {
    const Bytes scalar(32, 0x11);
    const Bytes curve = der::element(der::context(0, true), {*from_hex("06082a8648ce3d030107")});
    const Bytes sec1 = der::element(
        der::sequence, {der::unsigned_integer(Bytes{1}), der::element(der::octet_string, {scalar}), curve});
    const auto key = PrivateKey::from_pkcs8(context, sec1);
    BOOST_REQUIRE(key);
    BOOST_TEST((key->public_key() == PrivateKey::from_scalar(context, KeyType::p256, scalar)->public_key()));
    const Bytes without_curve = der::element(
        der::sequence, {der::unsigned_integer(Bytes{1}), der::element(der::octet_string, {scalar})});
    BOOST_TEST(!PrivateKey::from_pkcs8(context, without_curve));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto
