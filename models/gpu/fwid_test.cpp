// Firmware identities: of real certificates, written and read again, and malformed ones.
#include "models/gpu/fwid.hpp"

#include <boost/test/unit_test.hpp>

#include "models/gpu/golden_files.hpp"
#include "sim/crypto/der.hpp"

namespace assay::gpu {
namespace {

namespace der = crypto::der;

/// Certificates with extensions of the test's choice.
struct Issuer {
    crypto::Drbg random{as_bytes("fwid_test")};
    crypto::Context context{random};
    crypto::PrivateKey key = crypto::PrivateKey::generate(context, crypto::KeyType::p384);

    crypto::Certificate with(std::vector<crypto::CertificateSpec::Extension> extensions) const {
        crypto::CertificateSpec spec;
        spec.subject = {{"CN", "leaf"}};
        spec.serial = {1};
        spec.not_after = Instant{std::chrono::hours{24}};
        spec.extensions = std::move(extensions);
        return crypto::issue(spec, key.public_key(), nullptr, key, crypto::Hash::sha384);
    }
    std::string outcome(std::string oid, Bytes value) const {
        const auto fwid = fwid_of(with({{std::move(oid), false, std::move(value)}}));
        return fwid                                           ? "accepted"
               : fwid.error().kind == FwidError::Kind::absent ? "absent"
                                                              : fwid.error().what;
    }
};

BOOST_AUTO_TEST_SUITE(fwid)

BOOST_AUTO_TEST_CASE(certificates_of_real_devices_name_the_fwid_of_their_reports) {
    if (!golden::present()) return;
    struct Row {
        const char *chain, *report;
        FwidForm form;
    };
    for (const Row& row : {Row{golden::h100_chain, golden::h100_report, FwidForm::device_id},
                           Row{golden::blackwell_chain, golden::blackwell_report, FwidForm::tcb_info}}) {
        const auto chain = crypto::certificates_from_pem(golden::file(row.chain));
        const auto fwid = fwid_of(chain->front());
        BOOST_TEST_REQUIRE(static_cast<bool>(fwid), row.chain);
        BOOST_TEST((fwid->form == row.form));
        const auto report = parse_report(golden::report(row.report), DeviceKind::gpu);
        BOOST_TEST(fwid->digest == report->find(OpaqueType::fwid)->data);
        const auto none = fwid_of((*chain)[1]);
        BOOST_TEST((!none && none.error().kind == FwidError::Kind::absent));
    }
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    const Issuer issuer;
    const Bytes digest(48, 0x5A);
    for (const FwidForm form : {FwidForm::device_id, FwidForm::tcb_info}) {
        const auto extension = fwid_extension(form, digest, issuer.key.public_key());
        const auto fwid = fwid_of(issuer.with({extension}));
        BOOST_TEST_REQUIRE(static_cast<bool>(fwid));
        BOOST_TEST((fwid->form == form));
        BOOST_TEST(fwid->digest == digest);
    }
    BOOST_CHECK_THROW(fwid_extension(FwidForm::device_id, Bytes(47), issuer.key.public_key()),
                      std::logic_error);
}

BOOST_AUTO_TEST_CASE(every_truncation_and_every_flip_of_structure_is_refused) {
    const Issuer issuer;
    for (const FwidForm form : {FwidForm::device_id, FwidForm::tcb_info}) {
        const auto good = fwid_extension(form, Bytes(48, 0x5A), issuer.key.public_key());
        BOOST_TEST(issuer.outcome(good.oid, good.value) == "accepted");
        for (std::size_t n = 1; n < good.value.size(); n += 7)
            BOOST_TEST(
                issuer.outcome(good.oid, {good.value.begin(),
                                          good.value.begin() + static_cast<std::ptrdiff_t>(n)}) != "accepted",
                n);
        Bytes longer = good.value;
        longer.push_back(0);
        BOOST_TEST(issuer.outcome(good.oid, longer) != "accepted");
        const std::string other = form == FwidForm::device_id ? "2.23.133.5.4.1.1" : "2.23.133.5.4.1";
        BOOST_TEST(issuer.outcome(other, good.value) != "accepted");
    }
}

BOOST_AUTO_TEST_CASE(dice_tcb_info_is_read_strictly) {
    const Issuer issuer;
    const std::string oid = "2.23.133.5.4.1.1";
    const auto entry = [](std::string_view algorithm, std::size_t size) {
        return der::element(der::sequence,
                            {der::oid(algorithm), der::element(der::octet_string, {Bytes(size, 1)})});
    };
    const Bytes good = entry("2.16.840.1.101.3.4.2.2", 48);
    const auto info = [&](std::initializer_list<ByteView> members) {
        return issuer.outcome(oid, der::element(der::sequence, members));
    };
    const auto list = [](std::initializer_list<ByteView> entries) {
        return der::element(der::context(6, true), entries);
    };
    const Bytes vendor = der::element(der::context(0), {as_bytes("NVIDIA")});
    BOOST_TEST(info({list({good})}) == "accepted");
    BOOST_TEST(info({vendor, list({good})}) == "accepted");
    BOOST_TEST(info({vendor}) == "DiceTcbInfo has no fwids [6]");
    BOOST_TEST(info({list({})}) == "DiceTcbInfo: fwids [6] is empty");
    BOOST_TEST(info({list({good}), list({good})}) != "accepted");
    BOOST_TEST(info({list({good}), vendor}) != "accepted");
    BOOST_TEST(info({vendor, vendor, list({good})}) != "accepted");
    BOOST_TEST(info({der::element(der::context(10), {good}), list({good})}) != "accepted");
    BOOST_TEST(info({list({entry("2.16.840.1.101.3.4.2.1", 48)})}) == "the algorithm of FWID is not SHA-384");
    BOOST_TEST(info({list({entry("2.16.840.1.101.3.4.2.2", 32)})}) ==
               "the digest of FWID has 32 bytes, 48 expected");
    BOOST_TEST(info({list({good, entry("2.16.840.1.101.3.4.2.2", 47)})}) != "accepted");
}

BOOST_AUTO_TEST_CASE(two_firmware_identities_are_one_too_many) {
    const Issuer issuer;
    const auto one = fwid_extension(FwidForm::device_id, Bytes(48, 1), issuer.key.public_key());
    const auto two = fwid_extension(FwidForm::tcb_info, Bytes(48, 1), issuer.key.public_key());
    const auto fwid = fwid_of(issuer.with({one, two}));
    BOOST_TEST((!fwid && fwid.error().kind == FwidError::Kind::malformed));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::gpu
