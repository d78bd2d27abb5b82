// The suite gpu-evidence bites: devices with one seeded defect fail exactly the requirements that the defect
// touches.
#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>

#include "conformance/suites/bare_trial.hpp"
#include "conformance/suites/failures.hpp"
#include "conformance/suites/forged_device.hpp"
#include "conformance/suites/gpu_evidence/suite.hpp"

namespace assay::conformance {
namespace {

using gpu_appraisal::Block;
using gpu_appraisal::Field;
using gpu_appraisal::ReportPlan;
using gpu_appraisal::World;
using Ids = std::set<std::string>;

constexpr auto raw = crypto::SignatureScheme::ecdsa_raw;
constexpr auto sha384 = crypto::Hash::sha384;

/// One device for all cases of a target: it keeps nothing between them but the state of its random numbers.
class SharedDevice final : public GpuPort {
public:
    explicit SharedDevice(std::shared_ptr<ForgedDevice> device) : device_(std::move(device)) {}
    std::set<std::string> capabilities() const override { return device_->capabilities(); }
    Result<GpuReferences, PortError> references() override { return device_->references(); }
    Result<gpu::Evidence, PortError> collect(ByteView nonce) override { return device_->collect(nonce); }
    Result<Bytes, PortError> exchange(ByteView request) override { return device_->exchange(request); }
    Result<Nothing, PortError> power_on_reset() override { return device_->power_on_reset(); }
    std::vector<FirmwareStage> firmware_stages() override { return device_->firmware_stages(); }
    Result<Nothing, PortError> load_firmware(std::string_view stage, unsigned change) override {
        return device_->load_firmware(stage, change);
    }
    Result<Nothing, PortError> roll_back_firmware() override { return device_->roll_back_firmware(); }
    Result<Nothing, PortError> set_cc_mode(std::string_view mode) override {
        return device_->set_cc_mode(mode);
    }
    Result<Nothing, PortError> set_debug(bool enabled) override { return device_->set_debug(enabled); }
    std::vector<Event> take_events() override { return device_->take_events(); }

private:
    std::shared_ptr<ForgedDevice> device_;
};

Failures judge_forged(gpu::Arch arch, const Alteration& alteration) {
    const auto device = std::make_shared<ForgedDevice>(arch, alteration);
    Target target;
    target.id = "forged";
    target.capabilities = {"fresh-nonce", "references", "ocsp"};
    target.open = [&](std::uint64_t) {
        return AnyPort{std::make_unique<SharedDevice>(device)};
    };
    Failures out;
    for (const Case& test : gpu_evidence_suite().cases) {
        const CaseEnd end = judge(test, target);
        if (end.verdict != Verdict::not_tested) out.add(test, verdict_text(end));
    }
    return out;
}

struct Defect {
    const char* name;
    Alteration alteration;
    Ids expected;
    gpu::Arch arch = gpu::Arch::hopper;
};

Alteration in_report(std::function<void(ReportPlan&)> change) { return {.report = std::move(change)}; }
Alteration in_world(std::function<void(World&)> change) { return {.world = std::move(change)}; }
Alteration in_evidence(std::function<void(gpu::Evidence&)> change) { return {.evidence = std::move(change)}; }

/// The requirements that any wrong signature fails.
Ids signature_and(Ids more) {
    more.merge(Ids{"GPU-SIG-001", "GPU-SIG-002", "GPU-SIG-003", "GPU-SIG-004", "GPU-SIG-005", "GPU-NON-001",
                   "GPU-NON-002", "GPU-NON-003"});
    return more;
}

std::vector<Defect> report_defects() {
    return {
        {"the request is of SPDM 1.2",
         in_report([](ReportPlan& r) { r.request_head[0] = 0x12; }),
         {"GPU-REP-002"}},
        {"the request is another one",
         in_report([](ReportPlan& r) { r.request_head[1] = 0xE1; }),
         {"GPU-REP-002"}},
        {"the request asks for no signature",
         in_report([](ReportPlan& r) { r.request_head[2] = 0; }),
         {"GPU-REP-003"}},
        {"the request asks for one block",
         in_report([](ReportPlan& r) { r.request_head[3] = 1; }),
         {"GPU-REP-004"}},
        {"the response is for another slot",
         in_report([](ReportPlan& r) { r.response_head[3] = 1; }),
         {"GPU-REP-005"}},
        {"the response is of SPDM 1.0",
         in_report([](ReportPlan& r) { r.response_head[0] = 0x10; }),
         {"GPU-REP-006"}},
        {"a reserved parameter is set",
         in_report([](ReportPlan& r) { r.response_head[2] = 1; }),
         {"GPU-REP-007"}},
        {"NumberOfBlocks is one too high",
         in_report([](ReportPlan& r) { r.number_of_blocks = std::uint8_t{65}; }),
         {"GPU-REP-009"}},
        {"MeasurementRecordLength ends in a block",
         in_report([](ReportPlan& r) { r.record_length = 3518; }),
         {"GPU-REP-008", "GPU-REP-010"}},
        {"OpaqueLength is beyond the report",
         in_report([](ReportPlan& r) { r.opaque_length = std::uint16_t{9999}; }),
         {"GPU-REP-010"}},
        {"a byte follows the signature",
         in_evidence([](gpu::Evidence& e) { e.report.push_back(0); }),
         {"GPU-REP-011"}},
        {"the report is cut short",
         in_evidence([](gpu::Evidence& e) { e.report.resize(100); }),
         {"GPU-REP-001"}},
        {"another nonce is stated", in_evidence([](gpu::Evidence& e) { e.nonce[0] ^= 1; }), {"GPU-REP-012"}},
        {"a block has Index 0",
         in_report([](ReportPlan& r) { r.blocks[63].index = 0; }),
         {"GPU-BLK-001", "GPU-BLK-003"}},
        {"an Index stands twice",
         in_report([](ReportPlan& r) { r.blocks[63].index = 63; }),
         {"GPU-BLK-002", "GPU-BLK-003"}},
        {"two blocks are exchanged",
         in_report([](ReportPlan& r) { std::swap(r.blocks[50], r.blocks[51]); }),
         {"GPU-BLK-003"}},
        {"a block is left out",
         in_report([](ReportPlan& r) { r.blocks.pop_back(); }),
         {"GPU-BLK-004", "GPU-OPQ-020"}},
        {"a block is of another specification",
         in_report([](ReportPlan& r) { r.blocks[5].specification = 2; }),
         {"GPU-BLK-005"}},
        {"a block's two sizes disagree",
         in_report([](ReportPlan& r) { r.blocks[50].value_size = std::uint16_t{47}; }),
         {"GPU-BLK-006"}},
        {"a value has an unknown type",
         in_report([](ReportPlan& r) { r.blocks[5].value_type = 0x0C; }),
         {"GPU-BLK-007", "GPU-BLK-009"}},
        {"a value is hardware configuration",
         in_report([](ReportPlan& r) { r.blocks[5].value_type = 2; }),
         {"GPU-BLK-009"}},
        {"a digest has 32 bytes",
         in_report([](ReportPlan& r) { r.blocks[60].value.resize(32); }),
         {"GPU-BLK-008"}},
        {"a measurement is not its golden",
         in_report([](ReportPlan& r) { r.blocks[21].value[0] ^= 1; }),
         {"GPU-GLD-001"}},
        {"an unknown slot is measured",
         in_report([](ReportPlan& r) { r.blocks[60].value[0] = 1; }),
         {"GPU-GLD-004", "GPU-OPQ-021"}},
    };
}

std::vector<Defect> opaque_defects() {
    return {
        {"an opaque field stands twice",
         in_report([](ReportPlan& r) { r.opaque.push_back(r.field(36)); }),
         {"GPU-OPQ-002", "GPU-OPQ-012"}},
        {"an opaque field has an unknown type",
         in_report([](ReportPlan& r) {
             r.opaque.push_back({40, {1}});
         }),
         {"GPU-OPQ-003"}},
        {"an opaque field has a reserved type",
         in_report([](ReportPlan& r) {
             r.opaque.push_back({29, {1}});
         }),
         {"GPU-OPQ-004"}},
        {"an opaque field is cut off",
         in_report([](ReportPlan& r) { r.opaque.back().size = std::uint16_t{3}; }),
         {"GPU-OPQ-001"}},
        {"GPU_INFO has four bytes",
         in_report([](ReportPlan& r) { r.field(4).data.resize(4); }),
         {"GPU-OPQ-005"}},
        {"the driver version is missing",
         in_report([](ReportPlan& r) { r.drop_field(3); }),
         {"GPU-OPQ-006", "GPU-RIM-005"}},
        {"the project is missing", in_report([](ReportPlan& r) { r.drop_field(17); }), {"GPU-OPQ-007"}},
        {"the decoder's state is missing",
         in_report([](ReportPlan& r) { r.drop_field(11); }),
         {"GPU-OPQ-008"}},
        {"the counters are missing", in_report([](ReportPlan& r) { r.drop_field(12); }), {"GPU-OPQ-009"}},
        {"FWID is missing", in_report([](ReportPlan& r) { r.drop_field(20); }), {"GPU-OPQ-010"}},
        {"fields are out of order",
         in_report([](ReportPlan& r) { std::swap(r.opaque[0], r.opaque[1]); }),
         {"GPU-OPQ-012"}},
        {"the driver version has no end",
         in_report([](ReportPlan& r) { r.field(3).data.pop_back(); }),
         {"GPU-OPQ-013"}},
        {"the VBIOS version is text",
         in_report([](ReportPlan& r) { r.field(6).data = {'9', '6', '.', '0', '0', '.', '9', 'F'}; }),
         {"GPU-OPQ-014", "GPU-RIM-005"}},
        {"a text field is not text",
         in_report([](ReportPlan& r) { r.field(16).data[0] = 0x80; }),
         {"GPU-OPQ-015"}},
        {"the decoder is in an unknown state",
         in_report([](ReportPlan& r) { r.field(11).data = {0x5A}; }),
         {"GPU-OPQ-016"}},
        {"protected PCIe is in an unknown state",
         in_report([](ReportPlan& r) { r.field(21).data = {0}; }),
         {"GPU-OPQ-017"}},
        {"the opaque data are of version 2",
         in_report([](ReportPlan& r) {
             r.field(34).data = {2, 0};
         }),
         {"GPU-OPQ-018"}},
        {"the feature flag is unknown",
         in_report([](ReportPlan& r) {
             r.field(36).data = {3, 0};
         }),
         {"GPU-OPQ-019"}},
        {"a counter is missing",
         in_report([](ReportPlan& r) { r.field(12).data.resize(252); }),
         {"GPU-OPQ-020"}},
        {"a counter says nothing was measured",
         in_report([](ReportPlan& r) { r.field(12).data[4] = 0; }),
         {"GPU-OPQ-021"}},
        {"FWID is not the certificate's",
         in_report([](ReportPlan& r) { r.field(20).data[0] ^= 1; }),
         {"GPU-FWID-004"}},
    };
}

std::vector<Defect> signature_defects() {
    return {
        {"the response alone is signed",
         {.sign =
              [](const crypto::PrivateKey& key, ByteView body) {
                  return key.sign(raw, sha384, body.subspan(37));
              }},
         signature_and({})},
        {"r and s are little endian",
         {.sign =
              [](const crypto::PrivateKey& key, ByteView body) {
                  Bytes out = key.sign(raw, sha384, body);
                  std::reverse(out.begin(), out.begin() + 48);
                  std::reverse(out.begin() + 48, out.end());
                  return out;
              }},
         signature_and({})},
        {"the digest is SHA-256",
         {.sign =
              [](const crypto::PrivateKey& key, ByteView body) {
                  return key.sign(raw, crypto::Hash::sha256, body);
              }},
         signature_and({})},
        {"the nonce is not echoed",
         in_report([](ReportPlan& r) { r.nonce = Bytes(32, 7); }),
         {"GPU-NON-001", "GPU-NON-002", "GPU-NON-003"}},
        {"half of the nonce is echoed",
         in_report([](ReportPlan& r) { std::fill(r.nonce.begin() + 16, r.nonce.end(), std::uint8_t{0}); }),
         {"GPU-NON-001", "GPU-NON-002", "GPU-NON-003"}},
        {"the nonce's last bit is lost",
         in_report([](ReportPlan& r) { r.nonce[31] &= 0xFE; }),
         {"GPU-NON-001", "GPU-NON-002", "GPU-NON-003"}},
        {"the responder's nonce is constant",
         in_report([](ReportPlan& r) {
             for (std::size_t i = 0; i < 32; ++i) r.responder_nonce[i] = static_cast<std::uint8_t>(i * 7);
         }),
         {"GPU-NON-002", "GPU-NON-003"}},
        {"the responder's nonce is weak",
         in_report([](ReportPlan& r) {
             std::fill(r.responder_nonce.begin() + 8, r.responder_nonce.end(), std::uint8_t{0});
         }),
         {"GPU-NON-004"}},
        {"the responder's nonce is the requester's",
         in_report([](ReportPlan& r) { r.responder_nonce = r.nonce; }),
         {"GPU-NON-002", "GPU-NON-003", "GPU-NON-004"}},
    };
}

std::vector<Defect> certificate_defects() {
    const auto chain = [](auto change) {
        return in_world([change](World& w) { w.device().arrange = change; });
    };
    return {
        {"the root is missing", chain([](auto& c) { c.pop_back(); }), {"GPU-CHN-002"}},
        {"two certificates are exchanged",
         chain([](auto& c) { std::swap(c[2], c[3]); }),
         {"GPU-CHN-004", "GPU-CHN-005", "GPU-CHN-007", "GPU-CHN-011", "GPU-OCSP-001"}},
        {"the PEM text holds more",
         in_evidence([](gpu::Evidence& e) { e.chain_pem += "more\n"; }),
         {"GPU-CHN-003"}},
        {"the PEM text is broken",
         in_evidence([](gpu::Evidence& e) { e.chain_pem[70] = '!'; }),
         {"GPU-CHN-001", "GPU-CHN-002"}},
        {"the identity did not sign the leaf",
         in_world([](World& w) { w.device().chain[0].forged = true; }),
         {"GPU-CHN-005", "GPU-CHN-007"}},
        {"the root is not pinned",
         in_world([](World& w) { w.device_roots = {w.stranger(w.device_authorities[2])}; }),
         {"GPU-CHN-007"}},
        {"the provisioner has expired",
         in_world([](World& w) { w.device_authorities[0].spec.not_after = w.now - std::chrono::hours{1}; }),
         {"GPU-CHN-007", "GPU-CHN-008", "GPU-CHN-009"}},
        {"the identity has a P-256 key",
         in_world([](World& w) { w.device().chain[1].key = crypto::KeyType::p256; }),
         {"GPU-CRT-001", "GPU-CRT-002"}},
        {"the identity is no CA",
         in_world([](World& w) { w.device().chain[1].spec.ca = false; }),
         {"GPU-CRT-006", "GPU-CHN-007"}},
        {"the identity may not issue",
         in_world([](World& w) { w.device().chain[1].spec.key_usage = {"digitalSignature"}; }),
         {"GPU-CRT-007", "GPU-CHN-007"}},
        {"the leaf is a CA",
         in_world([](World& w) {
             w.device().chain[0].spec.ca = true;
             w.device().chain[0].spec.key_usage = {"digitalSignature", "keyCertSign"};
         }),
         {"GPU-CRT-009"}},
        {"the leaf may not sign",
         in_world([](World& w) { w.device().chain[0].spec.key_usage = {"keyAgreement"}; }),
         {"GPU-CRT-010"}},
        {"the leaf has an unknown critical extension",
         in_world([](World& w) {
             w.device().chain[0].spec.extensions.push_back({"1.3.6.1.4.1.99999.1", true, Bytes{5, 0}});
         }),
         {"GPU-CRT-012", "GPU-CHN-007"}},
        {"key identifiers are made otherwise",
         in_world([](World& w) { w.device().chain[1].spec.subject_key_identifier = Bytes(20, 1); }),
         {"GPU-CRT-013"}},
        {"the leaf carries no device information",
         in_world([](World& w) { w.device().chain[0].spec.extensions.clear(); }),
         {"GPU-IDN-001"}},
        {"another architecture is stated",
         in_evidence([](gpu::Evidence& e) { e.arch = gpu::Arch::blackwell; }),
         {"GPU-FWID-003", "GPU-IDN-001", "GPU-IDN-005"}},
        {"there is no firmware identity",
         in_world([](World& w) { w.device().fwid_extension = false; }),
         {"GPU-FWID-001", "GPU-FWID-002", "GPU-FWID-003", "GPU-FWID-004", "GPU-FWID-005", "GPU-FWID-006",
          "GPU-FWID-007"}},
        {"the firmware identity is constant",
         in_world([](World& w) {
             w.device().fwid = Bytes(48);
             w.report().field(20).data = Bytes(48);
         }),
         {"GPU-FWID-002"}},
    };
}

std::vector<Defect> reference_defects() {
    const auto at = [](std::size_t place, auto change) {
        return Alteration{.references = [place, change](GpuReferences& r) {
            change(r.rims[place].content);
        }};
    };
    const auto turn = [](std::string_view tag) {
        return [tag](Bytes& xml) {
            std::uint8_t& c = xml[as_text(xml).find(tag) + tag.size() + 9];
            c = c == 'A' ? 'B' : 'A';
        };
    };
    return {
        {"a manifest's digest is wrong", at(0, turn("<ds:DigestValue>")), {"GPU-RIM-002"}},
        {"a manifest's signature is wrong", at(0, turn("<ds:SignatureValue>")), {"GPU-RIM-002"}},
        {"a manifest is cut off",
         at(0, [](Bytes& xml) { xml.resize(2000); }),
         {"GPU-RIM-001", "GPU-RIM-002", "GPU-RIM-003", "GPU-RIM-004", "GPU-RIM-005", "GPU-RIM-006",
          "GPU-RIM-007", "GPU-RIM-008", "GPU-RIM-009", "GPU-OCSP-001", "GPU-OCSP-002", "GPU-OCSP-003",
          "GPU-OCSP-004"}},
        {"no manifest root is pinned for it",
         in_world([](World& w) { w.manifest_roots = {w.stranger(w.manifest_authorities[2])}; }),
         {"GPU-RIM-003"}},
        {"a manifest is of another version",
         in_world([](World& w) { w.driver().version = "1.2"; }),
         {"GPU-RIM-005"}},
        {"a manifest has two Metas",
         in_world([](World& w) {
             w.driver().before_signing = [](std::string& text) {
                 const auto begin = text.find("<ns0:Meta");
                 const auto end = text.find("/>", begin) + 2;
                 text.insert(end, text.substr(begin, end - begin));
             };
         }),
         {"GPU-RIM-006"}},
        {"a manifest is of another product",
         in_world([](World& w) { w.driver().product = "GB100"; }),
         {"GPU-RIM-007"}},
        {"a golden has no alternative",
         in_world([](World& w) {
             w.driver().golden(50).hashes.clear();
             w.driver().golden(50).alternatives = "0";
         }),
         {"GPU-RIM-008"}},
        {"a manifest compares nothing",
         in_world([](World& w) {
             for (auto& golden : w.driver().goldens) golden.active = false;
         }),
         {"GPU-RIM-009", "GPU-GLD-001", "GPU-GLD-004"}},
        {"two manifests claim one index",
         in_world([](World& w) {
             w.vbios().golden(21).active = true;
             w.vbios().golden(21).hashes = w.driver().golden(21).hashes;
         }),
         {"GPU-GLD-002"}},
        {"a certificate has no status",
         in_world([](World& w) { w.ocsp["identity"].drop = true; }),
         {"GPU-OCSP-001"}},
        {"a status is by a stranger",
         in_world([](World& w) { w.ocsp["driver"].responder = gpu_appraisal::Responder::stranger; }),
         {"GPU-OCSP-002", "GPU-OCSP-003", "GPU-OCSP-004"}},
        {"a certificate is revoked",
         in_world([](World& w) {
             w.ocsp["provisioner"].spec.status = crypto::CertStatus::revoked;
             w.ocsp["provisioner"].spec.revocation_reason = "keyCompromise";
             w.ocsp["provisioner"].spec.revocation_time = w.now;
         }),
         {"GPU-OCSP-003"}},
        {"a status is stale",
         in_world([](World& w) {
             w.ocsp["vbios"].spec.this_update = w.now - std::chrono::hours{48};
             w.ocsp["vbios"].spec.next_update = w.now - std::chrono::hours{24};
         }),
         {"GPU-OCSP-004"}},
    };
}

void expect_bites(const std::vector<Defect>& defects) {
    std::vector<WrongTarget> all;
    for (const Defect& defect : defects)
        all.push_back({defect.name, defect.expected, [&defect] {
                           return judge_forged(defect.arch, defect.alteration);
                       }});
    expect_exact_failures(all);
}

BOOST_AUTO_TEST_CASE(a_forged_device_without_defect_fails_nothing) {
    for (const gpu::Arch arch : {gpu::Arch::hopper, gpu::Arch::blackwell, gpu::Arch::ls10}) {
        const Failures judged = judge_forged(arch, {});
        BOOST_TEST(judged.requirements.empty(), gpu::name(arch) << judged.cases);
        BOOST_TEST(judged.odd.empty(), gpu::name(arch) << judged.odd);
        BOOST_TEST(judged.passed > 115U, gpu::name(arch));
    }
}
BOOST_AUTO_TEST_CASE(defects_of_the_report_fail_their_requirements) { expect_bites(report_defects()); }
BOOST_AUTO_TEST_CASE(defects_of_opaque_data_fail_their_requirements) { expect_bites(opaque_defects()); }
BOOST_AUTO_TEST_CASE(defects_of_signature_and_nonce_fail_their_requirements) {
    expect_bites(signature_defects());
}
BOOST_AUTO_TEST_CASE(defects_of_certificates_fail_their_requirements) { expect_bites(certificate_defects()); }
BOOST_AUTO_TEST_CASE(defects_of_references_fail_their_requirements) { expect_bites(reference_defects()); }

/// Has every capability and answers everything with success and the same bytes.
struct YesMan final : GpuPort {
    explicit YesMan(Bytes a) : answer(std::move(a)) {}
    std::set<std::string> capabilities() const override { return {}; }
    Result<GpuReferences, PortError> references() override {
        GpuReferences out;
        out.rims = {{"a.xml", answer}};
        out.ocsp_responses = {{"a.der", answer}};
        return out;
    }
    Result<gpu::Evidence, PortError> collect(ByteView nonce) override {
        const std::string_view text = as_text(answer);
        return gpu::Evidence{gpu::Arch::hopper, {nonce.begin(), nonce.end()}, answer, std::string{text}};
    }
    Result<Bytes, PortError> exchange(ByteView request) override {
        return answer.empty() ? Bytes{request.begin(), request.end()} : answer;
    }
    Result<Nothing, PortError> power_on_reset() override { return Nothing{}; }
    std::vector<FirmwareStage> firmware_stages() override { return {{"all", {1}, true}}; }
    Result<Nothing, PortError> load_firmware(std::string_view, unsigned) override { return Nothing{}; }
    Result<Nothing, PortError> roll_back_firmware() override { return Nothing{}; }
    Result<Nothing, PortError> set_cc_mode(std::string_view) override { return Nothing{}; }
    Result<Nothing, PortError> set_debug(bool) override { return Nothing{}; }
    std::vector<Event> take_events() override { return {}; }
    Bytes answer;
};

BOOST_AUTO_TEST_CASE(a_device_that_answers_without_meaning_passes_nothing) {
    BareTrial trial{"noise"};
    Bytes noise(4500);
    trial.random().fill(noise);
    for (const Bytes& answer : {Bytes{}, Bytes(4500), noise, Bytes{0x11, 0x7F, 0x01, 0x00}}) {
        Target target;
        target.id = "yes";
        target.capabilities = {"fresh-nonce", "spdm",  "power-on-reset", "firmware-update",
                               "cc-mode",     "debug", "references",     "ocsp"};
        target.open = [&](std::uint64_t) {
            return AnyPort{std::make_unique<YesMan>(answer)};
        };
        static const Suite suite = gpu_evidence_suite();
        for (const Case& test : suite.cases)
            BOOST_TEST((judge(test, target).verdict != Verdict::pass),
                       test.id << " passes on "
                               << to_hex(ByteView{answer}.first(std::min<std::size_t>(answer.size(), 4))));
    }
}

}  // namespace
}  // namespace assay::conformance
