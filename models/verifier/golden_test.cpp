// Recorded evidence of real devices: the verdicts, and the claims that NVIDIA's service issued for them.
#include <set>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/verifier/golden_appraisal.hpp"

namespace assay::verifier {
namespace {

using nlohmann::json;

/// Members of `expected` that `claims` lacks or has otherwise, and members that only `claims` has.
std::set<std::string> differences(const json& claims, const json& expected) {
    std::set<std::string> out;
    for (const auto& one : json::diff(expected, claims)) {
        const std::string sign = one.at("op") == "add" ? "+" : one.at("op") == "remove" ? "-" : "!";
        out.insert(sign + one.at("path").get<std::string>().substr(1));
    }
    return out;
}

const std::set<std::string> only_from_a_service{"-iss", "-iat", "-exp",
                                                "-nbf", "-jti", "-x-nvidia-attestation-warning"};
const std::set<std::string> only_from_assay{"+x-assay-cc-mode", "+x-assay-feature", "+x-assay-cvm-binding",
                                            "+x-assay-policy"};

BOOST_AUTO_TEST_SUITE(golden_evidence)

BOOST_AUTO_TEST_CASE(the_h100_is_accepted_with_all_golden_values) {
    if (!golden::present()) return;
    const GpuAppraisal a = golden::h100().run();
    BOOST_TEST(golden::reasons_of(a) == "accepted", golden::all_text(a));
    BOOST_TEST(a.comparisons.size() == 33U);
    BOOST_TEST(a.matched == 33U);  // index 35 too, though NVDEC0 is disabled
    BOOST_TEST(a.hwmodel == "GH100 A01 GSP BROM");
    BOOST_TEST(a.ueid == "478176379286082186618948445787393647364802107249");
    BOOST_TEST(a.rim_ids.driver == "NV_GPU_DRIVER_GH100_550.90.07");
    BOOST_TEST(a.rim_ids.vbios == "NV_GPU_VBIOS_1010_0200_882_96009F0001");
    for (const Step& s : a.steps) BOOST_TEST((s.outcome == Step::Outcome::pass), s.id << ": " << s.detail);
    BOOST_TEST(a.steps.size() == 25U);
    BOOST_TEST(golden::warnings_of(a) == "E_CC_MODE");  // Hopper does not report its mode
}

BOOST_AUTO_TEST_CASE(claims_of_the_h100_are_those_of_nvidias_service) {
    if (!golden::present()) return;
    const json claims = json::parse(golden::h100().run().claims);
    const json expected = json::parse(golden::text("golden-h100/hopperClaimsv3_decoded.json"));
    std::set<std::string> known{
        // The service checks an XML schema of its own; the local SDK has no such claim.
        "-x-nvidia-gpu-driver-rim-schema-validated", "-x-nvidia-gpu-vbios-rim-schema-validated",
        // The local SDK has these, the service's sample does not.
        "+x-nvidia-device-type", "+x-nvidia-gpu-claims-version", "+x-nvidia-mismatch-measurement-records"};
    for (const char* const chain : {"attestation-report", "driver-rim", "vbios-rim"})
        for (const char* const member : {"nonce-matches", "response-valid"})
            known.insert("+x-nvidia-gpu-" + std::string{chain} + "-cert-chain/x-nvidia-cert-ocsp-" + member);
    known.insert(only_from_a_service.begin(), only_from_a_service.end());
    known.insert(only_from_assay.begin(), only_from_assay.end());
    BOOST_TEST(differences(claims, expected.at("GPU-0")) == known, boost::test_tools::per_element());
    const json& chain = claims.at("x-nvidia-gpu-attestation-report-cert-chain");
    BOOST_TEST(chain.at("x-nvidia-cert-ocsp-response-valid") == true);
    BOOST_TEST(chain.at("x-nvidia-cert-ocsp-nonce-matches") == false);  // recorded responses have no nonce
    for (const auto& [rule, outcome] : claims.at("x-assay-policy").items())
        BOOST_TEST(outcome == "pass", rule);
}

BOOST_AUTO_TEST_CASE(the_switch_is_accepted_with_all_golden_values) {
    if (!golden::present()) return;
    const GpuAppraisal a = golden::nvswitch().run();
    BOOST_TEST(golden::reasons_of(a) == "accepted", golden::all_text(a));
    BOOST_TEST(a.matched == 31U);
    BOOST_TEST(a.comparisons.size() == 31U);
    const json claims = json::parse(a.claims);
    const json expected = json::parse(golden::text("golden-switch/switch_decoded.json"));
    std::set<std::string> known{"-x-nvidia-switch-bios-rim-schema-validated",
                                "-oemid",  // null from the service, absent from the local SDK
                                "+x-nvidia-device-type", "+x-nvidia-version",
                                "+x-nvidia-mismatch-measurement-records", "+x-nvidia-switch-pdi",
                                "+x-nvidia-switch-gpu-pdis",
                                // The recorded claims are about an earlier signing of the same manifest.
                                "!x-nvidia-switch-bios-rim-cert-chain/x-nvidia-cert-expiration-date",
                                // No recorded OCSP responses.
                                "!x-nvidia-switch-attestation-report-cert-chain/x-nvidia-cert-ocsp-status",
                                "!x-nvidia-switch-bios-rim-cert-chain/x-nvidia-cert-ocsp-status"};
    for (const char* const chain : {"attestation-report", "bios-rim"})
        for (const char* const member : {"nonce-matches", "response-valid"})
            known.insert("+x-nvidia-switch-" + std::string{chain} + "-cert-chain/x-nvidia-cert-ocsp-" +
                         member);
    known.insert(only_from_a_service.begin(), only_from_a_service.end());
    known.insert(only_from_assay.begin(), only_from_assay.end());
    BOOST_TEST(differences(claims, expected.at("SWITCH-0")) == known, boost::test_tools::per_element());
    BOOST_TEST(claims.at("x-nvidia-switch-bios-rim-cert-chain").at("x-nvidia-cert-expiration-date") ==
               "2027-11-02T23:59:59Z");  // of L3, earlier than the leaf's
    BOOST_TEST(claims.at("x-nvidia-switch-pdi") == "203EB31AD9ED0008");
    BOOST_TEST(claims.at("x-nvidia-switch-gpu-pdis").size() == 7U);  // one of the eight comes twice
    // From its interchange form the same comes out.
    golden::Case from_json = golden::nvswitch();
    from_json.evidence =
        gpu::parse_evidence(golden::file("golden-switch/switch_evidence_ls10.json"))->front();
    BOOST_TEST(from_json.run().claims == a.claims);
}

BOOST_AUTO_TEST_CASE(the_gb100_holds_as_far_as_there_is_something_to_compare_with) {
    if (!golden::present()) return;
    golden::Case c = golden::blackwell();
    const GpuAppraisal a = c.run();
    BOOST_TEST(golden::reasons_of(a) == "accepted", golden::all_text(a));
    const json claims = json::parse(a.claims);
    BOOST_TEST(claims.at("measres") == "absent");
    BOOST_TEST(claims.at("secboot").is_null());
    BOOST_TEST(claims.at("x-assay-cc-mode") == "on");
    BOOST_TEST(claims.at("x-nvidia-gpu-attestation-report-cert-chain-fwid-match") == true);
    c.policy.require_cc_mode = true;
    BOOST_TEST(golden::reasons_of(c.run()) == "accepted");
    c.policy.require_rims = true;
    BOOST_TEST(golden::reasons_of(c.run()) == "104: E_RIM_UNAVAILABLE");
    BOOST_TEST(c.run().refusals.front().what.ends_with("is the manifest NV_GPU_CC_DRIVER_GB100_575.32"));
}

// MANIFEST.md of the recorded data: one row each.
BOOST_AUTO_TEST_CASE(every_recorded_negative_is_refused_for_its_reason) {
    if (!golden::present()) return;
    using golden::reasons_of;
    const std::string in = "negative/";
    golden::Case c = golden::h100();
    c.evidence = golden::evidence(gpu::Arch::hopper, in + "hopperAttestationReportInvalidSignature.txt",
                                  in + "hopperCertChainExpired.txt");
    BOOST_TEST(reasons_of(c.run()) == "508: E_SPDM_SIGNATURE");

    c = golden::nvswitch();
    c.evidence = golden::evidence(gpu::Arch::ls10, in + "switchAttestationReportInvalidSignature.txt",
                                  gpu::golden::switch_chain);
    c.expectation.nonce = c.evidence.nonce;  // another one than in the good report
    BOOST_TEST(reasons_of(c.run()) == "606: E_SPDM_SIGNATURE");

    c = golden::h100();
    c.references.rims[0] = golden::item(in + "incorrect_signature_driver_rim.xml");
    BOOST_TEST(reasons_of(c.run()) == "105: E_RIM_SIGNATURE");
    BOOST_TEST(c.run().refusals.front().subject == "incorrect_signature_driver_rim.xml");

    c = golden::h100();  // in fact a VBIOS manifest
    c.references.rims[1] = golden::item(in + "incorrect_cert_chain_driver_rim.xml");
    BOOST_TEST(reasons_of(c.run()) == "802: E_PKI_ISSUER");

    c = golden::h100();
    c.anchors.rim = golden::root(in + "incorrect_rim_root.crt");
    BOOST_TEST(reasons_of(c.run()) == "802: E_PKI_UNTRUSTED_ROOT");

    c = golden::nvswitch();
    c.references.rims = {golden::item(in + "NV_SWITCH_BIOS_5612_0002_890_9610550001_invalid_signature.xml")};
    BOOST_TEST(reasons_of(c.run()) == "105: E_RIM_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(a_wrong_golden_value_at_index_9_is_the_only_mismatch) {
    if (!golden::present()) return;
    const std::string in = "negative/";
    golden::Case c =
        golden::anchored(golden::evidence(gpu::Arch::hopper, in + "hopper535_noFWID_AttestationReport.txt",
                                          in + "hopper535_noFWID_CertChain.txt"));
    c.references.rims = {golden::item(in + "NV_GPU_VBIOS_1010_0200_882_96005E0001_measurement_mismatch.xml")};
    c.policy.require_ocsp = false;
    c.policy.require_rims = false;  // there is no driver manifest of 535.86.09
    const GpuAppraisal a = c.run();
    BOOST_TEST(golden::reasons_of(a) == "12: E_MEAS_MISMATCH", golden::all_text(a));
    BOOST_TEST(a.refusals.front().path == "index 9");
    BOOST_TEST(a.matched == 11U);
    BOOST_TEST(a.comparisons.size() == 12U);
    const json records = json::parse(a.claims).at("x-nvidia-mismatch-measurement-records");
    BOOST_TEST(records.size() == 1U);
    BOOST_TEST(records[0].at("index") == 9);
    BOOST_TEST(records[0].at("measurementSource") == "Firmware");
    BOOST_TEST(records[0].at("runtimeSize") == 48);

    // Tolerated by name it is a warning, and the claim stays what it is.
    c.policy.ignore_mismatch_at = {9};
    const GpuAppraisal tolerated = c.run();
    BOOST_TEST(tolerated.accepted, golden::all_text(tolerated));
    BOOST_TEST(json::parse(tolerated.claims).at("measres") == "fail");
    BOOST_TEST(golden::warnings_of(tolerated).find("E_MEAS_MISMATCH") != std::string::npos);
    c.policy.ignore_mismatch_at = {8, 10};
    BOOST_TEST(!c.run().accepted);

    // Drivers 535 have no FWID field.
    c.policy.ignore_mismatch_at = {9};
    c.policy.require_fwid = true;
    BOOST_TEST(golden::reasons_of(c.run()) == "405: E_FIELD_ABSENT");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::verifier
