// OCSP: each status, each error, and nothing that may change.
#include "sim/crypto/ocsp.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/crypto/der.hpp"
#include "sim/crypto/test_pki.hpp"

namespace assay::crypto {
namespace {

using std::chrono::seconds;

struct Responder : TestPki {
    CertificateSpec responder_spec() {
        CertificateSpec spec = leaf_spec("Responder");
        spec.extended_key_usage = {"1.3.6.1.5.5.7.3.9", "1.3.6.1.5.5.7.48.1.5"};
        return spec;
    }
    Certificate delegate(const CertificateSpec& spec) {
        return issue(spec, responder_key.public_key(), &intermediate, intermediate_key, Hash::sha384);
    }
    OcspSpec spec() const {
        OcspSpec out;
        out.this_update = noon - seconds{600};
        out.next_update = noon + seconds{600};
        return out;
    }
    Bytes respond(const OcspSpec& spec) const { return respond(spec, responder, responder_key); }
    Bytes respond(const OcspSpec& spec, const Certificate& by, const PrivateKey& key) const {
        return make_ocsp_response(spec, leaf, intermediate, by, key, Hash::sha384);
    }
    std::string verdict(ByteView response) const { return verdict(response, noon); }
    std::string verdict(ByteView response, std::optional<Instant> at) const {
        return kind_of(verify_ocsp_response(response, leaf, intermediate, at));
    }

    PrivateKey responder_key = new_key();
    Certificate responder = delegate(responder_spec());
};

BOOST_FIXTURE_TEST_SUITE(ocsp, Responder)

BOOST_AUTO_TEST_CASE(a_response_says_what_its_responder_was_told) {
    OcspSpec told = spec();
    told.nonce = Bytes(32, 7);
    const auto good = verify_ocsp_response(respond(told), leaf, intermediate, noon);
    BOOST_REQUIRE(bool{good});
    BOOST_TEST(name(good->status) == "good");
    BOOST_TEST((*good->nonce == Bytes(32, 7)));
    BOOST_TEST((good->this_update == told.this_update));
    BOOST_TEST((good->next_update == told.next_update));
    BOOST_TEST(!good->revocation_reason);

    told.status = CertStatus::revoked;
    told.revocation_reason = "certificateHold";
    told.revocation_time = noon - seconds{3600};
    told.nonce = {};
    const auto revoked = verify_ocsp_response(respond(told), leaf, intermediate, noon);
    BOOST_REQUIRE(bool{revoked});
    BOOST_TEST(name(revoked->status) == "revoked");
    BOOST_TEST(revoked->revocation_reason.value() == "certificateHold");
    BOOST_TEST(!revoked->nonce);
    told.revocation_reason = {};
    BOOST_TEST(!verify_ocsp_response(respond(told), leaf, intermediate, noon)->revocation_reason);
    told.revocation_reason = "bad mood";
    BOOST_CHECK_THROW((void)respond(told), std::logic_error);

    told = spec();
    told.status = CertStatus::unknown;
    BOOST_TEST(name(verify_ocsp_response(respond(told), leaf, intermediate, noon)->status) == "unknown");
}

BOOST_AUTO_TEST_CASE(any_hash_may_name_the_certificate) {
    for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512}) {
        OcspSpec one = spec();
        one.cert_id_hash = hash;
        const Bytes response = respond(one);
        BOOST_TEST(verdict(response) == "good");
        BOOST_TEST(ocsp_response_is_for(response, leaf, intermediate));
        BOOST_TEST(!ocsp_response_is_for(response, intermediate, root));
    }
}

BOOST_AUTO_TEST_CASE(the_issuer_may_answer_itself) {
    const Bytes response = respond(spec(), intermediate, intermediate_key);
    BOOST_TEST(verdict(response) == "good");
}

BOOST_AUTO_TEST_CASE(malformed) {
    const Bytes response = respond(spec());
    BOOST_TEST(verdict(concat({response, Bytes{0}})) == "malformed");
    for (std::size_t size = 0; size < response.size(); size += 3)
        BOOST_TEST(verdict(ByteView{response}.first(size)) == "malformed");
    BOOST_TEST(!ocsp_response_is_for(ByteView{response}.first(100), leaf, intermediate));
}

BOOST_AUTO_TEST_CASE(not_successful) {
    BOOST_TEST(verdict(*from_hex("30030a0103")) == "not_successful");  // tryLater
    BOOST_TEST(verify_ocsp_response(*from_hex("30030a0106"), leaf, intermediate, noon).error().what ==
               "the responder answers unauthorized");
}

BOOST_AUTO_TEST_CASE(wrong_certificate) {
    const Bytes response =
        make_ocsp_response(spec(), intermediate, root, responder, responder_key, Hash::sha384);
    BOOST_TEST(verdict(response) == "wrong_certificate");
    // The same serial number under another issuer.
    const Bytes other_issuer = make_ocsp_response(spec(), leaf, root, responder, responder_key, Hash::sha384);
    BOOST_TEST(verdict(other_issuer) == "wrong_certificate");
    // And under one of the same name with another key.
    const Certificate rekeyed =
        issue(ca_spec("Test Intermediate"), leaf_key.public_key(), &root, root_key, Hash::sha384);
    const Bytes other_key = make_ocsp_response(spec(), leaf, rekeyed, responder, responder_key, Hash::sha384);
    BOOST_TEST(verdict(other_key) == "wrong_certificate");
}

BOOST_AUTO_TEST_CASE(bad_signature) {
    BOOST_TEST(verdict(respond(spec(), responder, leaf_key)) == "bad_signature");
    const Bytes sha1 = make_ocsp_response(spec(), leaf, intermediate, responder, responder_key, Hash::sha1);
    BOOST_TEST(verdict(sha1) == "bad_signature");
}

BOOST_AUTO_TEST_CASE(no_bit_of_a_response_may_change) {
    const Bytes good = respond(spec());
    for (std::size_t at = 0; at < good.size(); ++at) {
        Bytes changed = good;
        changed[at] ^= 0x01;
        BOOST_TEST(verdict(changed) != "good", "byte " << at);
    }
}

BOOST_AUTO_TEST_CASE(wrong_responder) {
    CertificateSpec plain = responder_spec();
    plain.extended_key_usage = {"1.3.6.1.5.5.7.3.1"};
    BOOST_TEST(verdict(respond(spec(), delegate(plain), responder_key)) == "wrong_responder");
    plain.extended_key_usage = {};
    BOOST_TEST(verdict(respond(spec(), delegate(plain), responder_key)) == "wrong_responder");
    CertificateSpec no_signing = responder_spec();
    no_signing.key_usage = {"keyAgreement"};
    BOOST_TEST(verdict(respond(spec(), delegate(no_signing), responder_key)) == "wrong_responder");
    // Delegated by the issuer's issuer, and by one who only has the issuer's name.
    const Certificate by_root =
        issue(responder_spec(), responder_key.public_key(), &root, root_key, Hash::sha384);
    BOOST_TEST(verdict(respond(spec(), by_root, responder_key)) == "wrong_responder");
    const Certificate forged =
        issue(responder_spec(), responder_key.public_key(), &intermediate, leaf_key, Hash::sha384);
    BOOST_TEST(verdict(respond(spec(), forged, responder_key)) == "wrong_responder");
    CertificateSpec critical = responder_spec();
    critical.extensions = {{"1.2.3", true, {}}};
    BOOST_TEST(verdict(respond(spec(), delegate(critical), responder_key)) == "wrong_responder");
}

BOOST_AUTO_TEST_CASE(freshness) {
    const Bytes response = respond(spec());
    BOOST_TEST(verdict(response, noon - seconds{600}) == "good");
    BOOST_TEST(verdict(response, noon - seconds{601}) == "not_yet_valid");
    BOOST_TEST(verdict(response, noon + seconds{600}) == "good");
    BOOST_TEST(verdict(response, noon + seconds{601}) == "stale");
    OcspSpec open = spec();
    open.next_update = {};
    const Bytes without = respond(open);
    BOOST_TEST(verdict(without, open.this_update + seconds{3600}) == "good");
    BOOST_TEST(verdict(without, open.this_update + seconds{3601}) == "stale");
    // Without a clock times are not looked at.
    BOOST_TEST(verdict(response, {}) == "good");
}

BOOST_AUTO_TEST_CASE(responder_expired) {
    CertificateSpec early = responder_spec();
    early.not_after = noon - seconds{1};
    const Bytes response = respond(spec(), delegate(early), responder_key);
    BOOST_TEST(verdict(response) == "responder_expired");
    BOOST_TEST(verdict(response, noon - seconds{1}) == "good");
    BOOST_TEST(verdict(response, {}) == "good");
}

BOOST_AUTO_TEST_CASE(requests_name_the_certificate) {
    const Bytes nonce(32, 9);
    const Bytes request = make_ocsp_request(leaf, intermediate, Hash::sha256, nonce);
    const auto outer = der::parse(request);
    BOOST_REQUIRE(outer);
    const auto contains = [&](const Bytes& part) {
        return std::search(request.begin(), request.end(), part.begin(), part.end()) != request.end();
    };
    BOOST_TEST(contains(digest(Hash::sha256, {intermediate.subject_name()})));
    BOOST_TEST(contains(digest(Hash::sha256, {intermediate.public_key_bits()})));
    BOOST_TEST(contains(nonce));
    BOOST_TEST(make_ocsp_request(leaf, intermediate, Hash::sha256).size() < request.size());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto
