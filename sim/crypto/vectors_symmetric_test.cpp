// Published vectors: digests, HMAC, HKDF, authenticated encryption, CFB, key wrap.
#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "sim/crypto/aead.hpp"
#include "sim/crypto/cipher.hpp"
#include "sim/crypto/kdf.hpp"
#include "sim/crypto/key_wrap.hpp"
#include "sim/crypto/mac.hpp"
#include "sim/crypto/vector_file.hpp"

namespace assay::crypto {
namespace {

namespace fs = std::filesystem;

constexpr std::array all_hashes{Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512};

std::string plain_name(Hash hash) {
    std::string text{name(hash)};
    std::erase(text, '-');
    return text;
}

fs::path hash_file(const fs::path& folder, Hash hash, const std::string& kind) {
    return folder / "hashes" / (hash == Hash::sha1 ? "SHA1" : "SHA2") / (plain_name(hash) + kind + ".rsp");
}

// SHAVS, 6.4: each checkpoint is the thousandth digest of three digests before it.
Bytes monte_checkpoint(Hash hash, const Bytes& seed) {
    std::array<Bytes, 3> last{seed, seed, seed};
    for (int i = 0; i < 1000; ++i) {
        Bytes next = digest(hash, {last[0], last[1], last[2]});
        std::rotate(last.begin(), last.begin() + 1, last.end());
        last[2] = std::move(next);
    }
    return last[2];
}

BOOST_AUTO_TEST_SUITE(published_vectors)

BOOST_AUTO_TEST_CASE(digests) {
    const auto folder = vector_folder();
    if (!folder) return;
    for (const Hash hash : all_hashes) {
        Tally tally{std::string{name(hash)}};
        for (const char* kind : {"ShortMsg", "LongMsg"}) {
            for (const Vector& vector : read_vectors(hash_file(*folder, hash, kind), "Len")) {
                const Bytes whole = vector.bytes("Msg");
                const ByteView message = ByteView{whole}.first(vector.number("Len") / 8);
                Hasher hasher{hash};
                hasher.update(message.first(message.size() / 3));
                hasher.update(message.subspan(message.size() / 3));
                const Bytes expected = vector.bytes("MD");
                tally.check(digest(hash, {message}) == expected && hasher.finish() == expected, vector);
            }
        }
        Bytes seed;
        for (const Vector& vector : read_vectors(hash_file(*folder, hash, "Monte"), "COUNT", {"Seed"})) {
            if (seed.empty()) seed = vector.bytes("Seed");
            seed = monte_checkpoint(hash, seed);
            tally.check(seed == vector.bytes("MD"), vector);
        }
        tally.finish();
    }
}

BOOST_AUTO_TEST_CASE(message_authentication) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally tally{"HMAC"};
    for (const auto& [file, hash] : {std::pair{"rfc-2202-sha1.txt", Hash::sha1},
                                     {"rfc-4231-sha256.txt", Hash::sha256},
                                     {"rfc-4231-sha384.txt", Hash::sha384},
                                     {"rfc-4231-sha512.txt", Hash::sha512}}) {
        for (const Vector& vector : read_vectors(*folder / "HMAC" / file, "Len")) {
            const Bytes message = vector.bytes("Msg"), key = vector.bytes("Key"),
                        expected = vector.bytes("MD");
            Bytes made = hmac(hash, key, {ByteView{message}.first(1), ByteView{message}.subspan(1)});
            made.resize(expected.size());  // RFC 4231, 4.6 truncates
            tally.check(made == expected, vector);
        }
    }
    tally.finish();
}

BOOST_AUTO_TEST_CASE(key_derivation) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally tally{"HKDF"};
    for (const auto& [file, hash] : {std::pair{"rfc-5869-HKDF-SHA1.txt", Hash::sha1},
                                     {"rfc-5869-HKDF-SHA256.txt", Hash::sha256},
                                     {"hkdf-generated.txt", Hash::sha256}}) {
        for (const Vector& vector : read_vectors(*folder / "KDF" / file, "COUNT")) {
            const Bytes key = vector.bytes("IKM"), info = vector.bytes("info");
            const Bytes salt = vector.text("salt").starts_with("not") ? Bytes{} : vector.bytes("salt");
            const Bytes expected = vector.bytes("OKM");
            const Secret made = hkdf(hash, salt, key, info, vector.number("L"));
            const bool extracted =
                !vector.has("PRK") || equal(hkdf_extract(hash, salt, key).bytes(), vector.bytes("PRK"));
            tally.check(extracted && equal(made.bytes(), expected), vector);
        }
    }
    tally.finish();
}

// A shorter tag is the beginning of the whole one; and counter mode seals a ciphertext back to its plaintext,
// so that the right tag of a message with a short one can be computed.
bool gcm_agrees(const Vector& vector, Aead aead) {
    const AeadKey key{aead, vector.bytes("Key")};
    const Bytes nonce = vector.bytes("IV"), aad = vector.bytes("AAD"), ciphertext = vector.bytes("CT"),
                tag = vector.bytes("Tag");
    Bytes plaintext(ciphertext.size() + aead_tag_size);
    key.seal(nonce, aad, ciphertext, plaintext);
    plaintext.resize(ciphertext.size());
    Bytes sealed(ciphertext.size() + aead_tag_size);
    key.seal(nonce, aad, plaintext, sealed);
    const bool right_tag = equal(ByteView{sealed}.subspan(ciphertext.size(), tag.size()), tag);
    const bool expected = !vector.has("FAIL");
    if (right_tag != expected || (expected && plaintext != vector.bytes("PT"))) return false;
    if (tag.size() != aead_tag_size) return true;
    Bytes opened(ciphertext.size(), 0xEE);
    const bool good = key.open(nonce, aad, concat({ciphertext, tag}), opened);
    return good == expected && opened == (good ? plaintext : Bytes(ciphertext.size()));
}

BOOST_AUTO_TEST_CASE(aes_gcm) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally tally{"AES-GCM"};
    for (const char* kind : {"gcmEncryptExtIV", "gcmDecrypt"})
        for (const auto& [bits, aead] : {std::pair{"128", Aead::aes_128_gcm}, {"256", Aead::aes_256_gcm}})
            for (const Vector& vector : read_vectors(
                     *folder / "ciphers" / "AES" / "GCM" / (std::string{kind} + bits + ".rsp"), "Count"))
                tally.check(gcm_agrees(vector, aead), vector);
    tally.finish();
}

BOOST_AUTO_TEST_CASE(chacha20_poly1305) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally tally{"ChaCha20-Poly1305"};
    const auto check = [&](const Vector& vector, const Bytes& key_bytes, const Bytes& nonce, const Bytes& aad,
                           const Bytes& plaintext, const Bytes& expected, bool good) {
        if (nonce.size() != aead_nonce_size) return tally.skip("other nonce sizes");
        if (expected.size() != plaintext.size() + aead_tag_size) return tally.skip("other tag sizes");
        const AeadKey key{Aead::chacha20_poly1305, key_bytes};
        Bytes sealed(expected.size());
        key.seal(nonce, aad, plaintext, sealed);
        Bytes opened(plaintext.size());
        const bool accepted = key.open(nonce, aad, expected, opened);
        tally.check((sealed == expected) == good && accepted == good &&
                        opened == (good ? plaintext : Bytes(plaintext.size())),
                    vector);
    };
    const fs::path files = *folder / "ciphers" / "ChaCha20Poly1305";
    for (const Vector& v : read_vectors(files / "openssl.txt", "COUNT"))
        check(v, v.bytes("Key"), v.bytes("IV"), v.bytes("AAD"), v.bytes("Plaintext"),
              concat({v.bytes("Ciphertext"), v.bytes("Tag")}), !v.has("Result"));
    for (const Vector& v : read_vectors(files / "boringssl.txt", "COUNT"))
        check(v, v.bytes("KEY"), v.bytes("NONCE"), v.bytes("AD"), v.bytes("IN"),
              concat({v.bytes("CT"), v.bytes("TAG")}), true);
    tally.finish();
}

BOOST_AUTO_TEST_CASE(aes_cfb128) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally tally{"AES-CFB128"};
    for (const char* bits : {"128", "256"})
        for (const char* kind : {"GFSbox", "KeySbox", "MMT", "VarKey", "VarTxt"})
            for (const Vector& vector : read_vectors(
                     *folder / "ciphers" / "AES" / "CFB" / ("CFB128" + std::string{kind} + bits + ".rsp"),
                     "COUNT")) {
                const Bytes key = vector.bytes("KEY"), iv = vector.bytes("IV"),
                            plaintext = vector.bytes("PLAINTEXT"), ciphertext = vector.bytes("CIPHERTEXT");
                Bytes encrypted = plaintext, decrypted = ciphertext;
                aes_cfb_encrypt(key, iv, encrypted);
                aes_cfb_decrypt(key, iv, decrypted);
                tally.check(encrypted == ciphertext && decrypted == plaintext, vector);
            }
    tally.finish();
}

BOOST_AUTO_TEST_CASE(aes_key_wrap) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally tally{"AES key wrap"};
    const auto check = [&](KeyWrap mode, const Vector& vector, const Bytes& key, const Bytes& wrapped,
                           const std::optional<Bytes>& plain) {
        const auto unwrapped = unwrap_key(mode, key, wrapped);
        const bool good =
            plain ? unwrapped && equal(unwrapped->bytes(), *plain) && wrap_key(mode, key, *plain) == wrapped
                  : !unwrapped;
        tally.check(good, vector);
    };
    for (const auto& [prefix, mode] : {std::pair{"KW", KeyWrap::kw}, {"KWP", KeyWrap::kwp}})
        for (const char* direction : {"AE", "AD"})
            for (const char* bits : {"128", "192", "256"})
                for (const Vector& v :
                     read_vectors(*folder / "keywrap" / "kwtestvectors" /
                                      (std::string{prefix} + '_' + direction + '_' + bits + ".txt"),
                                  "COUNT"))
                    check(mode, v, v.bytes("K"), v.bytes("C"),
                          v.has("FAIL") ? std::nullopt : std::optional{v.bytes("P")});
    for (const Vector& v : read_vectors(*folder / "keywrap" / "kwp_botan.txt", "COUNT"))
        check(KeyWrap::kwp, v, v.bytes("Key"), v.bytes("Output"), v.bytes("Input"));
    tally.finish();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto
