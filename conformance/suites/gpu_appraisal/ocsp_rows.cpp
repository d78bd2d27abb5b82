// One fault in an OCSP response.
#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance::gpu_appraisal {
namespace ocsp_table {

void revoke(World& w, const char* name, const char* reason) {
    OcspPlan& plan = w.ocsp.at(name);
    plan.spec.status = crypto::CertStatus::revoked;
    plan.spec.revocation_reason = reason;
    plan.spec.revocation_time = w.now - std::chrono::hours{48};
}
void revoked(World& w) { revoke(w, "identity", "keyCompromise"); }
void revoked_product(World& w) { revoke(w, "product", "cACompromise"); }
void revoked_signer(World& w) { revoke(w, "driver", "superseded"); }
void revoked_authority(World& w) { revoke(w, "authority", "keyCompromise"); }
void on_hold(World& w) { revoke(w, "identity", "certificateHold"); }
void hold_allowed(World& w) { w.policy = R"({"allow_hold": true})"; }
void held_and_allowed(World& w) {
    on_hold(w);
    hold_allowed(w);
}
void key_compromised(World& w) { revoke(w, "identity", "keyCompromise"); }
void unknown(World& w) { w.ocsp["identity"].spec.status = crypto::CertStatus::unknown; }
void unknown_signer(World& w) { w.ocsp["vbios"].spec.status = crypto::CertStatus::unknown; }
void stale(World& w) {
    w.ocsp["identity"].spec.this_update = w.now - std::chrono::hours{48};
    w.ocsp["identity"].spec.next_update = w.now - std::chrono::seconds{1};
}
void stale_signer(World& w) {
    w.ocsp["driver"].spec.this_update = w.now - std::chrono::hours{48};
    w.ocsp["driver"].spec.next_update = w.now - std::chrono::seconds{1};
}
void old_without_next_update(World& w) {
    w.ocsp["identity"].spec.this_update = w.now - std::chrono::hours{2};
    w.ocsp["identity"].spec.next_update.reset();
}
void from_the_future(World& w) { w.ocsp["identity"].spec.this_update = w.now + std::chrono::minutes{10}; }
void of_a_stranger(World& w) { w.ocsp["identity"].responder = Responder::stranger; }
void not_delegated(World& w) { w.ocsp["identity"].responder = Responder::not_delegated; }
void not_delegated_signer(World& w) { w.ocsp["driver"].responder = Responder::not_delegated; }
void for_another(World& w) { w.ocsp["identity"].for_another = true; }
void dropped(World& w) { w.ocsp["identity"].drop = true; }
void dropped_signer(World& w) { w.ocsp["level-3"].drop = true; }
void signature_flipped(World& w) {
    // The responder's certificate stands at the end; the signature right before it.
    w.ocsp["identity"].after_signing = [](Bytes& der) {
        const Bytes oid = *from_hex("06082a8648ce3d040303");  // ecdsa-with-SHA384, of the response
        for (std::size_t at = 0; at + oid.size() + 40 < der.size(); ++at)
            if (equal(ByteView{der}.subspan(at, oid.size()), oid)) {
                der[at + oid.size() + 30] = static_cast<std::uint8_t>(der[at + oid.size() + 30] ^ 1);
                return;
            }
        throw std::logic_error("forge: no signature in the response");
    };
}
void cut_off(World& w) {
    w.ocsp["identity"].after_signing = [](Bytes& der) {
        der.resize(der.size() - 40);
    };
}
void try_later(World& w) {
    w.ocsp["identity"].after_signing = [](Bytes& der) {
        der = {0x30, 0x03, 0x0A, 0x01, 0x03};
    };
}
void nonce_wrong(World& w) {
    w.policy = R"({"require_ocsp_nonce": true})";
    for (auto& [name, plan] : w.ocsp) plan.spec.nonce = w.random(32);
}
void nonce_missing(World& w) { w.policy = R"({"require_ocsp_nonce": true})"; }
void not_demanded(World& w) {
    w.policy = R"({"require_ocsp": false})";
    for (auto& [name, plan] : w.ocsp) plan.drop = true;
}
void revoked_though_not_demanded(World& w) {
    w.ocsp["identity"].drop = false;
    revoked(w);
}

}  // namespace ocsp_table

std::vector<Row> ocsp_rows() {
    using gpu::Arch;
    namespace t = ocsp_table;
    const auto h = Arch::hopper;
    const std::vector<std::string_view> revoked{"E_PKI_REVOKED"},
        unknown{"E_OCSP_UNKNOWN", "E_OCSP_UNAVAILABLE"}, stale{"E_OCSP_STALE"},
        signer{"E_OCSP_SIGNER", "E_OCSP_SIGNATURE"}, missing{"E_OCSP_UNAVAILABLE", "E_OCSP_CERTID"},
        nonce{"E_OCSP_NONCE"};
    return {
        {"ocsp.revoked",
         "A revoked device identity is refused",
         {"GPUV-OCSP-001"},
         h,
         nullptr,
         t::revoked,
         revoked},
        {"ocsp.revoked-product",
         "A revoked product authority is refused",
         {"GPUV-OCSP-001"},
         h,
         nullptr,
         t::revoked_product,
         revoked},
        {"ocsp.revoked-signer",
         "A revoked signer of a manifest is refused",
         {"GPUV-OCSP-001"},
         h,
         nullptr,
         t::revoked_signer,
         revoked},
        {"ocsp.revoked-authority",
         "A revoked authority of manifests is refused",
         {"GPUV-OCSP-001"},
         h,
         nullptr,
         t::revoked_authority,
         revoked},
        {"ocsp.revoked-switch",
         "A revoked NVSwitch is refused",
         {"GPUV-OCSP-001"},
         Arch::ls10,
         nullptr,
         t::revoked,
         revoked},
        {"ocsp.hold",
         "A certificate on hold is refused",
         {"GPUV-OCSP-002"},
         h,
         nullptr,
         t::on_hold,
         {"E_PKI_HOLD"}},
        {"ocsp.hold-allowed",
         "A certificate on hold is accepted where the policy allows it",
         {"GPUV-OCSP-002"},
         h,
         t::held_and_allowed},
        {"ocsp.hold-is-not-compromise",
         "A policy that allows hold allows no other revocation",
         {"GPUV-OCSP-002"},
         h,
         t::hold_allowed,
         t::key_compromised,
         revoked},
        {"ocsp.unknown",
         "A device identity that the responder does not know is refused",
         {"GPUV-OCSP-003"},
         h,
         nullptr,
         t::unknown,
         unknown},
        {"ocsp.unknown-signer",
         "A signer that the responder does not know is refused",
         {"GPUV-OCSP-003"},
         h,
         nullptr,
         t::unknown_signer,
         unknown},
        {"ocsp.stale", "A stale device status is refused", {"GPUV-OCSP-004"}, h, nullptr, t::stale, stale},
        {"ocsp.stale-signer",
         "A stale manifest status is refused",
         {"GPUV-OCSP-004"},
         h,
         nullptr,
         t::stale_signer,
         stale},
        {"ocsp.stale-no-next-update",
         "A status without nextUpdate is stale after an hour",
         {"GPUV-OCSP-004"},
         h,
         nullptr,
         t::old_without_next_update,
         stale},
        {"ocsp.future",
         "A status from the future is refused",
         {"GPUV-OCSP-004"},
         h,
         nullptr,
         t::from_the_future,
         stale},
        {"ocsp.stranger",
         "A status by a responder of another authority is refused",
         {"GPUV-OCSP-005"},
         h,
         nullptr,
         t::of_a_stranger,
         signer},
        {"ocsp.not-delegated",
         "A status by a certificate that may not answer is refused",
         {"GPUV-OCSP-005"},
         h,
         nullptr,
         t::not_delegated,
         signer},
        {"ocsp.not-delegated-signer",
         "A manifest status by a certificate that may not answer is refused",
         {"GPUV-OCSP-005"},
         h,
         nullptr,
         t::not_delegated_signer,
         signer},
        {"ocsp.signature",
         "A status with a wrong signature is refused",
         {"GPUV-OCSP-005"},
         h,
         nullptr,
         t::signature_flipped,
         {"E_OCSP_SIGNATURE", "E_OCSP_SIGNER"}},
        {"ocsp.for-another",
         "The status of another certificate is refused",
         {"GPUV-OCSP-006"},
         h,
         nullptr,
         t::for_another,
         missing},
        {"ocsp.missing",
         "A device identity without a status is refused",
         {"GPUV-OCSP-006"},
         h,
         nullptr,
         t::dropped,
         missing},
        {"ocsp.missing-signer",
         "A manifest authority without a status is refused",
         {"GPUV-OCSP-006"},
         h,
         nullptr,
         t::dropped_signer,
         missing},
        {"ocsp.cut-off",
         "A status cut off is refused",
         {"GPUV-OCSP-006"},
         h,
         nullptr,
         t::cut_off,
         {"E_OCSP_FORMAT", "E_OCSP_UNAVAILABLE"}},
        {"ocsp.try-later",
         "The answer tryLater is no status",
         {"GPUV-OCSP-006"},
         h,
         nullptr,
         t::try_later,
         {"E_OCSP_UNAVAILABLE", "E_OCSP_FORMAT"}},
        {"ocsp.nonce-missing",
         "A status without the demanded nonce is refused",
         {"GPUV-OCSP-007"},
         h,
         nullptr,
         t::nonce_missing,
         nonce},
        {"ocsp.nonce-wrong",
         "A status with another nonce is refused",
         {"GPUV-OCSP-007"},
         h,
         nullptr,
         t::nonce_wrong,
         nonce},
        {"ocsp.not-demanded",
         "Without statuses evidence is accepted where the policy demands none",
         {"GPUV-OCSP-008"},
         h,
         t::not_demanded},
        {"ocsp.revoked-anyway",
         "A known revocation is refused even where no status is demanded",
         {"GPUV-OCSP-008"},
         h,
         t::not_demanded,
         t::revoked_though_not_demanded,
         revoked},
    };
}

}  // namespace assay::conformance::gpu_appraisal
