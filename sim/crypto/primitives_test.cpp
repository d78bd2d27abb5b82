// Digests, MACs, HKDF, sealing, key wrap, DER: what the published vectors do not say.
#include <boost/test/unit_test.hpp>

#include "sim/crypto/aead.hpp"
#include "sim/crypto/cipher.hpp"
#include "sim/crypto/der.hpp"
#include "sim/crypto/kdf.hpp"
#include "sim/crypto/key_wrap.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::crypto {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

BOOST_AUTO_TEST_SUITE(primitives)

BOOST_AUTO_TEST_CASE(a_digest_over_parts_is_the_digest_of_the_whole) {
    const Bytes a{1, 2, 3}, b{4}, all{1, 2, 3, 4};
    BOOST_TEST((digest(Hash::sha384, {a, {}, b}) == digest(Hash::sha384, {all})));
    Hasher hasher{Hash::sha384};
    hasher.update(a);
    hasher.update(b);
    BOOST_TEST((hasher.finish() == digest(Hash::sha384, {all})));
    hasher.update(all);  // anew
    BOOST_TEST((hasher.finish() == digest(Hash::sha384, {all})));
    BOOST_TEST(name(Hash::sha512) == "SHA-512");
}

BOOST_AUTO_TEST_CASE(hmac_takes_any_key_size) {
    // FIPS 198-1, 4: a longer key is its digest; a shorter one has zeros after it.
    for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512}) {
        const std::size_t block = hash == Hash::sha384 || hash == Hash::sha512 ? 128 : 64;
        const Bytes message{9}, long_key(block + 1, 7), block_key(block, 7);
        BOOST_TEST((hmac(hash, long_key, {message}) == hmac(hash, digest(hash, {long_key}), {message})));
        BOOST_TEST((hmac(hash, block_key, {message}) != hmac(hash, digest(hash, {block_key}), {message})));
        BOOST_TEST((hmac(hash, {}, {message}) == hmac(hash, Bytes(block), {message})));
    }
}

BOOST_AUTO_TEST_CASE(comparison_in_constant_time) {
    const Bytes a{1, 2}, b{1, 3}, c{1};
    BOOST_TEST(equal_in_constant_time(a, a));
    BOOST_TEST(!equal_in_constant_time(a, b));
    BOOST_TEST(!equal_in_constant_time(a, c));
    BOOST_TEST(equal_in_constant_time({}, {}));
}

BOOST_AUTO_TEST_CASE(hkdf_has_limits) {
    const Bytes key(32, 1), long_info(5000, 2);
    BOOST_TEST(hkdf_expand(Hash::sha256, key, {}, 255 * 32).bytes().size() == 255U * 32);
    BOOST_CHECK_THROW((void)hkdf_expand(Hash::sha256, key, {}, 255 * 32 + 1), std::logic_error);
    BOOST_TEST(hkdf_expand(Hash::sha256, key, long_info, 10).bytes().size() == 10U);
    BOOST_TEST(hkdf_expand(Hash::sha256, key, {}, 0).bytes().empty());
    // No salt is a salt of zeros (RFC 5869, 2.2); an empty input key is allowed.
    BOOST_TEST(
        equal(hkdf_extract(Hash::sha384, {}, {}).bytes(), hkdf_extract(Hash::sha384, Bytes(48), {}).bytes()));
}

BOOST_AUTO_TEST_CASE(sealing_works_in_place_and_an_unopened_message_leaves_zeros) {
    for (const Aead aead : {Aead::aes_128_gcm, Aead::aes_256_gcm, Aead::chacha20_poly1305}) {
        const AeadKey key{aead, Bytes(key_size(aead), 5)};
        const Bytes nonce(12, 1), aad{1, 2}, plaintext(100, 0xAB);
        Bytes buffer = plaintext;
        buffer.resize(plaintext.size() + aead_tag_size);
        key.seal(nonce, aad, ByteView{buffer}.first(plaintext.size()), buffer);
        const Bytes sealed = buffer;
        for (const std::size_t cut : {std::size_t{0}, std::size_t{3}, std::size_t{64}}) {  // in parts
            Bytes apart(sealed.size());
            key.seal(nonce, aad, {ByteView{plaintext}.first(cut), {}, ByteView{plaintext}.subspan(cut)},
                     apart);
            BOOST_TEST((apart == sealed));
        }

        const std::span<std::uint8_t> front = std::span{buffer}.first(plaintext.size());
        BOOST_TEST(key.open(nonce, aad, buffer, front));
        BOOST_TEST(equal(front, plaintext));

        for (const std::size_t at : {std::size_t{0}, std::size_t{99}, std::size_t{100}, std::size_t{115}}) {
            buffer = sealed;
            buffer[at] ^= 1;
            BOOST_TEST(!key.open(nonce, aad, buffer, front));
            BOOST_TEST(equal(front, Bytes(plaintext.size())));
        }
        Bytes out(plaintext.size(), 0xEE);
        BOOST_TEST(!key.open(nonce, {}, sealed, out));
        BOOST_TEST((out == Bytes(plaintext.size())));
        BOOST_TEST(!key.open(Bytes(12, 2), aad, sealed, out));
        out.assign(3, 0xEE);
        BOOST_TEST(!key.open(nonce, aad, Bytes(15), out));
        BOOST_TEST((out == Bytes(3)));
        out.assign(plaintext.size(), 0);
        BOOST_TEST(key.open(nonce, aad, sealed, out));  // a failure before leaves nothing behind
    }
}

BOOST_AUTO_TEST_CASE(wrong_sizes_are_bugs_of_the_caller) {
    BOOST_CHECK_THROW((AeadKey{Aead::aes_256_gcm, Bytes(16)}), std::logic_error);
    const AeadKey gcm{Aead::aes_128_gcm, Bytes(16)}, chacha{Aead::chacha20_poly1305, Bytes(32)};
    Bytes out(16);
    BOOST_CHECK_THROW(gcm.seal({}, {}, {}, out), std::logic_error);
    BOOST_CHECK_THROW(chacha.seal(Bytes(11), {}, {}, out), std::logic_error);
    BOOST_CHECK_THROW(gcm.seal(Bytes(12), {}, Bytes(1), out), std::logic_error);
    // Nonces of other sizes, and back to twelve bytes.
    Bytes first(16), again(16);
    gcm.seal(Bytes(12, 1), {}, {}, first);
    gcm.seal(Bytes(60, 1), {}, {}, again);
    BOOST_TEST((first != again));
    gcm.seal(Bytes(12, 1), {}, {}, again);
    BOOST_TEST((first == again));
    BOOST_CHECK_THROW(aes_cfb_encrypt(Bytes(24), Bytes(16), out), std::logic_error);
    BOOST_CHECK_THROW(aes_cfb_encrypt(Bytes(16), Bytes(12), out), std::logic_error);
    BOOST_CHECK_THROW((void)wrap_key(KeyWrap::kw, Bytes(16), Bytes(8)), std::logic_error);
    BOOST_CHECK_THROW((void)wrap_key(KeyWrap::kw, Bytes(16), Bytes(17)), std::logic_error);
    BOOST_CHECK_THROW((void)wrap_key(KeyWrap::kwp, Bytes(16), {}), std::logic_error);
    BOOST_CHECK_THROW((void)wrap_key(KeyWrap::kwp, Bytes(15), Bytes(1)), std::logic_error);
}

BOOST_AUTO_TEST_CASE(an_altered_wrapped_key_is_refused) {
    const Bytes wrapping(32, 3), key(32, 9);
    for (const KeyWrap mode : {KeyWrap::kw, KeyWrap::kwp}) {
        const Bytes wrapped = wrap_key(mode, wrapping, key);
        BOOST_TEST(wrapped.size() == 40U);
        BOOST_TEST(equal(unwrap_key(mode, wrapping, wrapped)->bytes(), key));
        for (std::size_t at = 0; at < wrapped.size(); ++at) {
            Bytes changed = wrapped;
            changed[at] ^= 0x80;
            BOOST_TEST(!unwrap_key(mode, wrapping, changed));
        }
        for (const std::size_t size : {0UL, 8UL, 16UL, 39UL})
            BOOST_TEST(!unwrap_key(mode, wrapping, ByteView{wrapped}.first(size)));
        BOOST_TEST(!unwrap_key(mode == KeyWrap::kw ? KeyWrap::kwp : KeyWrap::kw, wrapping, wrapped));
    }
}

BOOST_AUTO_TEST_CASE(cfb_of_a_part_of_a_block) {
    Bytes data{1, 2, 3, 4, 5};
    const Bytes key(16, 1), iv(16, 2);
    aes_cfb_encrypt(key, iv, data);
    BOOST_TEST((data != Bytes{1, 2, 3, 4, 5}));
    aes_cfb_decrypt(key, iv, data);
    BOOST_TEST((data == Bytes{1, 2, 3, 4, 5}));
}

BOOST_AUTO_TEST_CASE(der_has_one_form) {
    BOOST_TEST(der::parse(hex("0500")).has_value());
    for (const char* wrong : {"",             // nothing
                              "05",           // no length
                              "050000",       // something after it
                              "0501",         // cut off
                              "058100",       // a length that fits one byte, in two
                              "30820001 00",  // a length with a leading zero
                              "3080 0000",    // an indefinite length
                              "1f2000",       // a high tag number
                              "0585 0000000001 00"})
        BOOST_TEST(!der::parse(hex(wrong)).has_value(), wrong);
    const Bytes two_hundred(200, 0x61);
    const Bytes text = der::element(der::utf8_string, {two_hundred});
    BOOST_TEST(to_hex(ByteView{text}.first(3)) == "0c81c8");
    BOOST_TEST(equal(der::parse(text)->contents, two_hundred));
    const Bytes large = der::element(der::octet_string, {Bytes(70000)});
    BOOST_TEST(to_hex(ByteView{large}.first(5)) == "0483011170");
    BOOST_TEST(der::parse(large)->contents.size() == 70000U);
}

BOOST_AUTO_TEST_CASE(a_der_cursor_tells_the_end_from_a_fault) {
    const Bytes good = hex("020101 0500"), bad = hex("020101 0502");
    der::Cursor cursor{good};
    BOOST_TEST(!cursor.next(der::boolean));  // nothing is consumed
    BOOST_TEST(!cursor.failed());
    BOOST_TEST(cursor.next(der::integer).has_value());
    BOOST_TEST(!cursor.at_end());
    BOOST_TEST(cursor.next().has_value());
    BOOST_TEST(cursor.at_end());
    BOOST_TEST(!cursor.next());
    BOOST_TEST(!cursor.failed());
    der::Cursor broken{bad};
    BOOST_TEST(broken.next().has_value());
    BOOST_TEST(!broken.next(der::boolean));
    BOOST_TEST(broken.failed());
    BOOST_TEST(!broken.at_end());
}

BOOST_AUTO_TEST_CASE(der_integers_are_minimal_and_not_negative) {
    const auto value = [](std::string_view text) -> std::string {
        const Bytes bytes = hex(text);
        const auto number = der::unsigned_value(der::parse(bytes).value());
        return number ? to_hex(*number) : "refused";
    };
    BOOST_TEST(value("020100") == "00");
    BOOST_TEST(value("0202 0080") == "80");
    BOOST_TEST(value("0202 007f") == "refused");
    BOOST_TEST(value("0201 80") == "refused");
    BOOST_TEST(value("0200") == "refused");
    BOOST_TEST(to_hex(der::unsigned_integer(hex("0000ff"))) == "020200ff");
    BOOST_TEST(to_hex(der::unsigned_integer({})) == "020100");
}

BOOST_AUTO_TEST_CASE(oids_as_text_and_back) {
    for (const char* text :
         {"2.5.29.15", "2.23.133.5.4.1", "1.2.840.113549.1.1.11", "0.9.2342.19200300.100.1.25",
          "2.999.18446744073709551615", "1.3.6.1.4.1.412.274.1"}) {
        const Bytes encoded = der::oid(text);
        BOOST_TEST(der::oid_text(der::parse(encoded)->contents).value() == text);
    }
    BOOST_TEST(to_hex(der::oid("2.23.133.5.4.1")) == "0606678105050401");
    for (const char* wrong : {"", "1", "3.1", "1.40", "1..2", "1.2.", "1.02", "1.-2", "a.b"})
        BOOST_CHECK_THROW((void)der::oid(wrong), std::logic_error);
    for (const char* wrong : {"", "80", "8001", "2a80", "2a8001", "2affffffffffffffffffff7f"})
        BOOST_TEST(!der::oid_text(hex(wrong)).has_value(), wrong);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto
