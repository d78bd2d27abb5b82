// Certificates: reading, single-fault chains, issuing, requests.
#include <boost/test/unit_test.hpp>

#include "sim/crypto/der.hpp"
#include "sim/crypto/test_pki.hpp"

namespace assay::crypto {
namespace {

using Chain = std::vector<Certificate>;
using std::chrono::seconds;

struct ChainTests : TestPki {
    std::string verdict(const Chain& chain) const { return verdict(chain, rules()); }
    static std::string verdict(const Chain& chain, const ChainRules& rules) {
        const auto result = verify_chain(chain, rules);
        return result ? "good"
                      : std::string{name(result.error().kind)} + '@' + std::to_string(result.error().index);
    }
    // The usual chain, with an intermediate and a leaf of these kinds.
    Chain chain_of(const CertificateSpec& middle, const CertificateSpec& last) {
        const Certificate ca = issue(middle, intermediate_key.public_key(), &root, root_key, Hash::sha384);
        return {issue(last, leaf_key.public_key(), &ca, intermediate_key, Hash::sha384), ca, root};
    }
    Chain chain_of(const CertificateSpec& middle) { return chain_of(middle, leaf_spec("leaf")); }
};

BOOST_FIXTURE_TEST_SUITE(x509, ChainTests)

BOOST_AUTO_TEST_CASE(a_good_chain_verifies_with_and_without_its_root) {
    BOOST_TEST(verdict(chain()) == "good");
    BOOST_TEST(verdict({leaf, intermediate}, {noon, 2, {root}, {}}) == "good");
    BOOST_TEST(verdict({leaf}, {noon, {}, {intermediate}, {}}) == "good");
    BOOST_TEST(verdict({root}, {noon, 1, {root}, {}}) == "good");
    BOOST_TEST(verdict(chain(), {{}, {}, {root}, {}}) == "good");
}

BOOST_AUTO_TEST_CASE(wrong_length) {
    BOOST_TEST(verdict({}) == "wrong_length@0");
    BOOST_TEST(verdict({leaf, intermediate}) == "wrong_length@0");
    BOOST_TEST(verdict({leaf, intermediate, root, root}) == "wrong_length@0");
}

BOOST_AUTO_TEST_CASE(wrong_issuer) {
    const PrivateKey key = new_key();
    const Certificate other = issue(ca_spec("Other"), key.public_key(), &root, root_key, Hash::sha384);
    BOOST_TEST(verdict({leaf, other, root}) == "wrong_issuer@0");
    BOOST_TEST(verdict({intermediate, leaf, root}) == "wrong_issuer@0");
}

BOOST_AUTO_TEST_CASE(bad_signature) {
    // Names chain, the key does not.
    const PrivateKey key = new_key();
    const Certificate forged =
        issue(leaf_spec("leaf"), leaf_key.public_key(), &intermediate, key, Hash::sha384);
    BOOST_TEST(verdict({forged, intermediate, root}) == "bad_signature@0");
    const Certificate forged_ca =
        issue(ca_spec("Test Intermediate"), intermediate_key.public_key(), &root, key, Hash::sha384);
    BOOST_TEST(verdict({leaf, forged_ca, root}) == "bad_signature@1");
    // A pinned root whose own signature is wrong.
    const Certificate bad_root =
        issue(ca_spec("Test Root"), root_key.public_key(), nullptr, key, Hash::sha384);
    BOOST_TEST(verdict({leaf, intermediate, bad_root}, {noon, 3, {bad_root}, {}}) == "bad_signature@2");
}

BOOST_AUTO_TEST_CASE(not_a_ca) {
    CertificateSpec no_ca = ca_spec("Test Intermediate");
    no_ca.ca = false;
    BOOST_TEST(verdict(chain_of(no_ca)) == "not_a_ca@1");
    CertificateSpec no_cert_sign = ca_spec("Test Intermediate");
    no_cert_sign.key_usage = {"digitalSignature", "cRLSign"};
    BOOST_TEST(verdict(chain_of(no_cert_sign)) == "not_a_ca@1");
    CertificateSpec no_key_usage = ca_spec("Test Intermediate");
    no_key_usage.key_usage = {};
    BOOST_TEST(verdict(chain_of(no_key_usage)) == "good");
    // The pinned issuer that does not come along.
    CertificateSpec plain_root = ca_spec("Plain Root");
    plain_root.ca = false;
    const Certificate no_root = issue(plain_root, root_key.public_key(), nullptr, root_key, Hash::sha384);
    const Certificate below =
        issue(ca_spec("CA"), intermediate_key.public_key(), &no_root, root_key, Hash::sha384);
    BOOST_TEST(verdict({below}, {noon, 1, {no_root}, {}}) == "not_a_ca@1");
}

BOOST_AUTO_TEST_CASE(path_length) {
    CertificateSpec limited = ca_spec("Limited Root");
    limited.path_length = 0;
    const Certificate limited_root = issue(limited, root_key.public_key(), nullptr, root_key, Hash::sha384);
    const Certificate ca =
        issue(ca_spec("CA"), intermediate_key.public_key(), &limited_root, root_key, Hash::sha384);
    const Certificate end =
        issue(leaf_spec("leaf"), leaf_key.public_key(), &ca, intermediate_key, Hash::sha384);
    BOOST_TEST(verdict({end, ca, limited_root}, {noon, 3, {limited_root}, {}}) == "path_length@2");
    BOOST_TEST(verdict({end, ca}, {noon, 2, {limited_root}, {}}) == "path_length@2");
    const Certificate direct =
        issue(leaf_spec("leaf"), leaf_key.public_key(), &limited_root, root_key, Hash::sha384);
    BOOST_TEST(verdict({direct, limited_root}, {noon, 2, {limited_root}, {}}) == "good");
    // A self-issued certificate (a new key of the same name) does not count (RFC 5280, 6.1.4 l).
    limited.serial = {9};
    limited.path_length = {};
    const Certificate rekeyed =
        issue(limited, intermediate_key.public_key(), &limited_root, root_key, Hash::sha384);
    const Certificate under =
        issue(leaf_spec("leaf"), leaf_key.public_key(), &rekeyed, intermediate_key, Hash::sha384);
    BOOST_TEST(verdict({under, rekeyed, limited_root}, {noon, 3, {limited_root}, {}}) == "good");
}

BOOST_AUTO_TEST_CASE(untrusted_root) {
    const PrivateKey key = new_key();
    const Certificate same_name = issue(ca_spec("Test Root"), key.public_key(), nullptr, key, Hash::sha384);
    BOOST_TEST(verdict(chain(), {noon, 3, {same_name}, {}}) == "untrusted_root@2");
    BOOST_TEST(verdict({leaf, intermediate}, {noon, 2, {same_name}, {}}) == "untrusted_root@1");
    BOOST_TEST(verdict(chain(), {noon, 3, {}, {}}) == "untrusted_root@2");
    BOOST_TEST(verdict(chain(), {noon, 3, {same_name, root}, {}}) == "good");
}

BOOST_AUTO_TEST_CASE(validity_is_inclusive_and_looked_at_last) {
    const auto at = [&](Instant instant) {
        return verdict(chain(), {instant, 3, {root}, {}});
    };
    BOOST_TEST(at(leaf.not_before()) == "good");
    BOOST_TEST(at(leaf.not_before() - seconds{1}) == "not_yet_valid@0");
    BOOST_TEST(at(leaf.not_after()) == "good");
    BOOST_TEST(at(leaf.not_after() + seconds{1}) == "expired@0");
    CertificateSpec early = ca_spec("Test Intermediate");
    early.not_after = noon - seconds{1};
    BOOST_TEST(verdict(chain_of(early)) == "expired@1");
    early.not_after = noon;
    BOOST_TEST(verdict(chain_of(early)) == "good");
    // Of a root that does not come along, too.
    BOOST_TEST(verdict({leaf, intermediate}, {root.not_after() + seconds{1}, 2, {root}, {}}) == "expired@0");
    CertificateSpec old_root = ca_spec("Old Root");
    old_root.not_after = noon - seconds{1};
    const Certificate old = issue(old_root, root_key.public_key(), nullptr, root_key, Hash::sha384);
    const Certificate below = issue(leaf_spec("leaf"), leaf_key.public_key(), &old, root_key, Hash::sha384);
    BOOST_TEST(verdict({below}, {noon, 1, {old}, {}}) == "expired@1");
    // Expired and forged: forged.
    const Certificate forged =
        issue(leaf_spec("leaf"), leaf_key.public_key(), &intermediate, root_key, Hash::sha384);
    BOOST_TEST(verdict({forged, intermediate, root}, {leaf.not_after() + seconds{1}, 3, {root}, {}}) ==
               "bad_signature@0");
}

BOOST_AUTO_TEST_CASE(unknown_critical_extensions_are_refused_unless_the_caller_knows_them) {
    CertificateSpec spec = leaf_spec("leaf");
    spec.extensions = {{"2.23.133.5.4.1", true, der::unsigned_integer(Bytes{1})}};
    const Chain with = chain_of(ca_spec("Test Intermediate"), spec);
    BOOST_TEST(verdict(with) == "unsupported@0");
    BOOST_TEST(verdict(with, {noon, 3, {root}, {"2.23.133.5.4.1"}}) == "good");
    BOOST_TEST(verdict(with, {noon, 3, {root}, {"2.23.133.5.4.2"}}) == "unsupported@0");
    spec.extensions[0].critical = false;
    BOOST_TEST(verdict(chain_of(ca_spec("Test Intermediate"), spec)) == "good");
}

BOOST_AUTO_TEST_CASE(weak_algorithms_are_unsupported) {
    const Certificate sha1 =
        issue(leaf_spec("leaf"), leaf_key.public_key(), &intermediate, intermediate_key, Hash::sha1);
    BOOST_TEST(sha1.signature_algorithm() == "ecdsa-with-SHA1");
    BOOST_TEST(verdict({sha1, intermediate, root}) == "unsupported@0");
    const PrivateKey small = PrivateKey::generate(context, KeyType::rsa, 1024);
    const Certificate weak = issue(ca_spec("weak"), small.public_key(), nullptr, small, Hash::sha256);
    BOOST_TEST(verdict({weak}, {noon, 1, {weak}, {}}) == "unsupported@0");
    const PrivateKey rsa = new_key(KeyType::rsa);
    const Certificate strong = issue(ca_spec("strong"), rsa.public_key(), nullptr, rsa, Hash::sha256);
    BOOST_TEST(verdict({strong}, {noon, 1, {strong}, {}}) == "good");
    // MD5 (1.2.840.113549.1.1.4) in both places.
    Bytes der = strong.der();
    const Bytes sha256_rsa = *from_hex("2a864886f70d01010b");
    for (auto at = der.begin();;) {
        at = std::search(at, der.end(), sha256_rsa.begin(), sha256_rsa.end());
        if (at == der.end()) break;
        at[8] = 0x04;
    }
    const auto md5 = Certificate::from_der(der);
    BOOST_REQUIRE(bool{md5});
    BOOST_TEST(md5->signature_algorithm() == "1.2.840.113549.1.1.4");
    BOOST_TEST(verdict({*md5}, {noon, 1, {*md5}, {}}) == "unsupported@0");
}

BOOST_AUTO_TEST_CASE(no_bit_of_a_chain_may_change) {
    const Bytes good = leaf.der();
    for (std::size_t at = 0; at < good.size(); ++at) {
        Bytes der = good;
        der[at] ^= 0x01;
        const auto changed = Certificate::from_der(der);
        if (changed) BOOST_TEST(verdict({*changed, intermediate, root}) != "good", "byte " << at);
    }
}

BOOST_AUTO_TEST_CASE(malformed_certificates) {
    const Bytes good = leaf.der();
    BOOST_TEST(kind_of(Certificate::from_der(concat({good, Bytes{0}}))) == "malformed");
    for (std::size_t size = 0; size < good.size(); ++size)
        BOOST_TEST(kind_of(Certificate::from_der(ByteView{good}.first(size))) == "malformed");
    BOOST_TEST(kind_of(Certificate::from_der(Bytes(1 << 17))) == "malformed");
    // The algorithm beside the signature is not the one that is signed.
    Bytes two_algorithms = good;
    const Bytes ecdsa_sha384 = *from_hex("06082a8648ce3d040303");
    std::find_end(two_algorithms.begin(), two_algorithms.end(), ecdsa_sha384.begin(), ecdsa_sha384.end())[9] =
        0x04;
    BOOST_TEST(kind_of(Certificate::from_der(two_algorithms)) == "malformed");
    CertificateSpec twice = leaf_spec("twice");
    twice.extensions = {{"1.2.3", false, {}}, {"1.2.3", false, {}}};
    BOOST_CHECK_THROW((void)issue(twice, leaf_key.public_key(), &root, root_key, Hash::sha384),
                      std::logic_error);
    // A key on another curve: P-521.
    Bytes other_curve = good;
    const Bytes p384 = *from_hex("06052b81040022");
    std::search(other_curve.begin(), other_curve.end(), p384.begin(), p384.end())[6] = 0x23;
    BOOST_TEST(kind_of(Certificate::from_der(other_curve)) == "unsupported");
    // A point that is not on its curve.
    Bytes off_curve = good;
    const Bytes point = leaf.public_key().point();
    std::search(off_curve.begin(), off_curve.end(), point.begin(), point.end())[96] ^= 1;
    BOOST_TEST(kind_of(Certificate::from_der(off_curve)) == "malformed");
}

BOOST_AUTO_TEST_CASE(what_was_specified_is_what_is_read) {
    CertificateSpec spec = leaf_spec("a, \"b\" +c");
    spec.subject.emplace_back("serialNumber", "0042");
    spec.serial = *from_hex("00ff0102030405060708");
    spec.not_after = *from_rfc3339("9999-12-31T23:59:59Z");
    spec.extended_key_usage = {"1.3.6.1.5.5.7.3.9", "1.3.6.1.5.5.7.48.1.5"};
    spec.subject_key_identifier = Bytes{1, 2, 3};
    spec.extensions = {{"2.23.133.5.4.1", false, der::unsigned_integer(Bytes{7})}};
    const Certificate one = issue(spec, leaf_key.public_key(), &intermediate, intermediate_key, Hash::sha256);
    BOOST_TEST(one.subject() == R"(serialNumber=0042, CN=a\, \"b\" \+c, O=Assay, C=DE)");
    BOOST_TEST(one.issuer() == "CN=Test Intermediate, O=Assay, C=DE");
    BOOST_TEST(one.common_name().value() == "a, \"b\" +c");
    BOOST_TEST(one.subject_serial_number().value() == "0042");
    BOOST_TEST(to_hex(one.serial()) == "ff0102030405060708");
    BOOST_TEST(one.serial_decimal() == "4703992362655726044936");
    BOOST_TEST(to_rfc3339(one.not_before()) == "2025-01-01T00:00:00Z");
    BOOST_TEST(to_rfc3339(one.not_after()) == "9999-12-31T23:59:59Z");
    BOOST_TEST(one.has_extended_key_usage("1.3.6.1.5.5.7.3.9"));
    BOOST_TEST(!one.has_extended_key_usage("1.3.6.1.5.5.7.3.1"));
    BOOST_TEST((*one.subject_key_identifier() == Bytes{1, 2, 3}));
    BOOST_TEST((*one.extension("2.23.133.5.4.1") == der::unsigned_integer(Bytes{7})));
    BOOST_TEST(!one.extension("2.5.29.99"));
    BOOST_TEST((one.extensions() == std::vector<std::string>{"2.5.29.15", "2.5.29.37", "2.23.133.5.4.1",
                                                             "2.5.29.14", "2.5.29.35"}));
    BOOST_TEST(one.signature_algorithm() == "ecdsa-with-SHA256");
    BOOST_TEST((one.public_key() == leaf_key.public_key()));
    BOOST_TEST((one.issuer_name() == intermediate.subject_name()));
    BOOST_TEST(one.may_sign_data());
    BOOST_TEST(!intermediate.may_sign_data());
    BOOST_TEST(intermediate.is_ca());
    BOOST_TEST(root.self_issued());
    BOOST_TEST((root.subject_key_identifier() == digest(Hash::sha1, {root.public_key_bits()})));
    spec.serial = {0};
    BOOST_CHECK_THROW((void)issue(spec, leaf_key.public_key(), nullptr, leaf_key, Hash::sha256),
                      std::logic_error);
}

BOOST_AUTO_TEST_CASE(pem_texts) {
    const std::string text =
        "subject: leaf\n" + leaf.pem() + "\n# then\n" + intermediate.pem() + root.pem() + "end";
    const auto read = certificates_from_pem(as_bytes(text));
    BOOST_REQUIRE(bool{read});
    BOOST_TEST((*read == chain()));
    BOOST_TEST(certificates_from_pem(as_bytes("nothing here"))->empty());
    const auto fault = [](const std::string& pem) {
        const auto result = certificates_from_pem(as_bytes(pem));
        return result ? "good"
                      : std::string{name(result.error().kind)} + '@' + std::to_string(result.error().index);
    };
    const std::string cut_off = leaf.pem() + intermediate.pem().substr(0, 300);
    BOOST_TEST(fault(cut_off) == "malformed@1");
    std::string not_base64 = leaf.pem();
    not_base64[100] = '!';
    BOOST_TEST(fault(root.pem() + not_base64) == "malformed@1");
    BOOST_TEST(fault("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") == "malformed@0");
    BOOST_TEST(fault("-----BEGIN CERTIFICATE-----") == "malformed@0");
}

BOOST_AUTO_TEST_CASE(concatenated_der) {
    const Bytes all = concat({leaf.der(), intermediate.der(), root.der()});
    BOOST_TEST((*certificates_from_der(all) == chain()));
    BOOST_TEST(kind_of(certificates_from_der(ByteView{all}.first(all.size() - 1))) == "malformed");
    BOOST_TEST(certificates_from_der({})->empty());
}

BOOST_AUTO_TEST_CASE(requests_are_signed_by_the_key_inside) {
    CertificateSpec spec = leaf_spec("requester");
    spec.extensions = {{"1.2.3", false, der::unsigned_integer({})}};
    const Bytes request = make_request(spec, leaf_key, Hash::sha384);
    const auto read = verify_request(request);
    BOOST_REQUIRE(bool{read});
    BOOST_TEST((read->key == leaf_key.public_key()));
    BOOST_TEST(read->subject == "CN=requester, O=Assay, C=DE");
    BOOST_TEST(kind_of(verify_request(concat({request, Bytes{0}}))) == "malformed");
    for (std::size_t at = 0; at < request.size(); ++at) {
        Bytes changed = request;
        changed[at] ^= 0x01;
        BOOST_TEST(kind_of(verify_request(changed)) != "good", "byte " << at);
    }
    Bytes forged = request;
    forged.back() ^= 1;
    BOOST_TEST(kind_of(verify_request(forged)) == "bad_signature");
    BOOST_TEST(kind_of(verify_request(make_request(spec, leaf_key, Hash::sha1))) == "unsupported");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto
