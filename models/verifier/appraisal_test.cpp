// What an appraisal refuses beyond the recorded negatives, with nothing signed anew.
#include <algorithm>
#include <functional>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/verifier/golden_appraisal.hpp"

namespace assay::verifier {
namespace {

using golden::reasons_of;

/// The golden H100 with one change.
template <class Change>
GpuAppraisal after(const Change& change) {
    golden::Case c = golden::h100();
    change(c);
    return c.run();
}
template <class Change>
std::string reasons_after(const Change& change) {
    return reasons_of(after(change));
}

std::vector<std::string> pem_blocks(const std::string& text) {
    std::vector<std::string> out;
    constexpr std::string_view end = "-----END CERTIFICATE-----";
    for (std::size_t at = 0, next = 0; (next = text.find(end, at)) != std::string::npos;
         at = next + end.size())
        out.push_back(text.substr(at, next + end.size() - at));
    return out;
}

BOOST_AUTO_TEST_SUITE(appraisal)

BOOST_AUTO_TEST_CASE(the_nonce_is_the_one_that_was_asked_for) {
    if (!golden::present()) return;
    const auto other = after([](auto& c) { c.expectation.nonce = Bytes(32, 1); });
    BOOST_TEST(reasons_of(other) == "504: E_SPDM_NONCE_MISMATCH");
    BOOST_TEST(other.refusals.front().subject == "evidence");
    // The evidence says what the verifier wants to hear, the report does not.
    const auto inside = after([](auto& c) { *c.expectation.nonce = c.evidence.nonce = Bytes(32, 1); });
    BOOST_TEST(reasons_of(inside) == "504: E_SPDM_NONCE_MISMATCH");
    BOOST_TEST(inside.refusals.front().path == "GET_MEASUREMENTS.Nonce");
    BOOST_TEST(inside.refusals.front().offset.value() == 4U);
    // The responder's nonce is no freshness.
    const auto responder = after([](auto& c) {
        const Bytes& r = c.evidence.report;
        c.evidence.nonce = {r.begin() + 37 + 8 + 3520, r.begin() + 37 + 8 + 3520 + 32};
        c.expectation.nonce = c.evidence.nonce;
    });
    BOOST_TEST(reasons_of(responder) == "504: E_SPDM_NONCE_MISMATCH");
    BOOST_TEST(responder.refusals.front().what.find("responder's nonce") != std::string::npos);
    BOOST_TEST(reasons_after([](auto& c) { c.evidence.nonce.pop_back(); }) == "504: E_SPDM_NONCE_MISMATCH");
    const auto none = after([](auto& c) { c.expectation.nonce.reset(); });
    BOOST_TEST(none.accepted);
    BOOST_TEST(golden::warnings_of(none).find("E_STALE_EVIDENCE") != std::string::npos);
    golden::Case nvswitch = golden::nvswitch();
    nvswitch.expectation.nonce = Bytes(32, 1);
    BOOST_TEST(reasons_of(nvswitch.run()) == "603: E_SPDM_NONCE_MISMATCH");
}

BOOST_AUTO_TEST_CASE(a_key_of_a_confidential_vm_must_be_bound) {
    if (!golden::present()) return;
    const auto unbound = after([](auto& c) { c.expectation.cvm_key = Bytes(120, 4); });
    BOOST_TEST(reasons_of(unbound) == "504: E_CVM_BINDING");
    BOOST_TEST(unbound.refusals.front().what.find("the nonce itself") != std::string::npos);
    BOOST_TEST(reasons_after([](auto& c) {
                   c.expectation.nonce.reset();
                   c.expectation.cvm_key = Bytes(120, 4);
               }) == "504: E_CVM_BINDING");
    BOOST_TEST(
        to_hex(bound_nonce(Bytes(32, 1), Bytes(3, 2))) ==
        to_hex(crypto::digest(crypto::Hash::sha256,
                              {as_bytes("assay-gpu-binding/v1" + std::string(32, 1) + std::string(3, 2))})));
}

BOOST_AUTO_TEST_CASE(the_chain_is_complete_in_order_and_ends_in_the_pinned_root) {
    if (!golden::present()) return;
    const auto blocks = pem_blocks(golden::text(gpu::golden::h100_chain));
    BOOST_TEST_REQUIRE(blocks.size() == 5U);
    const auto with = [&](std::vector<std::size_t> order) {
        return reasons_after([&](auto& c) {
            c.evidence.chain_pem.clear();
            for (const std::size_t i : order) c.evidence.chain_pem += blocks[i] + "\n";
        });
    };
    BOOST_TEST(with({0, 1, 2, 3, 4}) == "accepted");
    BOOST_TEST(with({0, 1, 2, 3}) == "802: E_PKI_CHAIN_LENGTH");
    BOOST_TEST(with({0, 1, 2, 3, 4, 4}) == "802: E_PKI_CHAIN_LENGTH");
    BOOST_TEST(with({0, 1, 3, 2, 4}) == "802: E_PKI_ISSUER");
    BOOST_TEST(with({0, 1, 2, 4, 4}) == "802: E_PKI_ISSUER");
    BOOST_TEST(with({1, 0, 2, 3, 4}) == "508: E_SPDM_SIGNATURE");
    BOOST_TEST(with({}) == "2: E_PKI_PARSE");
    BOOST_TEST(reasons_after([](auto& c) {
                   c.evidence.chain_pem = golden::text(gpu::golden::blackwell_chain);
               }) == "502: E_ARCH");
    BOOST_TEST(reasons_after([](auto& c) {
                   c.evidence.chain_pem = golden::text("negative/hopperCertChainExpired.txt");
               }) == "508: E_SPDM_SIGNATURE");
    BOOST_TEST(reasons_after([](auto& c) { c.evidence.chain_pem.resize(2 << 20, ' '); }) == "2: E_PKI_PARSE");
    BOOST_TEST(reasons_after([](auto& c) { std::swap(c.anchors.device, c.anchors.rim); }) ==
               "802: E_PKI_UNTRUSTED_ROOT");
    BOOST_TEST(reasons_after([](auto& c) { c.anchors.device.clear(); }) == "802: E_PKI_UNTRUSTED_ROOT");
    for (const char* garbage :
         {"", "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
          "\xFF\xFE\x00"})
        BOOST_TEST(reasons_after([&](auto& c) { c.evidence.chain_pem = garbage; }) == "2: E_PKI_PARSE");
}

BOOST_AUTO_TEST_CASE(the_architecture_is_that_of_the_certificates) {
    if (!golden::present()) return;
    BOOST_TEST(reasons_after([](auto& c) { c.evidence.arch = gpu::Arch::blackwell; }) == "502: E_ARCH");
    BOOST_TEST(reasons_after([](auto& c) { c.evidence.arch = gpu::Arch::ls10; }) == "602: E_ARCH");
    BOOST_TEST(reasons_after([](auto& c) { c.evidence.arch = static_cast<gpu::Arch>(9); }) == "502: E_ARCH");
}

BOOST_AUTO_TEST_CASE(reports_of_impossible_length_are_refused) {
    if (!golden::present()) return;
    BOOST_TEST(reasons_after([](auto& c) { c.evidence.report.clear(); }) == "2: E_REPORT_LENGTH");
    BOOST_TEST(reasons_after([](auto& c) { c.evidence.report.resize(2 << 20); }) == "2: E_REPORT_LENGTH");
    BOOST_TEST(reasons_after([](auto& c) { c.evidence.report.push_back(0); }) == "508: E_SPDM_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(clocks_are_pinned_per_class_of_item) {
    if (!golden::present()) return;
    const auto at = [](Instant Times::*which, const char* when) {
        return reasons_after([&](auto& c) { c.times.*which = *from_rfc3339(when); });
    };
    BOOST_TEST(at(&Times::device_chain, "2019-01-01T00:00:00Z").starts_with("12: E_PKI_NOT_YET_VALID"));
    BOOST_TEST(at(&Times::device_chain, "9999-12-31T23:59:59Z") == "accepted");
    BOOST_TEST(at(&Times::device_ocsp, "2025-08-20T08:00:00Z") ==
               "201: E_OCSP_STALE E_OCSP_STALE E_OCSP_STALE");
    BOOST_TEST(at(&Times::device_ocsp, "2025-08-22T08:00:00Z") ==
               "201: E_OCSP_STALE E_OCSP_STALE E_OCSP_STALE");
    // The VBIOS manifest's signer expires first.
    BOOST_TEST(at(&Times::rim_chain, "2026-02-22T23:17:58Z") == "accepted");
    BOOST_TEST(at(&Times::rim_chain, "2026-02-22T23:17:59Z") == "12: E_PKI_EXPIRED");
    const auto expired = after([](auto& c) {
        c.times.rim_chain = *from_rfc3339("2026-03-01T00:00:00Z");
        c.policy.allow_expired_rim = true;
    });
    BOOST_TEST(expired.accepted, golden::all_text(expired));
    BOOST_TEST(golden::warnings_of(expired) == "E_PKI_EXPIRED E_CC_MODE");
    const auto claims = nlohmann::json::parse(expired.claims);
    BOOST_TEST(claims.at("x-nvidia-gpu-vbios-rim-cert-chain").at("x-nvidia-cert-status") == "expired");
    BOOST_TEST(claims.at("x-nvidia-gpu-driver-rim-cert-chain").at("x-nvidia-cert-status") == "valid");
}

BOOST_AUTO_TEST_CASE(every_certificate_needs_its_ocsp_response) {
    if (!golden::present()) return;
    for (std::size_t i = 0; i < golden::ocsp_files.size(); ++i) {
        const auto without = after([&](auto& c) {
            auto& all = c.references.ocsp_responses;
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
        });
        // L3 and L2 are in both manifest chains.
        const bool shared = golden::ocsp_files[i] == std::string{"test_gpu_driver_rim_l3"} ||
                            golden::ocsp_files[i] == std::string{"test_gpu_rim_l2"};
        BOOST_TEST(reasons_of(without) ==
                       (shared ? "202: E_OCSP_UNAVAILABLE E_OCSP_UNAVAILABLE" : "202: E_OCSP_UNAVAILABLE"),
                   golden::ocsp_files[i]);
    }
    const auto none = after([](auto& c) {
        c.references.ocsp_responses.clear();
        c.policy.require_ocsp = false;
    });
    BOOST_TEST(none.accepted, golden::all_text(none));
    const auto chain = nlohmann::json::parse(none.claims).at("x-nvidia-gpu-attestation-report-cert-chain");
    BOOST_TEST(chain.at("x-nvidia-cert-ocsp-status") == "undefined");
    BOOST_TEST(chain.at("x-nvidia-cert-ocsp-response-valid") == false);
    BOOST_TEST(
        reasons_after([](auto& c) { c.policy.require_ocsp_nonce = true; }).starts_with("12: E_OCSP_NONCE"));
}

BOOST_AUTO_TEST_CASE(ocsp_responses_are_matched_by_content_and_verified) {
    if (!golden::present()) return;
    BOOST_TEST(reasons_after([](auto& c) {
                   auto& all = c.references.ocsp_responses;
                   std::ranges::reverse(all);
                   for (auto& one : all) one.name = "x";
                   for (auto& one : all) one.content = *from_base64(as_text(one.content), true);
               }) == "accepted");
    // A response for another certificate in place of the one that is missing.
    const auto foreign = after([](auto& c) {
        c.references.ocsp_responses[0] =
            golden::item(golden::ocsp_folder + "test_gpu_vbios_l4_base64encoded_ocsp_response.dat");
        c.references.rims.pop_back();
        c.policy.require_rims = false;
    });
    BOOST_TEST(reasons_of(foreign) == "201: E_OCSP_CERTID", golden::all_text(foreign));
    const auto altered = after([](auto& c) {
        Bytes& der = c.references.ocsp_responses[0].content;
        der = *from_base64(as_text(der), true);
        const auto at = std::ranges::search(der, Bytes{0x80, 0x00});  // certStatus good [0]
        BOOST_TEST_REQUIRE(!at.empty());
        at.front() = 0x82;  // unknown [2]
    });
    BOOST_TEST(reasons_of(altered) == "201: E_OCSP_SIGNATURE", golden::all_text(altered));
    const auto junk = after([](auto& c) {
        c.references.ocsp_responses.push_back({"junk", Bytes(3, 'x')});
        c.references.ocsp_responses.push_back({"empty", {}});
        c.references.ocsp_responses.push_back({"short", {0x30, 0x03, 0x0A}});
        c.references.ocsp_responses.push_back({"long", Bytes(2 << 20, 0x30)});
    });
    BOOST_TEST(junk.accepted, golden::all_text(junk));
    BOOST_TEST(junk.warnings.size() == 5U);
}

BOOST_AUTO_TEST_CASE(manifests_are_found_by_what_they_say) {
    if (!golden::present()) return;
    BOOST_TEST(reasons_after([](auto& c) {
                   std::ranges::reverse(c.references.rims);
                   for (auto& one : c.references.rims) one.name = "x";
               }) == "accepted");
    BOOST_TEST(reasons_after([](auto& c) { c.references.rims.clear(); }) == "104: E_RIM_UNAVAILABLE");
    BOOST_TEST(reasons_after([](auto& c) { c.references.rims.pop_back(); }) == "104: E_RIM_UNAVAILABLE");
    // Another version of the VBIOS manifest, rightly signed.
    const auto version = after([](auto& c) {
        c.references.rims[1] =
            golden::item("negative/NV_GPU_VBIOS_1010_0200_882_96005E0001_measurement_mismatch.xml");
    });
    BOOST_TEST(reasons_of(version) == "506: E_RIM_VERSION_VBIOS");
    BOOST_TEST(version.refusals.front().what ==
               "96.00.5E.00.01 found, 96.00.9F.00.01 needed (NV_GPU_VBIOS_1010_0200_882_96009F0001)");
    // What fits nothing is a warning, also when it is broken.
    const auto more = after([](auto& c) {
        c.references.rims.push_back(golden::item(gpu::golden::switch_rim));
        c.references.rims.push_back(golden::item("negative/incorrect_signature_driver_rim.xml"));
        c.references.rims.push_back(
            {"bomb.xml", {'<', '!', 'D', 'O', 'C', 'T', 'Y', 'P', 'E', ' ', 'x', '>'}});
        c.references.rims.push_back({"big.xml", Bytes(2 << 20, ' ')});
        c.references.rims.push_back(c.references.rims[0]);
    });
    BOOST_TEST(more.accepted, golden::all_text(more));
    BOOST_TEST(more.warnings.size() == 6U, golden::all_text(more));
    // Half of the golden values are not all of them.
    const auto half = after([](auto& c) {
        c.references.rims.pop_back();
        c.policy.require_rims = c.policy.require_ocsp = false;
    });
    BOOST_TEST(half.accepted, golden::all_text(half));
    BOOST_TEST(half.matched == 21U);
    BOOST_TEST(nlohmann::json::parse(half.claims).at("measres") == "absent");
    // A name that says something else than the content.
    const auto named =
        after([](auto& c) { c.references.rims[0].name = "NV_GPU_DRIVER_GH100_535.86.09.xml"; });
    BOOST_TEST(named.accepted);
    BOOST_TEST(golden::warnings_of(named) == "E_RIM_ID_MISMATCH E_CC_MODE");
}

BOOST_AUTO_TEST_CASE(only_the_signed_content_of_a_manifest_counts) {
    if (!golden::present()) return;
    const auto changed = [](const std::function<void(std::string&)>& change) {
        return reasons_after([&](auto& c) {
            std::string xml{as_text(c.references.rims[0].content)};
            change(xml);
            c.references.rims[0].content.assign(xml.begin(), xml.end());
        });
    };
    const auto cut = [](std::string& xml) {
        const auto from = xml.find("<ds:Signature "), to = xml.find("</ds:Signature>") + 15;
        std::string out = xml.substr(from, to - from);
        xml.erase(from, to - from);
        return out;
    };
    BOOST_TEST(changed([&](std::string& xml) { cut(xml); }) == "105: E_RIM_SIGNATURE");
    BOOST_TEST(changed([&](std::string& xml) {
                   const std::string signature = cut(xml);
                   xml.insert(xml.find("<ns0:Payload"), signature);
                   xml.insert(xml.find("</SoftwareIdentity>"), signature);
               }) == "105: E_RIM_SIGNATURE_SCOPE");
    BOOST_TEST(changed([&](std::string& xml) {
                   const std::string signature = cut(xml);
                   xml.insert(xml.find("</ns0:Payload>"), signature);
               }) == "105: E_RIM_SIGNATURE_SCOPE");
    // The signed document moved inside another that says something else.
    BOOST_TEST(changed([&](std::string& xml) {
                   const auto root = xml.substr(0, xml.find('>') + 1);
                   xml = root + "<wrapped>" + xml + "</wrapped></SoftwareIdentity>";
               }) == "105: E_RIM_SIGNATURE_SCOPE");
    BOOST_TEST(changed([](std::string& xml) { xml.replace(xml.find("550.90.07"), 9, "550.90.08"); }) ==
               "105: E_RIM_SIGNATURE");
    BOOST_TEST(changed([](std::string& xml) { xml.insert(0, "<!DOCTYPE SoftwareIdentity>"); }) ==
               "106: E_RIM_SCHEMA");
    BOOST_TEST(changed([](std::string& xml) { xml.resize(xml.size() / 2); }) == "106: E_RIM_SCHEMA");
    BOOST_TEST(changed([](std::string& xml) {
                   xml.replace(xml.find("#ecdsa-sha384"), 13, "#ecdsa-sha256");
               }) == "105: E_RIM_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(what_was_not_reached_is_said_to_be_so) {
    if (!golden::present()) return;
    const auto a = after([](auto& c) { c.evidence.report[100] ^= 1; });
    BOOST_TEST(a.steps.size() == 25U);
    BOOST_TEST(std::ranges::count(a.steps, Step::Outcome::fail, &Step::outcome) == 1);
    BOOST_TEST(std::ranges::count(a.steps, Step::Outcome::not_run, &Step::outcome) == 20);
    const auto claims = nlohmann::json::parse(a.claims);
    BOOST_TEST(claims.at("measres") == "not-run");
    BOOST_TEST(claims.at("x-nvidia-gpu-attestation-report-signature-verified") == false);
    BOOST_TEST(claims.at("secboot").is_null());
    BOOST_TEST(a.refusals.front().text() ==
               "E_SPDM_SIGNATURE: report: Signature at offset 4021: not by the key of the leaf certificate, "
               "\"GH100 A01 GSP FMC LF\"");
}

BOOST_AUTO_TEST_CASE(text_of_a_finding_is_one_clean_line) {
    const Finding f{"E_POLICY", "a\nb", "p", 3, "\x1b[31mred"};
    BOOST_TEST(f.text() == "E_POLICY: a\\x0ab: p at offset 3: \\x1b[31mred");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::verifier
