// Key derivation and secret sharing against vectors of another implementation (google/go-tpm).
#include "models/tpm/kdf.hpp"

#include <boost/test/unit_test.hpp>

#include "models/tpm/protection.hpp"
#include "models/tpm/test_tpm.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::tpm {
namespace {

std::string hex_of(const Secret& secret) { return to_hex(secret.bytes()); }

BOOST_AUTO_TEST_CASE(kdfa_gives_the_published_bytes) {
    const auto vectors = shared_json("tpm/kdf/kdfa.json");
    for (const auto& v : vectors)
        BOOST_TEST(hex_of(kdfa(v.at("HashAlg").get<Alg>(), bytes_of(v.at("Key")),
                               v.at("Label").get<std::string>(), bytes_of(v.at("ContextU")),
                               bytes_of(v.at("ContextV")), v.at("Bits").get<std::size_t>())) ==
                   v.at("Result").get<std::string>());
    std::printf("vectors: KDFa %zu checked\n", vectors.size());
}

BOOST_AUTO_TEST_CASE(kdfe_gives_the_published_bytes) {
    const auto vectors = shared_json("tpm/kdf/kdfe.json");
    for (const auto& v : vectors)
        BOOST_TEST(hex_of(kdfe(v.at("HashAlg").get<Alg>(), bytes_of(v.at("Z")),
                               v.at("Label").get<std::string>(), bytes_of(v.at("ContextU")),
                               bytes_of(v.at("ContextV")), v.at("Bits").get<std::size_t>())) ==
                   v.at("Result").get<std::string>());
    std::printf("vectors: KDFe %zu checked\n", vectors.size());
}

/// Keys of curves and sizes that this TPM does not have are counted, not checked.
void check_shared_secrets(const std::string& file) {
    crypto::Drbg random{as_bytes("secrets")};
    const crypto::Context context{random};
    Memory memory{{}};
    std::size_t checked = 0, skipped = 0;
    const auto vectors = shared_json(file);
    for (const auto& v : vectors) {
        const auto area = decode<TpmtPublic>(bytes_of(v.at("PublicKey")), byte_order);
        if (!area) {
            ++skipped;
            continue;
        }
        auto sensitive = decode<TpmtSensitive>(bytes_of(v.at("PrivateKey")), byte_order);
        BOOST_REQUIRE(sensitive);
        const Object key{{{.area = *area, .sensitive = {std::move(*sensitive)}}},
                         memory.ram,
                         memory.secret_of(Estate::null)};
        const auto label = v.at("Label").get<std::string>();
        const auto secret = recover_secret(context, key, label, bytes_of(v.at("Ciphertext")));
        BOOST_TEST_REQUIRE(static_cast<bool>(secret), v.at("Name").get<std::string>());
        BOOST_TEST(hex_of(*secret) == v.at("Secret").get<std::string>());
        if (v.contains("EphemeralPrivate")) {
            const auto shared =
                share_secret_with(context, *area, label,
                                  padded(bytes_of(v.at("EphemeralPrivate")), coordinate_size(area->curve)));
            BOOST_REQUIRE(shared);
            BOOST_TEST(to_hex(shared->encrypted) == v.at("Ciphertext").get<std::string>());
            BOOST_TEST(hex_of(shared->secret) == v.at("Secret").get<std::string>());
        }
        ++checked;
    }
    std::printf("vectors: %s %zu checked, %zu skipped (curve)\n", file.c_str(), checked, skipped);
    if (!vectors.empty()) BOOST_TEST(checked > 0U);
}
BOOST_AUTO_TEST_CASE(a_secret_under_an_rsa_key_is_recovered) {
    check_shared_secrets("tpm/kdf/rsa_labeled_encaps.json");
}
BOOST_AUTO_TEST_CASE(a_secret_under_an_ecc_key_is_recovered_and_made) {
    check_shared_secrets("tpm/kdf/ecc_labeled_encaps.json");
}

BOOST_AUTO_TEST_CASE(wrapped_objects_of_a_peer_open_and_wrap_to_the_same_bytes) {
    const auto vectors = shared_json("tpm/derived/private-blob.json");
    for (const auto& v : vectors) {
        const Bytes parent = bytes_of(v.at("parentSeed")), name = bytes_of(v.at("childName"));
        const ProtectionSeed seed{alg_named(v.at("parentNameAlg").get<std::string>()),
                                  v.at("parentSymBits").get<std::uint16_t>(), parent};
        const auto area = decode<TpmtPublic>(bytes_of(v.at("childPublic")), byte_order);
        BOOST_REQUIRE(area);
        BOOST_TEST(name_of(*area) == name);
        const Bytes wrapped = bytes_of(v.at("private"));
        const auto opened = unwrap_private(seed, wrapped, name);
        BOOST_REQUIRE(opened);
        BOOST_TEST(encode(*opened, byte_order) == bytes_of(v.at("sensitive")));
        BOOST_TEST(wrap_private(seed, bytes_of(v.at("iv")), *opened, area->name_alg, name) == wrapped);
        for (const std::size_t at : {std::size_t{3}, wrapped.size() / 2, wrapped.size() - 1}) {
            Bytes bent = wrapped;
            bent[at] ^= 1;
            BOOST_TEST((unwrap_private(seed, bent, name).error() == Rc::integrity));
        }
    }
    std::printf("vectors: wrapped objects %zu checked\n", vectors.size());
}

BOOST_AUTO_TEST_CASE(a_credential_made_elsewhere_opens_and_comes_out_the_same) {
    const auto vectors = shared_json("tpm/derived/import-and-credential.json");
    if (vectors.empty()) return;
    const auto& v = vectors.at("activate");
    const Bytes secret = bytes_of(v.at("seed")), name = bytes_of(v.at("name"));
    const ProtectionSeed seed{Alg::sha256, 128, secret};
    const Bytes credential = bytes_of(v.at("credential"));
    Bytes content;
    Writer{content, byte_order}.put(Tpm2bDigest{credential});
    BOOST_TEST(wrap_outer(seed, content, name) == bytes_of(v.at("credentialBlob")));
    const auto opened = unwrap_outer(seed, bytes_of(v.at("credentialBlob")), name);
    BOOST_REQUIRE(opened);
    BOOST_TEST(hex_of(*opened) == to_hex(content));
    const auto& duplicate = vectors.at("import_inner_False");
    const Bytes outer = bytes_of(duplicate.at("seed"));
    Bytes whole;
    Writer{whole, byte_order}.put(Tpm2b<1024>{bytes_of(duplicate.at("sensitive"))});
    BOOST_TEST(to_hex(wrap_outer({Alg::sha256, 128, outer}, whole, bytes_of(duplicate.at("name")))) ==
               duplicate.at("duplicate").get<std::string>());
}

/// One sender in 256 has a coordinate with leading zeros, and some leave them out: in the point and in KDFe.
BOOST_AUTO_TEST_CASE(an_ephemeral_point_is_taken_as_it_was_sent) {
    crypto::Drbg random{as_bytes("ephemeral")};
    const crypto::Context context{random};
    const auto own = crypto::PrivateKey::from_scalar(context, crypto::KeyType::p256, Bytes(32, 0x11));
    BOOST_REQUIRE(own);
    Memory memory{{}};
    SavedObject content{.area = templates::storage_key(Alg::ecc),
                        .sensitive = {TpmtSensitive{.type = Alg::ecc, .sensitive = {Bytes(32, 0x11)}}}};
    content.area.unique_ecc = point_of(own->public_key());
    const Object key{{std::move(content)}, memory.ram, memory.secret_of(Estate::null)};
    for (std::uint32_t i = 1;; ++i) {
        BOOST_REQUIRE(i < 10'000U);
        Bytes scalar(28, 0x22);
        append(scalar, store(i, byte_order));
        const auto ephemeral = crypto::PrivateKey::from_scalar(context, crypto::KeyType::p256, scalar);
        TpmsEccPoint point = point_of(ephemeral->public_key());
        if (point.x.value[0] != 0) continue;
        point.x.value.erase(point.x.value.begin());
        const auto z = ephemeral->agree(own->public_key());
        const Secret seed =
            kdfe(Alg::sha256, z->bytes(), "DUPLICATE", point.x.value, key.area.unique_ecc.x.value, 256);
        const auto found = recover_secret(context, key, "DUPLICATE", encode(point, byte_order));
        BOOST_REQUIRE(found);
        BOOST_TEST(hex_of(*found) == hex_of(seed));
        return;
    }
}

}  // namespace
}  // namespace assay::tpm
