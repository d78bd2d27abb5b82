// Legal evidence, as near to a fault as it can be.
#include <algorithm>

#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance::gpu_appraisal {
namespace accepted_table {

void nothing(World&) {}
void no_fwid_field(World& w) { w.report().drop_field(20); }
void fwid_in_the_other_form(World& w) { w.device().tcb_info = !w.device().tcb_info; }
void second_alternative(World& w) {
    Golden& golden = w.vbios().golden(9);
    golden.hashes = {to_hex(w.random(48)), golden.hashes[0]};
}
void last_of_four(World& w) {
    Golden& golden = w.vbios().golden(9);
    golden.hashes = {to_hex(w.random(48)), to_hex(w.random(48)), to_hex(w.random(48)), golden.hashes[0]};
}
void zero_is_compared(World& w) { w.set_measurement(23, Bytes(48)); }
void decoder_off_and_different(World& w) {
    w.report().field(11).data = {0x55};
    w.report().block(35).value = w.random(48);
}
void decoder_on_and_equal(World& w) { w.report().field(11).data = {0xAA}; }
void inactive_golden_differs(World& w) { w.driver().golden(50).hashes = {to_hex(w.random(48))}; }
void upper_case_hashes(World& w) {
    for (char& c : w.driver().golden(21).hashes[0]) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
}
void other_field_order(World& w) {
    std::ranges::reverse(w.report().opaque);
    w.report().opaque.push_back({32, {1, 2, 3}});
}
void opaque_version_absent(World& w) { w.report().drop_field(34); }
void opaque_version_zero(World& w) { w.report().field(34).data = {0, 0}; }
void responder_nonce_equals(World& w) { w.report().responder_nonce = w.nonce; }
void leaf_begins_now(World& w) { w.device().chain[0].spec.not_before = w.now; }
void signer_ends_now(World& w) { w.driver().signer.spec.not_after = w.now; }
void leaf_may_also_agree(World& w) {
    w.device().chain[0].spec.key_usage = {"digitalSignature", "keyAgreement"};
}
void unknown_extension(World& w) {
    w.device().chain[0].spec.extensions.push_back({"1.3.6.1.4.1.99999.1", false, Bytes{5, 0}});
}
void path_length_reached(World& w) {
    w.device_authorities[2].spec.path_length = 3;
    w.device_authorities[1].spec.path_length = 2;
    w.device_authorities[0].spec.path_length = 1;
    w.device().chain[1].spec.path_length = 0;
}
void comment_in_manifest(World& w) {
    w.driver().before_signing = [](std::string& text) {
        text.insert(text.find("<ns0:Payload"), "<!-- note -->");
    };
}
void other_quotes(World& w) {
    w.driver().after_signing = [](std::string& text) {
        const auto at = text.find("corpus=\"false\"");
        text.replace(at, 14, "corpus  =  'false'");
    };
}
void c14n_1_0(World& w) {
    w.driver().form.c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    w.driver().form.transforms[1] = w.driver().form.c14n;
}
void references_in_any_order(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        std::ranges::reverse(request.references.rims);
        std::ranges::reverse(request.references.ocsp_responses);
    };
}
void ocsp_as_base64(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        for (auto& file : request.references.ocsp_responses) {
            const std::string text = to_base64(file.content);
            file.content.assign(text.begin(), text.end());
        }
    };
}
void ocsp_by_the_issuer(World& w) {
    for (auto& [name, plan] : w.ocsp) plan.responder = Responder::issuer;
}
void ocsp_without_next_update(World& w) {
    w.ocsp["identity"].spec.next_update.reset();
    w.ocsp["identity"].spec.this_update = w.now - std::chrono::minutes{10};
}
void ocsp_with_sha1_cert_id(World& w) {
    for (auto& [name, plan] : w.ocsp) plan.spec.cert_id_hash = crypto::Hash::sha1;
}
void ocsp_ends_now(World& w) { w.ocsp["identity"].spec.next_update = w.now; }
void ocsp_begins_now(World& w) { w.ocsp["identity"].spec.this_update = w.now; }

}  // namespace accepted_table

std::vector<Row> accepted_rows() {
    using gpu::Arch;
    namespace t = accepted_table;
    return {
        {"accept.hopper",
         "Valid evidence of a Hopper GPU is accepted",
         {"GPUV-ACC-001"},
         Arch::hopper,
         t::nothing},
        {"accept.blackwell",
         "Valid evidence of a Blackwell GPU is accepted",
         {"GPUV-ACC-001"},
         Arch::blackwell,
         t::nothing},
        {"accept.switch",
         "Valid evidence of an NVSwitch is accepted",
         {"GPUV-ACC-001"},
         Arch::ls10,
         t::nothing},
        {"accept.no-fwid-field",
         "A report without FWID field is accepted",
         {"GPUV-ACC-002"},
         Arch::hopper,
         t::no_fwid_field},
        {"accept.fwid-other-form",
         "Either form of the firmware identity is read",
         {"GPUV-ACC-002"},
         Arch::hopper,
         t::fwid_in_the_other_form},
        {"accept.second-alternative",
         "A match with the second alternative is a match",
         {"GPUV-ACC-003"},
         Arch::hopper,
         t::second_alternative},
        {"accept.last-alternative",
         "A match with the last of four alternatives is a match",
         {"GPUV-ACC-003"},
         Arch::hopper,
         t::last_of_four},
        {"accept.zero",
         "A golden zero matches a measured zero",
         {"GPUV-ACC-003"},
         Arch::hopper,
         t::zero_is_compared},
        {"accept.nvdec-off",
         "Index 35 does not count while the video decoder is off",
         {"GPUV-ACC-004"},
         Arch::hopper,
         t::decoder_off_and_different},
        {"accept.nvdec-on",
         "Index 35 is accepted where it matches and the video decoder is on",
         {"GPUV-ACC-004"},
         Arch::hopper,
         t::decoder_on_and_equal},
        {"accept.inactive",
         "An inactive golden is not compared",
         {"GPUV-ACC-003"},
         Arch::hopper,
         t::inactive_golden_differs},
        {"accept.upper-case",
         "Golden values may be upper-case hexadecimal",
         {"GPUV-ACC-003"},
         Arch::hopper,
         t::upper_case_hashes},
        {"accept.opaque-order",
         "Opaque fields are accepted in any order",
         {"GPUV-ACC-005"},
         Arch::hopper,
         t::other_field_order},
        {"accept.opaque-unversioned",
         "Opaque data without a version are accepted",
         {"GPUV-ACC-005"},
         Arch::hopper,
         t::opaque_version_absent},
        {"accept.opaque-version-0",
         "Opaque data of version 0 are accepted",
         {"GPUV-ACC-005"},
         Arch::hopper,
         t::opaque_version_zero},
        {"accept.responder-nonce",
         "A responder nonce that equals the verifier's is no fault",
         {"GPUV-ACC-005"},
         Arch::hopper,
         t::responder_nonce_equals},
        {"accept.valid-from-now",
         "A certificate that becomes valid now is valid",
         {"GPUV-ACC-006"},
         Arch::hopper,
         t::leaf_begins_now},
        {"accept.valid-until-now",
         "A certificate that ends now is still valid",
         {"GPUV-ACC-006"},
         Arch::hopper,
         t::signer_ends_now},
        {"accept.key-agreement",
         "A leaf that may sign and agree on keys is accepted",
         {"GPUV-ACC-006"},
         Arch::hopper,
         t::leaf_may_also_agree},
        {"accept.unknown-extension",
         "An unknown extension that is not critical is passed over",
         {"GPUV-ACC-006"},
         Arch::hopper,
         t::unknown_extension},
        {"accept.path-length",
         "A chain exactly as long as its constraints allow is accepted",
         {"GPUV-ACC-006"},
         Arch::hopper,
         t::path_length_reached},
        {"accept.comment",
         "A comment inside a signed manifest is no fault",
         {"GPUV-ACC-007"},
         Arch::hopper,
         t::comment_in_manifest},
        {"accept.quotes",
         "A manifest written otherwise with the same canonical form is accepted",
         {"GPUV-ACC-007"},
         Arch::hopper,
         t::other_quotes},
        {"accept.c14n-1-0",
         "A manifest signed in Canonical XML 1.0 is accepted",
         {"GPUV-ACC-007"},
         Arch::hopper,
         t::c14n_1_0},
        {"accept.any-order",
         "References are found in any order",
         {"GPUV-ACC-008"},
         Arch::hopper,
         t::references_in_any_order},
        {"accept.ocsp-base64",
         "OCSP responses are read as base64",
         {"GPUV-ACC-009"},
         Arch::hopper,
         t::ocsp_as_base64},
        {"accept.ocsp-issuer",
         "An OCSP response by the issuer itself is accepted",
         {"GPUV-ACC-009"},
         Arch::hopper,
         t::ocsp_by_the_issuer},
        {"accept.ocsp-no-next-update",
         "An OCSP response without nextUpdate is good for an hour",
         {"GPUV-ACC-009"},
         Arch::hopper,
         t::ocsp_without_next_update},
        {"accept.ocsp-sha1",
         "A CertID hashed with SHA-1 is understood",
         {"GPUV-ACC-009"},
         Arch::hopper,
         t::ocsp_with_sha1_cert_id},
        {"accept.ocsp-until-now",
         "An OCSP response that ends now is still valid",
         {"GPUV-ACC-009"},
         Arch::hopper,
         t::ocsp_ends_now},
        {"accept.ocsp-from-now",
         "An OCSP response made now is valid",
         {"GPUV-ACC-009"},
         Arch::hopper,
         t::ocsp_begins_now},
    };
}

}  // namespace assay::conformance::gpu_appraisal
