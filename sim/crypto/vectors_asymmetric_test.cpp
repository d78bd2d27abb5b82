// Published vectors: ECDSA, key pairs and points, ECDH, X25519, RSA signatures and OAEP.
#include <boost/test/unit_test.hpp>

#include "sim/crypto/context.hpp"
#include "sim/crypto/der.hpp"
#include "sim/crypto/key.hpp"
#include "sim/crypto/vector_file.hpp"

namespace assay::crypto {
namespace {

namespace fs = std::filesystem;

struct VectorContext {
    Drbg random{as_bytes("published vectors")};
    Context context{random};
};

// Of `[P-256,SHA-1]` or `[P-256]`.
std::optional<KeyType> curve_in(const Vector& vector) {
    const std::string& section = vector.text("[]");
    if (section.starts_with("P-256")) return KeyType::p256;
    if (section.starts_with("P-384")) return KeyType::p384;
    return {};
}
std::size_t coordinate_size(KeyType curve) { return curve == KeyType::p256 ? 32 : 48; }

// Exactly `size` bytes; a longer number stays longer.
Bytes padded(Bytes number, std::size_t size) {
    while (number.size() > size && number[0] == 0) number.erase(number.begin());
    if (number.size() < size) number.insert(number.begin(), size - number.size(), 0);
    return number;
}
Bytes point_of(const Vector& vector, KeyType curve, const std::string& x, const std::string& y) {
    const std::size_t size = coordinate_size(curve);
    static constexpr std::array<std::uint8_t, 1> uncompressed{4};
    return concat({uncompressed, padded(vector.bytes(x), size), padded(vector.bytes(y), size)});
}
bool passes(const Vector& vector) { return !vector.has("Result") || vector.text("Result").starts_with("P"); }

Bytes rsa_pkcs8(const std::map<std::string, Bytes>& parts) {
    Bytes numbers = der::unsigned_integer({});
    for (const char* part : {"Modulus", "Public exponent", "Exponent", "Prime 1", "Prime 2",
                             "Prime exponent 1", "Prime exponent 2", "Coefficient"})
        append(numbers, der::unsigned_integer(parts.at(part)));
    const Bytes key = der::element(der::sequence, {numbers});
    const Bytes algorithm = *from_hex("300d06092a864886f70d0101010500");
    return der::element(der::sequence,
                        {der::unsigned_integer({}), algorithm, der::element(der::octet_string, {key})});
}

BOOST_FIXTURE_TEST_SUITE(published_vectors, VectorContext)

BOOST_AUTO_TEST_CASE(ecdsa_signatures) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally tally{"ECDSA P-256, P-384"};
    for (const char* file : {"SigGen.rsp", "SigVer.rsp"})
        for (const Vector& vector :
             read_vectors(*folder / "asymmetric" / "ECDSA" / "FIPS_186-3" / file, "Msg")) {
            const std::string& section = vector.text("[]");
            const auto curve = curve_in(vector);
            const auto hash = hash_named(section.substr(section.find(',') + 1));
            if (!curve || !hash) {
                tally.skip("other curves and SHA-224");
                continue;
            }
            const std::size_t size = coordinate_size(*curve);
            const Bytes message = vector.bytes("Msg");
            const Bytes raw = concat({padded(vector.bytes("R"), size), padded(vector.bytes("S"), size)});
            const auto key = PublicKey::from_point(*curve, point_of(vector, *curve, "Qx", "Qy"));
            const auto der = ecdsa_raw_to_der(*curve, raw);
            const bool by_raw = key && key->verify(SignatureScheme::ecdsa_raw, *hash, message, raw);
            const bool by_der = key && der && key->verify(SignatureScheme::ecdsa_der, *hash, message, *der);
            tally.check(by_raw == passes(vector) && by_der == passes(vector), vector);
        }
    tally.finish();
}

BOOST_AUTO_TEST_CASE(points_and_key_pairs) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally points{"EC points"}, pairs{"EC key pairs"};
    for (const char* edition : {"FIPS_186-2", "FIPS_186-3"}) {
        const fs::path files = *folder / "asymmetric" / "ECDSA" / edition;
        for (const Vector& vector : read_vectors(files / "PKV.rsp", "Qx")) {
            if (const auto curve = curve_in(vector))
                points.check(
                    PublicKey::from_point(*curve, point_of(vector, *curve, "Qx", "Qy")).has_value() ==
                        passes(vector),
                    vector);
            else
                points.skip("other curves");
        }
        for (const Vector& vector : read_vectors(files / "KeyPair.rsp", "d", {"N"})) {
            if (!curve_in(vector)) {
                pairs.skip("other curves");
                continue;
            }
            const KeyType curve = *curve_in(vector);
            const auto key =
                PrivateKey::from_scalar(context, curve, padded(vector.bytes("d"), coordinate_size(curve)));
            pairs.check(key && key->public_key().point() == point_of(vector, curve, "Qx", "Qy"), vector);
        }
    }
    points.finish();
    pairs.finish();
}

