// What we make, judged by programs that others wrote: openssl and xmlsec1.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "sim/base/file.hpp"
#include "sim/crypto/ocsp.hpp"
#include "sim/crypto/test_pki.hpp"
#include "sim/crypto/xml_signature.hpp"

namespace assay::crypto {
namespace {

namespace fs = std::filesystem;

bool is_missing(const std::string& program) {
    const bool missing = std::system(("command -v " + program + " > /dev/null 2>&1").c_str()) != 0;
    if (missing) std::printf("skipped: %s not found\n", program.c_str());
    return missing;
}

struct Peers : TestPki {
    Peers() { fs::create_directories(folder); }
    ~Peers() { fs::remove_all(folder); }

    std::string put(const std::string& name, ByteView content) const {
        write_file(folder / name, content);
        return (folder / name).string();
    }
    std::string put(const std::string& name, const std::string& text) const {
        return put(name, as_bytes(text));
    }
    // What the command prints, if it succeeds and prints `expected` somewhere.
    bool says(const std::string& command, const std::string& expected) const {
        const fs::path log = folder / "log";
        const int code = std::system((command + " > " + log.string() + " 2>&1").c_str());
        const Bytes output = *read_file(log, 1 << 20);
        const bool good = code == 0 && as_text(output).find(expected) != std::string_view::npos;
        if (!good) BOOST_TEST_MESSAGE(command << "\n" << as_text(output));
        return good;
    }

    fs::path folder = fs::temp_directory_path() / ("assay-crypto-peers-" + std::to_string(::getpid()));
    std::string clock = std::to_string(noon.time_since_epoch().count());
};

BOOST_FIXTURE_TEST_SUITE(peers, Peers)

BOOST_AUTO_TEST_CASE(openssl_verifies_our_chain_strictly) {
    if (is_missing("openssl")) return;
    const std::string command = "openssl verify -x509_strict -check_ss_sig -attime " + clock + " -CAfile " +
                                put("root.pem", root.pem()) + " -untrusted " +
                                put("ca.pem", intermediate.pem()) + ' ' + put("leaf.pem", leaf.pem());
    BOOST_TEST(says(command, "OK"));
    const Certificate forged =
        issue(leaf_spec("x"), leaf_key.public_key(), &intermediate, root_key, Hash::sha384);
    put("leaf.pem", forged.pem());
    BOOST_TEST(!says(command, "OK"));
}

BOOST_AUTO_TEST_CASE(openssl_reads_the_fields_of_our_certificate) {
    if (is_missing("openssl")) return;
    CertificateSpec spec = ca_spec("Fields");
    spec.path_length = 3;
    spec.extended_key_usage = {"1.3.6.1.5.5.7.3.9"};
    spec.not_after = *from_rfc3339("9999-12-31T23:59:59Z");
    const Certificate one = issue(spec, leaf_key.public_key(), &intermediate, intermediate_key, Hash::sha384);
    const std::string show = "openssl x509 -noout -text -in " + put("one.pem", one.pem());
    for (const char* line :
         {"Subject: C = DE, O = Assay, CN = Fields", "Not After : Dec 31 23:59:59 9999 GMT",
          "CA:TRUE, pathlen:3", "Certificate Sign, CRL Sign", "OCSP Signing",
          "Signature Algorithm: ecdsa-with-SHA384", "NIST CURVE: P-384"})
        BOOST_TEST(says(show, line), line);
}

BOOST_AUTO_TEST_CASE(openssl_verifies_our_request) {
    if (is_missing("openssl")) return;
    CertificateSpec spec = leaf_spec("requester");
    spec.extensions = {{"1.2.3", false, {5, 0}}};
    const Bytes request = make_request(spec, leaf_key, Hash::sha384);
    BOOST_TEST(
        says("openssl req -inform DER -verify -noout -in " + put("request.der", request), "verify OK"));
}

BOOST_AUTO_TEST_CASE(openssl_reads_our_private_keys_and_we_its) {
    if (is_missing("openssl")) return;
    for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::x25519, KeyType::rsa}) {
        const PrivateKey key = new_key(type);
        const fs::path spki = folder / "spki.der", sec1 = folder / "key.pem";
        const std::string file = put("key.der", key.pkcs8().bytes());
        BOOST_TEST(
            says("openssl pkey -inform DER -in " + file + " -pubout -outform DER -out " + spki.string(), ""));
        BOOST_TEST((*read_file(spki, 4096) == key.public_key().spki()));
        if (type == KeyType::x25519 || type == KeyType::rsa) continue;
        BOOST_TEST(says("openssl ec -inform DER -in " + file + " -out " + sec1.string(), ""));
        const auto again = PrivateKey::from_pkcs8(context, *read_file(sec1, 4096));
        BOOST_REQUIRE(again);
        BOOST_TEST((again->public_key() == key.public_key()));
    }
}

BOOST_AUTO_TEST_CASE(openssl_verifies_our_signatures) {
    if (is_missing("openssl")) return;
    const std::string message = put("message", "a message");
    const std::string pss =
        " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sigopt rsa_mgf1_md:sha384";
    for (const auto& [type, scheme, options] :
         {std::tuple{KeyType::p384, SignatureScheme::ecdsa_der, std::string{}},
          {KeyType::rsa, SignatureScheme::rsa_pkcs1, std::string{}},
          {KeyType::rsa, SignatureScheme::rsa_pss, pss}}) {
        const PrivateKey key = new_key(type);
        const std::string signature = put("signature", key.sign(scheme, Hash::sha384, as_bytes("a message")));
        const std::string spki = put("spki.der", key.public_key().spki());
        BOOST_TEST(says("openssl dgst -sha384 -keyform DER -verify " + spki + options + " -signature " +
                            signature + ' ' + message,
                        "Verified OK"));
    }
}

BOOST_AUTO_TEST_CASE(openssl_verifies_our_ocsp_response_and_reads_our_request) {
    if (is_missing("openssl")) return;
    const PrivateKey key = new_key();
    CertificateSpec spec = leaf_spec("Responder");
    spec.extended_key_usage = {"1.3.6.1.5.5.7.3.9"};
    const Certificate responder =
        issue(spec, key.public_key(), &intermediate, intermediate_key, Hash::sha384);
    OcspSpec told;
    told.status = CertStatus::revoked;
    told.revocation_reason = "keyCompromise";
    told.this_update = noon;
    told.next_update = noon + std::chrono::hours{1};
    told.nonce = Bytes(32, 0x5A);
    told.cert_id_hash = Hash::sha256;
    const std::string files = " -issuer " + put("ca.pem", intermediate.pem()) + " -CAfile " +
                              put("root.pem", root.pem()) + " -sha256 -cert " + put("leaf.pem", leaf.pem());
    const std::string response =
        put("response.der", make_ocsp_response(told, leaf, intermediate, responder, key, Hash::sha384));
    const std::string command = "openssl ocsp -no_nonce -attime " + clock + files + " -verify_other " +
                                put("chain.pem", intermediate.pem()) + " -respin " + response;
    BOOST_TEST(says(command, "Response verify OK"));
    BOOST_TEST(says(command, "revoked"));
    BOOST_TEST(says(command, "Reason: keyCompromise"));

    const Bytes nonce(32, 0x11);
    const std::string request =
        put("request.der", make_ocsp_request(leaf, intermediate, Hash::sha384, nonce));
    const std::string show = "openssl ocsp -req_text -reqin " + request;
    BOOST_TEST(says(show, "Hash Algorithm: sha384"));
    BOOST_TEST(says(show, "OCSP Nonce"));
    BOOST_TEST(says(show, "Serial Number: " + to_upper_hex(leaf.serial())));
}

BOOST_AUTO_TEST_CASE(xmlsec1_verifies_our_enveloped_signature) {
    if (is_missing("xmlsec1")) return;
    const std::string manifest =
        "<SoftwareIdentity xmlns=\"urn:swid\" xmlns:ns0=\"urn:swid\" name=\"X\">\n"
        "  <ns0:Payload a='1'/>\n</SoftwareIdentity>\n";
    const Bytes xml = sign_enveloped(as_bytes(manifest), leaf_key, chain());
    const std::string verify = "xmlsec1 --verify --verification-time '2025-06-01 12:00:00' --trusted-pem " +
                               put("root.pem", root.pem()) + ' ';
    BOOST_TEST(says(verify + put("signed.xml", xml), "OK"));
    std::string altered{as_text(xml)};
    altered.replace(altered.find("a='1'"), 5, "a='2'");
    BOOST_TEST(!says(verify + put("altered.xml", altered), "OK"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto
