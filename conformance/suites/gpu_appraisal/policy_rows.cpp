// Evidence that is genuine and not what the policy demands.
#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance::gpu_appraisal {
namespace policy_table {

void driver_floor_reached(World& w) { w.policy = R"({"min_driver_version": "550.90.07"})"; }
void driver_floor(World& w) { w.policy = R"({"min_driver_version": "550.90.08"})"; }
void driver_floor_by_number(World& w) { w.policy = R"({"min_driver_version": "1000.1"})"; }
void driver_floor_below(World& w) { w.policy = R"({"min_driver_version": "99.99"})"; }
void vbios_floor_reached(World& w) { w.policy = R"({"min_vbios_version": "96.00.9F.00.01"})"; }
void vbios_floor(World& w) { w.policy = R"({"min_vbios_version": "96.00.A0.00.00"})"; }
void spt_demanded(World& w) { w.policy = R"({"feature": "spt"})"; }
void is_mpt(World& w) { w.report().field(36).data = {1, 0}; }
void has_no_flag(World& w) { w.report().drop_field(36); }
void fwid_demanded(World& w) { w.policy = R"({"require_fwid": true})"; }
void has_no_fwid(World& w) { w.report().drop_field(20); }
void expired_rim_allowed(World& w) {
    w.policy = R"({"allow_expired_rim": true})";
    w.driver().signer.spec.not_after = w.now - std::chrono::hours{1};
}
void identity_ended_too(World& w) { w.device().chain[1].spec.not_after = w.now - std::chrono::seconds{1}; }
void index_9_tolerated(World& w) {
    w.policy = R"({"ignore_mismatch_at": [9]})";
    w.report().block(9).value = w.random(48);
}
void index_10_differs(World& w) { w.report().block(10).value = w.random(48); }
void cc_mode_demanded(World& w) { w.policy = R"({"require_cc_mode": true})"; }
void cc_mode_off(World& w) { w.report().field(33).data = {0, 0}; }
void duplicates_allowed(World& w) {
    w.policy = R"({"require_unique_devices": false})";
    w.arrange = [](AppraisalRequest& request) {
        request.devices.push_back(request.devices.front());
    };
}

/// The key of a confidential VM, and the nonce that binds a report to it.
Bytes vm_key(World& w) {
    return crypto::PrivateKey::generate(w.trial().crypto(), crypto::KeyType::p384).public_key().spki();
}
void bind_to(World& w, const Bytes& key) {
    const Bytes bound =
        crypto::digest(crypto::Hash::sha256, {as_bytes("assay-gpu-binding/v1"), w.nonce, key});
    w.report().nonce = bound;
}
void bound_to_the_vm(World& w) {
    w.cvm_key = vm_key(w);
    bind_to(w, *w.cvm_key);
}
void vm_has_another_key(World& w) { w.cvm_key = vm_key(w); }
void not_bound(World& w) { w.report().nonce = w.nonce; }

}  // namespace policy_table

std::vector<Row> policy_rows() {
    using gpu::Arch;
    namespace t = policy_table;
    const auto h = Arch::hopper;
    const std::vector<std::string_view> binding{"E_CVM_BINDING", "E_SPDM_NONCE_MISMATCH"};
    return {
        {"policy.driver-floor",
         "A driver below the floor is refused",
         {"GPUV-POL-001"},
         h,
         t::driver_floor_reached,
         t::driver_floor,
         {"E_DRIVER_TOO_OLD"}},
        {"policy.driver-numbers",
         "Driver versions are compared as numbers, not as text",
         {"GPUV-POL-001"},
         h,
         t::driver_floor_below,
         t::driver_floor_by_number,
         {"E_DRIVER_TOO_OLD"}},
        {"policy.vbios-floor",
         "A VBIOS below the floor is refused",
         {"GPUV-POL-001"},
         h,
         t::vbios_floor_reached,
         t::vbios_floor,
         {"E_VBIOS_TOO_OLD"}},
        {"policy.feature",
         "MPT is refused where SPT is demanded",
         {"GPUV-POL-002"},
         h,
         t::spt_demanded,
         t::is_mpt,
         {"E_FEATURE"}},
        {"policy.feature-absent",
         "An absent feature flag is not SPT",
         {"GPUV-POL-002"},
         h,
         t::spt_demanded,
         t::has_no_flag,
         {"E_FEATURE", "E_FIELD_ABSENT"}},
        {"policy.fwid",
         "A report without FWID field is refused where one is demanded",
         {"GPUV-POL-003"},
         h,
         t::fwid_demanded,
         t::has_no_fwid,
         {"E_FIELD_ABSENT", "E_FWID_ABSENT"}},
        {"policy.expired-rim",
         "An expired manifest signer is accepted where the policy allows it",
         {"GPUV-POL-004"},
         h,
         t::expired_rim_allowed},
        {"policy.expired-rim-only",
         "A policy that allows expired manifests allows no expired device",
         {"GPUV-POL-004"},
         h,
         t::expired_rim_allowed,
         t::identity_ended_too,
         {"E_PKI_EXPIRED"}},
        {"policy.tolerated",
         "A mismatch at a tolerated index is accepted",
         {"GPUV-POL-005"},
         h,
         t::index_9_tolerated},
        {"policy.tolerated-only",
         "A mismatch at any other index is refused",
         {"GPUV-POL-005"},
         h,
         t::index_9_tolerated,
         t::index_10_differs,
         {"E_MEAS_MISMATCH"}},
        {"policy.cc-mode",
         "A GPU whose report shows confidential computing off is refused where it is demanded",
         {"GPUV-POL-006"},
         Arch::blackwell,
         t::cc_mode_demanded,
         t::cc_mode_off,
         {"E_CC_MODE"}},
        {"policy.duplicates",
         "The same device twice is accepted where the policy says so",
         {"GPUV-POL-007"},
         h,
         t::duplicates_allowed},
        {"policy.binding",
         "Evidence bound to another confidential VM's key is refused",
         {"GPUV-POL-008"},
         h,
         t::bound_to_the_vm,
         t::vm_has_another_key,
         binding},
        {"policy.binding-missing",
         "Evidence bound to no confidential VM is refused where it must be",
         {"GPUV-POL-008"},
         h,
         t::bound_to_the_vm,
         t::not_bound,
         binding},
    };
}

}  // namespace assay::conformance::gpu_appraisal