BOOST_AUTO_TEST_CASE(ecdh) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally tally{"ECDH P-256, P-384"};
    for (const char* role : {"init", "resp"})
        for (const Vector& vector :
             read_vectors(*folder / "asymmetric" / "ECDH" /
                              ("KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_" + std::string{role} + ".fax"),
                          "COUNT")) {
            const std::string& section = vector.text("[]");  // EC - SHA256 is P-256, ED - SHA384 is P-384
            if (!section.starts_with("EC") && !section.starts_with("ED")) {
                tally.skip("other curves");
                continue;
            }
            const KeyType curve = section.starts_with("EC") ? KeyType::p256 : KeyType::p384;
            const Hash hash = curve == KeyType::p256 ? Hash::sha256 : Hash::sha384;
            const std::size_t size = coordinate_size(curve);
            const auto own = PrivateKey::from_scalar(context, curve, padded(vector.bytes("dsIUT"), size));
            const auto peer = PublicKey::from_point(curve, point_of(vector, curve, "QsCAVSx", "QsCAVSy"));
            const bool consistent =
                own && peer && own->public_key().point() == point_of(vector, curve, "QsIUTx", "QsIUTy");
            const auto shared = consistent ? own->agree(*peer) : std::nullopt;
            const bool good = shared && digest(hash, {shared->bytes()}) == vector.bytes("CAVSHashZZ");
            tally.check(good == passes(vector), vector);
        }
    tally.finish();
}

BOOST_AUTO_TEST_CASE(x25519) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally tally{"X25519"};
    for (const Vector& vector : read_vectors(*folder / "asymmetric" / "X25519" / "rfc7748.txt", "COUNT")) {
        const auto own = PrivateKey::from_scalar(context, KeyType::x25519, vector.bytes("INPUT_SCALAR"));
        const auto peer = PublicKey::from_point(KeyType::x25519, vector.bytes("INPUT_U"));
        const auto shared = own && peer ? own->agree(*peer) : std::nullopt;
        tally.check(shared && equal(shared->bytes(), vector.bytes("OUTPUT_U")), vector);
    }
    // RFC 7748, 5.2: a thousand rounds, each result the next scalar.
    Bytes k(32), u(32);
    k[0] = u[0] = 9;
    for (int round = 0; round < 1000; ++round) {
        const auto own = PrivateKey::from_scalar(context, KeyType::x25519, k);
        const auto shared = own->agree(*PublicKey::from_point(KeyType::x25519, u));
        u = std::exchange(k, Bytes{shared->bytes().begin(), shared->bytes().end()});
    }
    tally.check(to_hex(k) == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51",
                "RFC 7748, 5.2");
    tally.finish();
}

BOOST_AUTO_TEST_CASE(rsa_signatures) {
    const auto folder = vector_folder();
    if (!folder) return;
    Tally pkcs1{"RSA PKCS#1 v1.5"}, pss{"RSA-PSS"}, salts{"RSA-PSS with other salt lengths, refused"};
    const auto check = [&](const Vector& vector, bool is_pss, std::size_t salt_size = 0) {
        const auto hash = hash_named(vector.text("SHAAlg"));
        if (!hash) return (is_pss ? pss : pkcs1).skip("SHA-224");
        const Bytes exponent = padded(vector.bytes("e"), 4);
        const auto key = exponent.size() == 4
                             ? PublicKey::from_rsa(padded(vector.bytes("n"), 1),
                                                   load<std::uint32_t>(exponent, std::endian::big))
                             : std::nullopt;
        const auto scheme = is_pss ? SignatureScheme::rsa_pss : SignatureScheme::rsa_pkcs1;
        const bool good = key && key->verify(scheme, *hash, vector.bytes("Msg"), vector.bytes("S"));
        if (is_pss && salt_size != digest_size(*hash))
            salts.check(!good, vector);
        else
            (is_pss ? pss : pkcs1).check(good == passes(vector), vector);
    };
    const std::vector<std::string> per_modulus{"n", "e"}, per_modulus_without_e{"n", "p", "q"};
    const fs::path files = *folder / "asymmetric" / "RSA" / "FIPS_186-2";
    for (const char* file : {"SigGen15_186-2.rsp", "SigGen15_186-3.rsp"})
        for (const Vector& vector : read_vectors(files / file, "SHAAlg", per_modulus)) check(vector, false);
    for (const Vector& vector : read_vectors(files / "SigVer15_186-3.rsp", "SHAAlg", per_modulus_without_e))
        check(vector, false);
    for (const Vector& vector : read_vectors(files / "SigGenPSS_186-2.txt", "SHAAlg", per_modulus))
        check(vector, true, vector.bytes("SaltVal").size());
    for (const Vector& vector : read_vectors(files / "SigGenPSS_186-3.rsp", "SHAAlg", per_modulus))
        check(vector, true, 0);
    for (const Vector& vector : read_vectors(files / "SigVerPSS_186-3.rsp", "SHAAlg", per_modulus_without_e))
        check(vector, true, vector.bytes("SaltVal").size());
    pkcs1.finish();
    pss.finish();
    salts.finish();
}

// Of RSA Labs: ten to fifteen key pairs, whose messages follow them.
BOOST_AUTO_TEST_CASE(rsa_labs) {
    const auto folder = vector_folder();
    if (!folder) return;
    const fs::path rsa = *folder / "asymmetric" / "RSA";
    const auto each_key = [&](const fs::path& file, auto&& use) {
        std::map<std::string, Bytes> parts;
        std::optional<PrivateKey> key;
        std::size_t number = 0;
        for (auto& [label, bytes] : read_labelled(file)) {
            parts[label] = bytes;
            if (label == "Coefficient") key = PrivateKey::from_pkcs8(context, rsa_pkcs8(parts));
            if (label == "Signature" || label == "Encryption")
                use(key, parts, file.filename().string() + " #" + std::to_string(++number));
        }
    };

    Tally pkcs1{"RSA PKCS#1 v1.5, both directions"};
    each_key(rsa / "pkcs1v15sign-vectors.txt", [&](const auto& key, auto& parts, const std::string& place) {
        const Bytes message = parts["Message to be signed"], signature = parts["Signature"];
        pkcs1.check(key && key->sign(SignatureScheme::rsa_pkcs1, Hash::sha1, message) == signature &&
                        key->public_key().verify(SignatureScheme::rsa_pkcs1, Hash::sha1, message, signature),
                    place);
    });
    pkcs1.finish();

    Tally pss{"RSA-PSS"};
    each_key(rsa / "pkcs-1v2-1d2-vec" / "pss-vect.txt", [&](const auto& key, auto& parts,
                                                            const std::string& place) {
        const Bytes message = parts["Message to be signed"], signature = parts["Signature"];
        const auto good = [&](const Bytes& one) {
            return key->public_key().verify(SignatureScheme::rsa_pss, Hash::sha1, message, one);
        };
        pss.check(key && good(signature) && good(key->sign(SignatureScheme::rsa_pss, Hash::sha1, message)),
                  place);
    });
    pss.finish();

    Tally oaep{"RSA-OAEP"};
    const auto check_oaep = [&](Hash hash, const char* message_label) {
        return [&oaep, &context = context, hash, message_label](const auto& key, auto& parts,
                                                                const std::string& place) {
            const Bytes message = parts[message_label];
            const auto opened = key ? key->decrypt_oaep(hash, parts["Encryption"]) : std::nullopt;
            const auto again =
                key ? key->decrypt_oaep(hash, key->public_key().encrypt_oaep(context, hash, message))
                    : std::nullopt;
            oaep.check(opened && again && equal(opened->bytes(), message) && equal(again->bytes(), message),
                       place);
        };
    };
    each_key(rsa / "pkcs-1v2-1d2-vec" / "oaep-vect.txt", check_oaep(Hash::sha1, "Message"));
    for (const auto& [file, hash] : {std::pair{"oaep-sha256-sha256.txt", Hash::sha256},
                                     {"oaep-sha384-sha384.txt", Hash::sha384},
                                     {"oaep-sha512-sha512.txt", Hash::sha512}})
        each_key(rsa / "oaep-custom" / file, check_oaep(hash, "Message"));
    for (const Vector& vector : read_vectors(rsa / "oaep-label.txt", "COUNT")) {
        const auto key = PrivateKey::from_pkcs8(context, vector.bytes("KEY"));
        const auto opened =
            key ? key->decrypt_oaep(Hash::sha512, vector.bytes("Input"), vector.bytes("OAEPLabel"))
                : std::nullopt;
        oaep.check(opened && equal(opened->bytes(), vector.bytes("Output")), vector);
    }
    oaep.finish();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto
