// Real device evidence: certificate chains, OCSP responses and reference integrity manifests as NVIDIA's
// services issued them. Read in place, at clocks at which they were good.
#include <boost/test/unit_test.hpp>

#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"
#include "sim/crypto/der.hpp"
#include "sim/crypto/ocsp.hpp"
#include "sim/crypto/test_pki.hpp"
#include "sim/crypto/xml_signature.hpp"

namespace assay::crypto {
namespace {

using std::chrono::seconds;

const Instant device_clock = *from_rfc3339("2025-08-21T08:00:00Z");
const Instant manifest_clock = *from_rfc3339("2025-10-24T12:00:00Z");

// Nothing, and a line that says so, when the data is not there.
std::optional<Bytes> evidence(const std::string& file) {
    const auto path = shared_data("vectors/gpu-attestation/" + file);
    if (!path) {
        std::printf("skipped: shared data vectors/gpu-attestation/%s\n", file.c_str());
        return {};
    }
    return *read_file(*path, 1 << 20);
}

std::optional<std::vector<Certificate>> chain_in(const std::string& file) {
    const auto text = evidence(file);
    if (!text) return {};
    return *certificates_from_pem(*text);
}

constexpr const char* h100_chain = "golden-h100/test_gpu_attestation_certificate_chain.dat";
constexpr const char* driver_rim = "golden-h100/NV_GPU_DRIVER_GH100_550.90.07.xml";
constexpr const char* vbios_rim = "golden-h100/NV_GPU_VBIOS_1010_0200_882_96009F0001.xml";
constexpr const char* switch_rim = "golden-switch/switchVBIOSRim_NV_SWITCH_BIOS_5612_0002_890_9610550001.xml";

BOOST_AUTO_TEST_SUITE(golden)

BOOST_AUTO_TEST_CASE(device_chains_end_in_the_device_root) {
    const auto root = chain_in("roots/verifier_device_root.pem");
    for (const char* file :
         {h100_chain, "golden-switch/switchCertChain.txt", "blackwell/blackwellCertChain.txt",
          "negative/hopperCertChainExpired.txt", "negative/hopper535_noFWID_CertChain.txt"}) {
        const auto chain = chain_in(file);
        if (!root || !chain) return;
        const ChainRules rules{device_clock, 5, *root, {}};
        BOOST_TEST(kind_of(verify_chain(*chain, rules)) == "good", file);
        // The root is pinned, so it need not come along.
        const std::vector<Certificate> without_root{chain->begin(), chain->end() - 1};
        BOOST_TEST(kind_of(verify_chain(without_root, {device_clock, 4, *root, {}})) == "good");
        for (const Certificate& one : *chain) BOOST_TEST((*Certificate::from_der(one.der()) == one));
    }
}

BOOST_AUTO_TEST_CASE(fields_of_a_device_certificate) {
    const auto chain = chain_in(h100_chain);
    if (!chain) return;
    const Certificate& leaf = chain->front();
    BOOST_TEST(leaf.serial_decimal() == "478176379286082186618948445787393647364802107249");
    BOOST_TEST(leaf.common_name().value() == "GH100 A01 GSP FMC LF");
    BOOST_TEST(leaf.subject().starts_with("CN=GH100 A01 GSP FMC LF"), leaf.subject());
    BOOST_TEST(to_upper_hex(leaf.serial()) == leaf.subject_serial_number().value_or(""));
    BOOST_TEST(leaf.subject_key_identifier().has_value());
    BOOST_TEST(to_rfc3339(leaf.not_after()) == "9999-12-31T23:59:59Z");
    BOOST_TEST(leaf.signature_algorithm() == "ecdsa-with-SHA384");
    BOOST_TEST(!leaf.is_ca());
    BOOST_TEST(leaf.may_sign_data());
    const auto firmware = leaf.extension("2.23.133.5.4.1");
    BOOST_REQUIRE(firmware);
    const auto fields = der::parse(*firmware);
    BOOST_TEST(fields.has_value());
    BOOST_TEST(chain->at(1).common_name().value() == "GH100 A01 GSP BROM");
    BOOST_TEST(chain->at(1).is_ca());
    BOOST_TEST(chain->back().self_issued());
    // subjectPublicKeyInfo of certificate 1, as OpenSSL's CertID hashes its key.
    BOOST_TEST((leaf.public_key().point() == leaf.public_key_bits()));
}

// RSASSA-PSS with RSA-4096, as AMD signs the certificates of its processors.
BOOST_AUTO_TEST_CASE(a_processor_chain_ends_in_the_processor_vendors_root) {
    const auto path = shared_data("vectors/tpm/azure-snp/certs-a.pem");
    if (!path) {
        std::printf("skipped: shared data vectors/tpm/azure-snp/certs-a.pem\n");
        return;
    }
    const auto chain = *certificates_from_pem(*read_file(*path, 1 << 20));
    BOOST_TEST(chain.at(0).signature_algorithm() == "RSASSA-PSS-SHA384");
    BOOST_TEST(kind_of(verify_chain(chain, {device_clock, 3, {chain.back()}, {}})) == "good");
}

BOOST_AUTO_TEST_CASE(every_root_of_the_systems_store_is_readable) {
    const std::filesystem::path store = "/usr/share/ca-certificates/mozilla";
    if (!std::filesystem::is_directory(store)) {
        std::printf("skipped: ca-certificates is not installed\n");
        return;
    }
    std::size_t read = 0;
    for (const auto& entry : std::filesystem::directory_iterator{store}) {
        const auto roots = certificates_from_pem(*read_file(entry.path(), 1 << 20));
        BOOST_TEST(kind_of(roots) == "good", entry.path());
        if (roots) read += roots->size();
    }
    std::printf("golden: %zu roots of the system's store read\n", read);
    BOOST_TEST(read > 0);
}

BOOST_AUTO_TEST_CASE(a_wrong_root_is_not_trusted) {
    const auto chain = chain_in(h100_chain);
    const auto other = chain_in("roots/verifier_RIM_root.pem");
    if (!chain || !other) return;
    BOOST_TEST(kind_of(verify_chain(*chain, {device_clock, 5, *other, {}})) == "untrusted_root");
}

BOOST_AUTO_TEST_CASE(ocsp_responses_verify_at_their_clock_and_not_after_it) {
    const auto device = chain_in(h100_chain);
    const auto driver = evidence(driver_rim);
    const auto vbios = evidence(vbios_rim);
    if (!device || !driver || !vbios) return;
    const auto driver_chain = parse_enveloped_signature(*driver)->certificates;
    const auto vbios_chain = parse_enveloped_signature(*vbios)->certificates;
    struct Case {
        std::string file;
        const std::vector<Certificate>& chain;
        std::size_t subject;
        Instant clock;
        const char* this_update;
    };
    std::size_t verified = 0;
    for (const Case& one :
         {Case{"gpu_certificate_l4", *device, 1, device_clock, "2025-08-21T06:47:07Z"},
          Case{"gpu_certificate_l3", *device, 2, device_clock, "2025-08-21T06:47:07Z"},
          Case{"gpu_certificate_l2", *device, 3, device_clock, "2025-08-21T06:47:08Z"},
          Case{"gpu_driver_rim_l4", driver_chain, 0, manifest_clock, "2025-10-24T11:32:21Z"},
          Case{"gpu_driver_rim_l3", driver_chain, 1, manifest_clock, "2025-10-24T11:32:21Z"},
          Case{"gpu_rim_l2", vbios_chain, 2, manifest_clock, "2025-10-24T11:32:21Z"},
          Case{"gpu_vbios_l4", vbios_chain, 0, manifest_clock, "2025-10-24T11:32:22Z"}}) {
        const auto text = evidence("golden-h100/ocsp/test_" + one.file + "_base64encoded_ocsp_response.dat");
        if (!text) return;
        const auto der = from_base64(as_text(*text), true);
        BOOST_REQUIRE(der);
        const Certificate& subject = one.chain.at(one.subject);
        const Certificate& issuer = one.chain.at(one.subject + 1);
        const auto answer = verify_ocsp_response(*der, subject, issuer, one.clock);
        BOOST_REQUIRE_MESSAGE(bool{answer}, one.file << ": " << (answer ? "" : answer.error().what));
        BOOST_TEST(name(answer->status) == "good");
        BOOST_TEST(!answer->nonce.has_value());
        BOOST_TEST(to_rfc3339(answer->this_update) == one.this_update, one.file);
        BOOST_TEST(ocsp_response_is_for(*der, subject, issuer));
        const auto kind_at = [&](Instant at) {
            return kind_of(verify_ocsp_response(*der, subject, issuer, at));
        };
        BOOST_TEST(kind_at(*answer->next_update) == "good");
        BOOST_TEST(kind_at(*answer->next_update + seconds{60}) == "stale");
        BOOST_TEST(kind_at(answer->this_update - seconds{1}) == "not_yet_valid");
        const Certificate& other = one.chain.at(one.subject == 0 ? 1 : one.subject - 1);
        BOOST_TEST(!ocsp_response_is_for(*der, other, issuer));
        for (std::size_t at = 0; at < der->size(); at += 7) {  // no bit of it may change
            Bytes changed = *der;
            changed[at] ^= 0x10;
            const auto verdict = verify_ocsp_response(changed, subject, issuer, one.clock);
            BOOST_TEST(kind_of(verdict) != "good", one.file << " byte " << at);
        }
        ++verified;
    }
    std::printf("golden: %zu OCSP responses verified\n", verified);
    BOOST_TEST(verified == 7);
}

BOOST_AUTO_TEST_CASE(manifests_verify_and_have_the_known_canonical_forms) {
    struct Case {
        const char* file;
        std::size_t info_size;
        const char* info_digest;
        std::size_t document_size;
        const char* document_digest;
        Instant clock = manifest_clock;
    };
    const auto root = chain_in("roots/verifier_RIM_root.pem");
    for (const Case& one : {Case{driver_rim, 896,
                                 "e5256d98d2fda244f3ac6de355bddac61e875866e9f99280d2be652c0556c7b67858babdc50"
                                 "c3890bc2cdd8296bac153",
                                 17448,
                                 "80c269c216c880d6ef37633063810856db771c1f05c15cadf2a49c776b0600101ccfd924719"
                                 "6ecb5f71f27155ad7e2b0"},
                            Case{vbios_rim, 896,
                                 "0108240c87c30052f2d722badd24f52519ac9211988e3a2e44edc57d0950482d391efd9931b"
                                 "40d629720357d703cf59e",
                                 16856,
                                 "7962388d8e0bf6ea0fce516d9ecc3a19c0eb37e3127c7da0768dcdee84ccfe40f17eb230ecd"
                                 "a061af0ff39ff38198b9d"},
                            Case{switch_rim, 896,
                                 "6b340a674d018c14a1b4b2191f61a976f0373367876c2ae5e1dfeee8c26a7cd990fa98c5477"
                                 "17a0303ac928eb9fe00ed",
                                 22059,
                                 "93323154376a9332dc20ed9b20c160dc6a6a61a6b6426c32c262286f72879c5e7b6d05dcae7"
                                 "fb0d26f7f79284dcd6fce",
                                 *from_rfc3339("2027-01-01T00:00:00Z")}}) {
        const auto xml = evidence(one.file);
        if (!xml || !root) return;
        const auto parsed = parse_enveloped_signature(*xml);
        BOOST_REQUIRE_MESSAGE(bool{parsed}, one.file << ": " << (parsed ? "" : parsed.error().what));
        BOOST_TEST(parsed->signed_info.size() == one.info_size);
        BOOST_TEST(to_hex(digest(Hash::sha384, {parsed->signed_info})) == one.info_digest);
        BOOST_TEST(parsed->document.size() == one.document_size);
        BOOST_TEST(to_hex(digest(Hash::sha384, {parsed->document})) == one.document_digest);
        BOOST_TEST(kind_of(parsed->verify()) == "good");
        BOOST_TEST(parsed->certificates.size() == 4);
        BOOST_TEST(kind_of(verify_chain(parsed->certificates, {one.clock, 4, *root, {}})) == "good",
                   one.file);
    }
}

BOOST_AUTO_TEST_CASE(altered_manifests_are_refused_for_their_reason) {
    const auto root = chain_in("roots/verifier_RIM_root.pem");
    const auto verify = [](const std::string& file) -> std::string {
        const auto xml = evidence("negative/" + file);
        if (!xml) return "skipped";
        const auto parsed = parse_enveloped_signature(*xml);
        return parsed ? kind_of(parsed->verify()) : kind_of(parsed);
    };
    if (!root || verify("incorrect_signature_driver_rim.xml") == "skipped") return;
    BOOST_TEST(verify("incorrect_signature_driver_rim.xml") == "signature");
    BOOST_TEST(verify("NV_SWITCH_BIOS_5612_0002_890_9610550001_invalid_signature.xml") == "digest");
    BOOST_TEST(verify("NV_GPU_VBIOS_1010_0200_882_96005E0001_measurement_mismatch.xml") == "good");
    BOOST_TEST(verify("incorrect_cert_chain_driver_rim.xml") == "good");

    const auto other_chain =
        parse_enveloped_signature(*evidence("negative/incorrect_cert_chain_driver_rim.xml"))->certificates;
    BOOST_TEST(kind_of(verify_chain(other_chain, {{}, {}, *root, {}})) == "wrong_issuer");
    const auto wrong_root = chain_in("negative/incorrect_rim_root.crt");
    const auto good_chain = parse_enveloped_signature(*evidence(driver_rim))->certificates;
    BOOST_TEST(kind_of(verify_chain(good_chain, {manifest_clock, 4, *wrong_root, {}})) == "untrusted_root");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto
