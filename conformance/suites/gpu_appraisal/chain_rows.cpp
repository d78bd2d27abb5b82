// One fault in the device's certificate chain, or between chain and report.
#include <algorithm>

#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance::gpu_appraisal {
namespace chain_table {

void leaf_of_another(World& w) {
    // A second, valid device of the same vendor gives its chain to the first one's report.
    w.add_device(gpu::Arch::hopper);
    w.arrange = [](AppraisalRequest& request) {
        request.devices[0].chain_pem = request.devices[1].chain_pem;
        request.devices.pop_back();
    };
}
void fwid_differs(World& w) { w.device().fwid[47] = static_cast<std::uint8_t>(w.device().fwid[47] ^ 1); }
void fwid_field_differs(World& w) {
    Bytes& field = w.report().field(20).data;
    field[0] = static_cast<std::uint8_t>(field[0] ^ 1);
}
void fwid_absent(World& w) { w.device().fwid_extension = false; }
void root_of_the_same_name(World& w) { w.device_roots = {w.stranger(w.device_authorities[2])}; }
void no_root_pinned(World& w) { w.device_roots = std::vector<crypto::Certificate>{}; }
void manifest_root_pinned_for_devices(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        request.references.device_roots = request.references.rim_roots;
    };
}
void without(World& w, std::ptrdiff_t place) {
    w.device().arrange = [place](auto& chain) {
        chain.erase(chain.begin() + place);
    };
}
void without_identity(World& w) { without(w, 1); }
void without_provisioner(World& w) { without(w, 2); }
void without_root(World& w) { without(w, 4); }
void leaf_alone(World& w) {
    w.device().arrange = [](auto& chain) {
        chain.erase(chain.begin() + 1, chain.end());
    };
}
void root_twice(World& w) {
    w.device().arrange = [](auto& chain) {
        chain.push_back(chain.back());
    };
}
void swapped(World& w) {
    w.device().arrange = [](auto& chain) {
        std::swap(chain[2], chain[3]);
    };
}
void root_first(World& w) {
    w.device().arrange = [](auto& chain) {
        std::ranges::reverse(chain);
    };
}
void empty(World& w) {
    w.device().after_pem = [](std::string& pem) {
        pem.clear();
    };
}
void not_a_certificate(World& w) {
    w.device().after_pem = [](std::string& pem) {
        pem[pem.find('\n') + 5] = '!';
    };
}
void cut_off(World& w) {
    w.device().after_pem = [](std::string& pem) {
        pem.resize(pem.size() - 60);
    };
}
void identity_ended(World& w) { w.device().chain[1].spec.not_after = w.now - std::chrono::seconds{1}; }
void leaf_not_begun(World& w) { w.device().chain[0].spec.not_before = w.now + std::chrono::seconds{1}; }
void provisioner_ended(World& w) { w.device_authorities[0].spec.not_after = w.now - std::chrono::hours{24}; }
void leaf_forged(World& w) { w.device().chain[0].forged = true; }
void identity_forged(World& w) { w.device().chain[1].forged = true; }
void issuer_is_no_ca(World& w) { w.device().chain[1].spec.ca = false; }
void issuer_may_not_issue(World& w) { w.device_authorities[0].spec.key_usage = {"cRLSign"}; }
void leaf_may_not_sign(World& w) { w.device().chain[0].spec.key_usage = {"keyAgreement"}; }
void path_too_long(World& w) { w.device_authorities[1].spec.path_length = 0; }
void critical_unknown(World& w) {
    w.device().chain[0].spec.extensions.push_back({"1.3.6.1.4.1.99999.1", true, Bytes{5, 0}});
}
void leaf_of_p256(World& w) { w.device().chain[0].key = crypto::KeyType::p256; }
void identity_of_p256(World& w) { w.device().chain[1].key = crypto::KeyType::p256; }
void signed_with_sha1(World& w) { w.device().chain[0].hash = crypto::Hash::sha1; }
void fwid_malformed(World& w) {
    w.device().fwid_extension = false;
    w.device().chain[0].spec.extensions.push_back({"2.23.133.5.4.1", false, Bytes{0x30, 2, 2, 1}});
}
void architecture_of_another(World& w) { w.device().arch = gpu::Arch::blackwell; }

}  // namespace chain_table

std::vector<Row> chain_rows() {
    using gpu::Arch;
    namespace t = chain_table;
    const auto h = Arch::hopper;
    const std::vector<std::string_view> root{"E_PKI_UNTRUSTED_ROOT"},
        length{"E_PKI_CHAIN_LENGTH", "E_PKI_ISSUER", "E_PKI_SIGNATURE", "E_PKI_UNTRUSTED_ROOT"},
        order{"E_PKI_ISSUER", "E_PKI_SIGNATURE", "E_PKI_UNTRUSTED_ROOT"}, expired{"E_PKI_EXPIRED"};
    return {
        {"chain.other-device",
         "The chain of another device is refused",
         {"GPUV-CHN-001"},
         h,
         nullptr,
         t::leaf_of_another,
         {"E_SPDM_SIGNATURE", "E_FWID_MISMATCH"},
         {},
         508},
        {"chain.fwid-differs",
         "A firmware identity that is not the report's is refused",
         {"GPUV-CHN-002"},
         h,
         nullptr,
         t::fwid_differs,
         {"E_FWID_MISMATCH"},
         {},
         507},
        {"chain.fwid-field",
         "An FWID field that is not the certificate's is refused",
         {"GPUV-CHN-002"},
         Arch::blackwell,
         nullptr,
         t::fwid_field_differs,
         {"E_FWID_MISMATCH"},
         {},
         507},
        {"chain.fwid-absent",
         "A leaf without firmware identity is refused",
         {"GPUV-CHN-002"},
         h,
         nullptr,
         t::fwid_absent,
         {"E_FWID_ABSENT"},
         {},
         800},
        {"chain.fwid-malformed",
         "A malformed firmware identity is refused",
         {"GPUV-CHN-002"},
         h,
         nullptr,
         t::fwid_malformed,
         {"E_FWID_FORMAT", "E_FWID_MISMATCH"}},
        {"chain.root-name",
         "A root with the pinned name and another key is refused",
         {"GPUV-CHN-003"},
         h,
         nullptr,
         t::root_of_the_same_name,
         {"E_PKI_UNTRUSTED_ROOT", "E_PKI_SIGNATURE"},
         {},
         802},
        {"chain.root-none",
         "Without a pinned root nothing is trusted",
         {"GPUV-CHN-003"},
         h,
         nullptr,
         t::no_root_pinned,
         root},
        {"chain.root-kind",
         "A manifest root does not vouch for devices",
         {"GPUV-CHN-003"},
         h,
         nullptr,
         t::manifest_root_pinned_for_devices,
         root},
        {"chain.no-identity",
         "A chain without the device identity is refused",
         {"GPUV-CHN-004"},
         h,
         nullptr,
         t::without_identity,
         length,
         {},
         802},
        {"chain.no-provisioner",
         "A chain without an intermediate is refused",
         {"GPUV-CHN-004"},
         h,
         nullptr,
         t::without_provisioner,
         length},
        {"chain.no-root",
         "A chain of four certificates is refused",
         {"GPUV-CHN-004"},
         h,
         nullptr,
         t::without_root,
         {"E_PKI_CHAIN_LENGTH"}},
        {"chain.leaf-alone", "A leaf alone is refused", {"GPUV-CHN-004"}, h, nullptr, t::leaf_alone, length},
        {"chain.six",
         "A chain of six certificates is refused",
         {"GPUV-CHN-004"},
         h,
         nullptr,
         t::root_twice,
         {"E_PKI_CHAIN_LENGTH", "E_PKI_ISSUER"}},
        {"chain.order",
         "Certificates out of order are refused",
         {"GPUV-CHN-004"},
         h,
         nullptr,
         t::swapped,
         order,
         {},
         802},
        {"chain.reversed",
         "A chain with the root first is refused",
         {"GPUV-CHN-004"},
         h,
         nullptr,
         t::root_first,
         {"E_PKI_ISSUER", "E_PKI_SIGNATURE", "E_PKI_UNTRUSTED_ROOT", "E_SPDM_SIGNATURE", "E_ARCH",
          "E_PKI_KEY_USAGE"}},
        {"chain.empty",
         "Evidence without certificates is refused",
         {"GPUV-CHN-005"},
         h,
         nullptr,
         t::empty,
         {"E_PKI_PARSE", "E_PKI_CHAIN_LENGTH"}},
        {"chain.not-base64",
         "A certificate that is not base64 is refused",
         {"GPUV-CHN-005"},
         h,
         nullptr,
         t::not_a_certificate,
         {"E_PKI_PARSE"},
         {},
         2},
        {"chain.cut-off",
         "A certificate cut off is refused",
         {"GPUV-CHN-005"},
         h,
         nullptr,
         t::cut_off,
         {"E_PKI_PARSE"}},
        {"chain.expired",
         "An expired device identity is refused",
         {"GPUV-CHN-006"},
         h,
         nullptr,
         t::identity_ended,
         expired},
        {"chain.expired-issuer",
         "An expired intermediate is refused",
         {"GPUV-CHN-006"},
         h,
         nullptr,
         t::provisioner_ended,
         expired},
        {"chain.not-yet-valid",
         "A leaf that is not valid yet is refused",
         {"GPUV-CHN-006"},
         h,
         nullptr,
         t::leaf_not_begun,
         {"E_PKI_NOT_YET_VALID"}},
        {"chain.leaf-forged",
         "A leaf that the identity did not sign is refused",
         {"GPUV-CHN-007"},
         h,
         nullptr,
         t::leaf_forged,
         {"E_PKI_SIGNATURE"},
         {},
         802},
        {"chain.identity-forged",
         "A device identity that no provisioner signed is refused",
         {"GPUV-CHN-007"},
         h,
         nullptr,
         t::identity_forged,
         {"E_PKI_SIGNATURE"}},
        {"chain.not-ca",
         "A device identity that is no CA cannot issue",
         {"GPUV-CHN-008"},
         h,
         nullptr,
         t::issuer_is_no_ca,
         {"E_PKI_NOT_CA"}},
        {"chain.ca-usage",
         "An issuer without keyCertSign cannot issue",
         {"GPUV-CHN-008"},
         h,
         nullptr,
         t::issuer_may_not_issue,
         {"E_PKI_NOT_CA", "E_PKI_KEY_USAGE"}},
        {"chain.leaf-usage",
         "A leaf that may not sign is refused",
         {"GPUV-CHN-008"},
         h,
         nullptr,
         t::leaf_may_not_sign,
         {"E_PKI_KEY_USAGE"}},
        {"chain.path-length",
         "A chain longer than a path length constraint is refused",
         {"GPUV-CHN-008"},
         h,
         nullptr,
         t::path_too_long,
         {"E_PKI_PATHLEN"}},
        {"chain.critical",
         "An unknown critical extension is refused",
         {"GPUV-CHN-009"},
         h,
         nullptr,
         t::critical_unknown,
         {"E_PKI_CRITICAL_EXT"}},
        {"chain.leaf-p256",
         "A leaf with a P-256 key is refused",
         {"GPUV-CHN-010"},
         h,
         nullptr,
         t::leaf_of_p256,
         {"E_PKI_ALGORITHM", "E_SPDM_SIGNATURE", "E_KEY_INVALID"}},
        {"chain.identity-p256",
         "A device identity with a P-256 key is refused",
         {"GPUV-CHN-012"},
         h,
         nullptr,
         t::identity_of_p256,
         {"E_PKI_ALGORITHM", "E_KEY_INVALID", "E_FWID_FORMAT"}},
        {"chain.sha1",
         "A certificate signed with SHA-1 is refused",
         {"GPUV-CHN-010"},
         h,
         nullptr,
         t::signed_with_sha1,
         {"E_PKI_ALGORITHM", "E_PKI_SIGNATURE"}},
        {"chain.architecture",
         "An architecture that is not the certificates' is refused",
         {"GPUV-CHN-011"},
         h,
         nullptr,
         t::architecture_of_another,
         {"E_ARCH"},
         {},
         502},
    };
}

}  // namespace assay::conformance::gpu_appraisal
