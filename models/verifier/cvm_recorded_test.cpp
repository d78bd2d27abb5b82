// Recorded evidence of Azure's confidential VMs, judged as a key service would judge it.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/cvm/shared_evidence.hpp"
#include "models/verifier/cvm_token.hpp"

namespace assay::verifier {
namespace {

using cvm::CompositeEvidence;
namespace recorded = cvm::recorded;
using nlohmann::json;

const std::string azure_folder = "key-release/azure/az-snp-vtpm/";

bool azure_present() {
    return recorded::present("key-release/azure") && recorded::present("key-release/amd-roots");
}

std::vector<crypto::Certificate> certificates_in(const std::string& file) {
    return *crypto::certificates_from_pem(recorded::file(file));
}
std::vector<Bytes> der_of(const std::string& file) {
    std::vector<Bytes> out;
    for (const crypto::Certificate& one : certificates_in(file)) out.push_back(one.der());
    return out;
}

/// ASK, ARK, ASVK of a product: the self-issued one is the root.
CvmAnchors amd_anchors() {
    CvmAnchors out;
    for (const char* const product : {"milan", "genoa"}) {
        const std::string file = "key-release/amd-roots/" + std::string{product} + "_ask_ark_asvk.pem";
        for (const crypto::Certificate& one : certificates_in(file))
            (one.self_issued() ? out.snp_roots : out.snp_intermediates).push_back(one);
    }
    return out;
}

/// A recorded VM, and what judges it: everything but CPU and quote is switched off.
struct RecordedVm {
    CompositeEvidence evidence;
    CvmPolicy policy{};
    CvmReferences references{};
    CvmExpectation expectation{};
    CvmAnchors anchors = amd_anchors();

    explicit RecordedVm(CompositeEvidence given) : evidence(std::move(given)) {
        policy.require_event_log = policy.require_wrapping_key = policy.require_gpu = false;
        const auto hcl = *cvm::parse_hcl_report(evidence.hcl_report);
        const auto report = *decode<cvm::SnpReport>(hcl.hardware_report, cvm::snp_byte_order);
        references.launch_measurements = {{report.measurement.begin(), report.measurement.end()}};
        expectation.at = *from_rfc3339("2026-01-01T00:00:00Z");
    }
    CvmAppraisal run() const {
        return CvmVerifier{anchors, policy}.appraise(evidence, references, expectation);
    }
    /// `accepted`, or all reasons.
    std::string outcome() const {
        const CvmAppraisal a = run();
        if (a.accepted) return a.refusals.empty() ? "accepted" : "accepted with refusals";
        std::string out;
        for (const Finding& f : a.refusals) out += (out.empty() ? "" : " ") + f.reason;
        return out;
    }
    std::string text() const {
        const CvmAppraisal a = run();
        return a.refusals.empty() ? "" : a.refusals.front().text();
    }
};

Bytes challenge_text() {
    const ByteView text = as_bytes("challenge");
    return {text.begin(), text.end()};
}
RecordedVm first_vm() {
    RecordedVm vm{*cvm::parse_evidence(recorded::file(azure_folder + "evidence-v1.json"))};
    vm.expectation.report_data = challenge_text();
    vm.policy.hcl_v1 = true;
    return vm;
}
RecordedVm second_vm() {
    RecordedVm vm{*cvm::parse_evidence(recorded::file(azure_folder + "evidence-v2.json"))};
    vm.expectation.report_data = *from_hex(
        "982f5c6e45df0ed3f10b6f60b02f0c8390e281300f3805e2279c16168cd6ae9aa398f647caa2338748cd0fd9f5f819ef");
    return vm;
}
/// Report, certificates and quote of one VM as separate files.
RecordedVm third_vm() {
    CompositeEvidence evidence;
    evidence.form = CompositeEvidence::Form::envelope_1;
    evidence.hcl_report = recorded::file(azure_folder + "hcl-report.bin");
    evidence.certificates = der_of(azure_folder + "vcek.pem");
    const Bytes text = recorded::file(azure_folder + "tpm-quote-v1.json");
    const json quote = json::parse(text.begin(), text.end());
    evidence.quote.message = *from_hex(quote.at("message").get<std::string>());
    evidence.quote.signature = *from_hex(quote.at("signature").get<std::string>());
    unsigned pcr = 0;
    for (const auto& value : quote.at("pcrs"))
        evidence.quote.pcrs["sha256"].emplace(pcr++, *from_hex(value.get<std::string>()));
    RecordedVm vm{std::move(evidence)};
    vm.expectation.report_data = challenge_text();
    vm.policy.hcl_v1 = true;
    return vm;
}
/// u64 length and bytes, three times; the last is 24 registers.
cvm::Quote bincode_quote(const std::string& file) {
    const Bytes bytes = recorded::file(file);
    cvm::Quote out;
    std::size_t at = 0;
    const auto number = [&] {
        const auto value = load<std::uint64_t>(ByteView{bytes}.subspan(at), std::endian::little);
        at += 8;
        return static_cast<std::size_t>(value);
    };
    const auto take = [&](std::size_t size) {
        const ByteView part = ByteView{bytes}.subspan(at, size);
        at += size;
        return Bytes{part.begin(), part.end()};
    };
    out.signature = take(number());
    out.message = take(number());
    const std::size_t count = number();
    for (unsigned pcr = 0; pcr < count; ++pcr) out.pcrs["sha256"].emplace(pcr, take(32));
    BOOST_TEST(at == bytes.size());
    return out;
}

void flip(Bytes& bytes, std::size_t at) { bytes.at(at) = static_cast<std::uint8_t>(bytes.at(at) ^ 1U); }

BOOST_AUTO_TEST_SUITE(recorded_vms)

BOOST_AUTO_TEST_CASE(envelope_1_is_accepted_only_where_the_profile_is_named) {
    if (!azure_present()) return;
    RecordedVm vm = first_vm();
    BOOST_TEST(vm.outcome() == "accepted", vm.text());
    vm.policy.hcl_v1 = false;
    BOOST_TEST(vm.outcome() == "E_EVIDENCE_VERSION");
    vm.evidence.form = CompositeEvidence::Form::envelope_2;  // says that it is newer than it is
    BOOST_TEST(vm.outcome() == "E_COMPOSITE_BINDING");
}

BOOST_AUTO_TEST_CASE(envelope_2_binds_the_report_data_twice) {
    if (!azure_present()) return;
    RecordedVm vm = second_vm();
    BOOST_TEST(vm.outcome() == "accepted", vm.text());
    vm.expectation.report_data->back() ^= 1;
    BOOST_TEST(vm.outcome() == "E_QUOTE_NONCE");
    vm.expectation.report_data->back() ^= 1;
    vm.expectation.report_data->pop_back();  // a prefix is not the whole
    BOOST_TEST(vm.outcome() == "E_QUOTE_NONCE");
}

BOOST_AUTO_TEST_CASE(a_register_that_nothing_was_measured_into_attests_no_policy) {
    if (!azure_present()) return;
    RecordedVm vm = second_vm();
    vm.expectation.initdata_digest = Bytes(32, 1);
    BOOST_TEST(vm.outcome() == "E_PCR_POLICY_HASH");
}

BOOST_AUTO_TEST_CASE(both_recorded_quotes_of_the_third_vm_hold) {
    if (!azure_present()) return;
    RecordedVm vm = third_vm();
    BOOST_TEST(vm.outcome() == "accepted", vm.text());
    vm.evidence.quote = bincode_quote(azure_folder + "quote.bin");
    BOOST_TEST(vm.outcome() == "accepted", vm.text());
}

BOOST_AUTO_TEST_CASE(the_quote_of_a_foreign_key_is_refused_for_its_selection_and_for_its_signature) {
    if (!azure_present()) return;
    RecordedVm vm = third_vm();
    const auto values = vm.evidence.quote.pcrs.at("sha256");
    vm.evidence.quote = {
        recorded::file(azure_folder + "tpm-quote.msg"), recorded::file(azure_folder + "tpm-quote.sig"), {}};
    auto& bank = vm.evidence.quote.pcrs["sha256"];
    for (const unsigned pcr : {0, 1, 2, 3, 4, 5, 6, 7, 14}) bank.emplace(pcr, values.at(pcr));
    BOOST_TEST(vm.outcome() == "E_PCR_SELECTION");
    vm.policy.pcrs = {0, 1, 2, 3, 4, 5, 6, 7, 14};
    BOOST_TEST(vm.outcome() == "E_PCR_DIGEST");
    const auto attest = *decode<tpm::TpmsAttest>(vm.evidence.quote.message, tpm::byte_order);
    BOOST_TEST((attest.type == tpm::Tag::attest_quote));
    const auto hcl = *cvm::parse_hcl_report(vm.evidence.hcl_report);
    const auto claims = *cvm::parse_runtime_claims(hcl.runtime_data);
    BOOST_TEST(!claims.keys.at("HCLAkPub")
                    .key.verify(crypto::SignatureScheme::rsa_pkcs1, crypto::Hash::sha256,
                                vm.evidence.quote.message, vm.evidence.quote.signature));
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_is_refused_at_the_step_it_belongs_to) {
    if (!azure_present()) return;
    const auto with = [](auto change) {
        RecordedVm vm = third_vm();
        change(vm.evidence);
        return vm.outcome();
    };
    const auto report_byte = [&](std::size_t at) {
        return with([&](CompositeEvidence& e) { flip(e.hcl_report, at); });
    };
    BOOST_TEST(report_byte(0x01A6) == "E_TEE_SIGNATURE");
    BOOST_TEST(report_byte(0x0540) == "E_COMPOSITE_BINDING");
    BOOST_TEST(report_byte(0x06E0) == "E_COMPOSITE_BINDING");
    BOOST_TEST(with([](auto& e) { flip(e.quote.signature, 0); }) == "E_QUOTE_SIGNATURE");
    BOOST_TEST(with([](auto& e) { std::ranges::reverse(e.quote.signature); }) == "E_QUOTE_SIGNATURE");
    BOOST_TEST(with([](auto& e) { flip(e.quote.pcrs.at("sha256").at(0), 0); }) == "E_PCR_DIGEST");
    BOOST_TEST(with([](auto& e) { flip(e.quote.message, 0); }) == "E_QUOTE_MAGIC");
    BOOST_TEST(with([](auto& e) { e.quote.message.at(5) = 0x14; }) != "accepted");
    BOOST_TEST(with([](auto& e) { e.quote.message.push_back(0); }) == "E_QUOTE_FORMAT");
    BOOST_TEST(with([](auto& e) { e.certificates.resize(1); }) == "accepted");
    BOOST_TEST(with([](auto& e) { e.certificates.clear(); }) != "accepted");
}

BOOST_AUTO_TEST_CASE(nothing_is_trusted_without_the_pinned_root) {
    if (!azure_present()) return;
    RecordedVm vm = third_vm();
    vm.anchors.snp_roots.clear();
    BOOST_TEST(vm.outcome() == "E_PKI_UNTRUSTED_ROOT");
    vm = third_vm();
    std::erase_if(vm.anchors.snp_roots, [](const auto& root) { return root.common_name() == "ARK-Milan"; });
    BOOST_TEST(vm.outcome() == "E_PKI_UNTRUSTED_ROOT");
    vm = third_vm();
    vm.expectation.at = *from_rfc3339("2070-01-01T00:00:00Z");
    BOOST_TEST(vm.outcome() == "E_PKI_EXPIRED");
}

BOOST_AUTO_TEST_CASE(rules_of_the_policy_are_looked_at_one_by_one) {
    if (!azure_present()) return;
    RecordedVm vm = third_vm();
    vm.policy.min_microcode = 255;
    BOOST_TEST(vm.outcome() == "E_TCB_MISMATCH");
    vm = third_vm();
    vm.policy.allow_smt = false;
    BOOST_TEST(vm.outcome() == "E_TEE_SMT");
    vm = third_vm();
    vm.policy.report_versions = {5};
    BOOST_TEST(vm.outcome() == "E_SNP_VERSION");
    vm = third_vm();
    vm.references.launch_measurements = {Bytes(48)};
    BOOST_TEST(vm.outcome() == "E_MEAS_MISMATCH");
    vm.references.launch_measurements.clear();
    BOOST_TEST(vm.outcome() == "E_MEAS_NO_REFERENCE");
    vm = third_vm();
    const auto chip = vm.run().report->chip_id;
    vm.policy.denied_chips = {{chip.begin(), chip.end()}};
    BOOST_TEST(vm.outcome() == "E_CHIP_REVOKED");
    vm = third_vm();
    vm.policy.require_wrapping_key = true;
    BOOST_TEST(vm.outcome() == "E_KEY_BINDING");
    vm = third_vm();
    vm.policy.require_event_log = true;
    BOOST_TEST(vm.outcome() == "E_LOG_MISSING");
    vm = third_vm();
    vm.policy.require_gpu = true;
    BOOST_TEST(vm.outcome() == "E_DEVICE_COUNT");
}

BOOST_AUTO_TEST_CASE(a_report_beside_the_certificates_of_another_chip_is_refused) {
    if (!recorded::present("tpm/azure-snp") || !azure_present()) return;
    CompositeEvidence evidence = third_vm().evidence;
    evidence.hcl_report = recorded::file("tpm/azure-snp/hcl-report-a.bin");
    evidence.certificates = der_of("tpm/azure-snp/certs-a.pem");
    RecordedVm vm{std::move(evidence)};
    vm.expectation.report_data = challenge_text();
    vm.policy.hcl_v1 = true;
    BOOST_TEST(vm.outcome() == "E_TEE_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(the_vms_of_the_other_folder_hold_and_a_foreign_quote_does_not) {
    if (!recorded::present("tpm/azure-snp") || !azure_present()) return;
    CompositeEvidence evidence = third_vm().evidence;
    evidence.hcl_report = recorded::file("tpm/azure-snp/hcl-report-b.bin");
    evidence.certificates = der_of("tpm/azure-snp/vcek-b.pem");
    evidence.quote = bincode_quote("tpm/azure-snp/quote-b.bin");
    RecordedVm vm{evidence};
    vm.expectation.report_data = challenge_text();
    vm.policy.hcl_v1 = true;
    BOOST_TEST(vm.outcome() == "accepted", vm.text());
    vm.evidence.quote = bincode_quote("tpm/azure-snp/quote-a.bin");  // of another VM
    BOOST_TEST(vm.outcome() == "E_QUOTE_SIGNATURE");

    RecordedVm c{*cvm::parse_evidence(recorded::file("tpm/azure-snp/evidence-c-v1.json"))};
    c.expectation.report_data = challenge_text();
    c.policy.hcl_v1 = true;
    BOOST_TEST(c.outcome() == "accepted", c.text());
}

BOOST_AUTO_TEST_CASE(a_report_of_genoa_leads_to_its_own_root) {
    if (!recorded::present("key-release/openpcc") || !azure_present()) return;
    CompositeEvidence evidence = third_vm().evidence;
    evidence.hcl_report = recorded::armoured(
        recorded::archived("key-release/openpcc/azure_sevsnp_report.txt", "test_azure_sevsnp_report.pem"));
    const auto vcek = *crypto::certificates_from_pem(
        as_bytes(recorded::archived("key-release/openpcc/sev_certificates.txt", "test_vcek.pem")));
    evidence.certificates = {vcek.front().der()};
    RecordedVm vm{std::move(evidence)};
    vm.policy.hcl_v1 = true;
    const CvmAppraisal a = vm.run();
    // The quote is that of another VM; everything up to it holds.
    BOOST_TEST(vm.outcome() == "E_QUOTE_SIGNATURE", vm.text());
    BOOST_TEST(a.steps.at(6).id == "runtime-data");
    BOOST_TEST((a.steps.at(6).outcome == Step::Outcome::pass));
}

BOOST_AUTO_TEST_CASE(reports_of_tdx_are_not_judged_as_snp) {
    if (!recorded::present("key-release/openpcc") || !azure_present()) return;
    RecordedVm vm = third_vm();
    vm.evidence.hcl_report = recorded::armoured(
        recorded::archived("key-release/openpcc/azure_tdx_report.txt", "test_azure_tdx_report.pem"));
    BOOST_TEST(vm.outcome() == "E_TEE_TYPE");
}

/// A report outside of a paravisor's: signature and chip by its own chain.
void check_container_report(ByteView report, const std::vector<crypto::Certificate>& chain,
                            const cvm::SnpReport& r) {
    BOOST_TEST(static_cast<bool>(crypto::verify_chain(chain, {{}, 3, amd_anchors().snp_roots, {}})));
    BOOST_TEST(chain.front().public_key().verify(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384,
                                                 report.first(cvm::snp_signed_size),
                                                 cvm::snp_signature(r).value()));
    const auto hwid = chain.front().extension(cvm::vcek_hwid_oid);
    BOOST_TEST(equal(hwid.value(), r.chip_id));
}

BOOST_AUTO_TEST_CASE(reports_of_container_groups_are_signed_by_their_chips) {
    if (!azure_present()) return;
    const Bytes report = recorded::file("key-release/azure/sidecar/snp_report.bin");
    const auto r = *decode<cvm::SnpReport>(report, cvm::snp_byte_order);
    check_container_report(report,
                           *crypto::certificates_from_pem(
                               recorded::file("key-release/azure/sidecar/uvm_host_amd_certificate.pem")),
                           r);
    const auto policy =
        from_base64(as_text(recorded::file("key-release/azure/sidecar/uvm_security_policy.base64")), true);
    BOOST_TEST(equal(crypto::digest(crypto::Hash::sha256, {*policy}), r.host_data));

    const Bytes text = recorded::file("key-release/azure/kms/snp.json");
    const json body = json::parse(text.begin(), text.end());
    const Bytes evidence = *from_base64(body.at("evidence").get<std::string>());
    const Bytes chain = *from_base64(body.at("endorsements").get<std::string>());
    const auto k = *decode<cvm::SnpReport>(evidence, cvm::snp_byte_order);
    check_container_report(evidence, *crypto::certificates_from_pem(chain), k);
    BOOST_TEST(to_hex(encode(k.reported_tcb, cvm::snp_byte_order)) ==
               body.at("endorsed_tcb").get<std::string>());
    const Bytes key = recorded::file("key-release/azure/kms/publicWrapKey.pem");
    BOOST_TEST(equal(crypto::digest(crypto::Hash::sha256, {key}), ByteView{k.report_data}.first(32)));
}

BOOST_AUTO_TEST_CASE(claims_of_a_recorded_vm_have_the_names_of_azure) {
    if (!azure_present()) return;
    const RecordedVm vm = second_vm();
    const CvmAppraisal a = vm.run();
    const json claims = json::parse(claims_of(a, policy_hash(vm.policy)));
    const Bytes text = recorded::file("key-release/azure/sampleAttestationToken.json");
    const json sample = json::parse(text.begin(), text.end());
    for (const char* const name : {"secureboot", "x-ms-attestation-type", "x-ms-ver"})
        BOOST_TEST(claims.at(name) == sample.at(name), name);
    const json& ours = claims.at("x-ms-isolation-tee");
    for (const auto& [name, value] : sample.at("x-ms-isolation-tee").items()) {
        BOOST_TEST_REQUIRE(ours.contains(name), name);
        BOOST_TEST((ours.at(name).type() == value.type() || (ours.at(name).is_number() && value.is_number())),
                   name);
        if (value.is_string() && name.starts_with("x-ms-sevsnpvm-"))
            BOOST_TEST(ours.at(name).get<std::string>().size() == value.get<std::string>().size(), name);
    }
    BOOST_TEST(claims.at("x-ms-policy-hash").get<std::string>().size() == 43U);
    BOOST_TEST(claims.at("assay").at("event-log") == "absent");
    BOOST_TEST(claims.at("assay").at("gpu-count") == 0);
    BOOST_TEST(claims.at("assay").at("wrapping-key-bound") == false);
    BOOST_CHECK_THROW((void)claims_of(CvmAppraisal{}, {}), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::verifier
