// One fault in what a manifest says; it is signed as it is.
#include "conformance/suites/gpu_appraisal/row.hpp"

namespace assay::conformance::gpu_appraisal {
namespace manifest_table {

void replace(std::string& text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::logic_error("forge: nothing to replace");
    text.replace(at, from.size(), to);
}

void driver_version(World& w) { w.driver().version = "550.90.08"; }
void vbios_version(World& w) { w.vbios().version = "96.00.9F.00.02"; }
void driver_missing(World& w) { w.manifests.erase(w.manifests.begin()); }
void vbios_missing(World& w) { w.manifests.pop_back(); }
void all_missing(World& w) { w.manifests.clear(); }
void of_another_product(World& w) { w.driver().product = "GB100"; }
void of_another_edition(World& w) { w.driver().edition = "SWITCH"; }
void no_version(World& w) {
    w.driver().before_signing = [](std::string& text) {
        replace(text, " colloquialVersion=\"550.90.07\"", "");
    };
}
void no_meta(World& w) {
    w.driver().before_signing = [](std::string& text) {
        const auto at = text.find("<ns0:Meta");
        text.erase(at, text.find("/>", at) + 2 - at);
    };
}
void two_metas(World& w) {
    w.driver().before_signing = [](std::string& text) {
        const auto at = text.find("<ns0:Meta");
        const auto end = text.find("/>", at) + 2;
        text.insert(end, text.substr(at, end - at));
    };
}
void no_manufacturer(World& w) {
    w.driver().before_signing = [](std::string& text) {
        replace(text, " ns1:FirmwareManufacturerId=\"5703\"", "");
    };
}
void no_resources(World& w) { w.driver().goldens.clear(); }
void nothing_active(World& w) {
    for (ManifestPlan& manifest : w.manifests)
        for (Golden& golden : manifest.goldens) golden.active = false;
}
void active_twice(World& w) {
    Golden second = w.driver().golden(21);
    second.hashes = {to_hex(w.random(48))};
    w.driver().goldens.push_back(second);
}
void conflict(World& w) {
    w.vbios().golden(21).active = true;
    w.vbios().golden(21).hashes = w.driver().golden(21).hashes;
}
void alternatives_zero(World& w) { w.driver().golden(21).alternatives = "0"; }
void alternatives_high(World& w) { w.driver().golden(21).alternatives = "2"; }
void alternatives_text(World& w) { w.driver().golden(21).alternatives = "xyz"; }
void no_hash(World& w) {
    w.driver().golden(21).hashes.clear();
    w.driver().golden(21).alternatives = "1";
}
void hash_short(World& w) { w.driver().golden(21).hashes[0].resize(94); }
void hash_of_32(World& w) {
    w.driver().golden(21).hashes[0].resize(64);
    w.driver().golden(21).size = "32";
}
void prefix_of_one_byte(World& w) {
    w.driver().golden(21).hashes[0].resize(2);
    w.driver().golden(21).size = "1";
}
void hash_odd(World& w) { w.driver().golden(21).hashes[0].resize(95); }
void hash_not_hex(World& w) { w.driver().golden(21).hashes[0][0] = 'g'; }
void size_other(World& w) { w.driver().golden(21).size = "32"; }
void no_size(World& w) {
    w.driver().before_signing = [](std::string& text) {
        replace(text, "name=\"Measurement_21\" size=\"48\"", "name=\"Measurement_21\"");
    };
}
void no_index(World& w) {
    w.driver().before_signing = [](std::string& text) {
        replace(text, " index=\"21\"", "");
    };
}
void index_text(World& w) { w.driver().golden(21).index_text = "twenty-one"; }
void index_negative(World& w) { w.driver().golden(21).index_text = "-1"; }
void index_beyond(World& w) { w.driver().golden(21).index_text = "64"; }
void hash_of_another_algorithm(World& w) {
    w.driver().before_signing = [](std::string& text) {
        // Hash0 of index 21 under the namespace of SHA-256.
        const auto at = text.find("index=\"21\"");
        const auto hash = text.find("ns2:Hash0", at);
        text.replace(hash, 9, "x:Hash0");
        text.insert(hash, "xmlns:x=\"http://www.w3.org/2001/04/xmlenc#sha256\" ");
    };
}
void signer_ended(World& w) { w.driver().signer.spec.not_after = w.now - std::chrono::seconds{1}; }
void signer_not_begun(World& w) { w.driver().signer.spec.not_before = w.now + std::chrono::seconds{1}; }
void authority_ended(World& w) { w.manifest_authorities[0].spec.not_after = w.now - std::chrono::seconds{1}; }
void other_anchor(World& w) { w.manifest_roots = {w.stranger(w.manifest_authorities[2])}; }
void device_anchor(World& w) {
    w.arrange = [](AppraisalRequest& request) {
        request.references.rim_roots = request.references.device_roots;
    };
}
void signer_forged(World& w) { w.driver().signer.forged = true; }
void signer_may_not_sign(World& w) { w.driver().signer.spec.key_usage = {"keyAgreement"}; }

}  // namespace manifest_table

std::vector<Row> manifest_rows() {
    using gpu::Arch;
    namespace t = manifest_table;
    const auto h = Arch::hopper;
    const std::vector<std::string_view> schema{"E_RIM_SCHEMA"}, format{"E_RIM_FORMAT", "E_RIM_SCHEMA"},
        missing{"E_RIM_UNAVAILABLE"};
    return {
        {"rim.driver-version",
         "A manifest of another driver is refused",
         {"GPUV-RIM-001"},
         h,
         nullptr,
         t::driver_version,
         {"E_RIM_VERSION_DRIVER", "E_RIM_ID_MISMATCH"},
         {},
         505},
        {"rim.vbios-version",
         "A manifest of another VBIOS is refused",
         {"GPUV-RIM-001"},
         h,
         nullptr,
         t::vbios_version,
         {"E_RIM_VERSION_VBIOS", "E_RIM_ID_MISMATCH"},
         {},
         506},
        {"rim.switch-version",
         "A manifest of another NVSwitch BIOS is refused",
         {"GPUV-RIM-001"},
         Arch::ls10,
         nullptr,
         t::vbios_version,
         {"E_RIM_VERSION_VBIOS", "E_RIM_ID_MISMATCH"},
         {},
         604},
        {"rim.driver-missing",
         "Without a driver manifest evidence is refused",
         {"GPUV-RIM-002"},
         h,
         nullptr,
         t::driver_missing,
         missing,
         {},
         104},
        {"rim.vbios-missing",
         "Without a VBIOS manifest evidence is refused",
         {"GPUV-RIM-002"},
         h,
         nullptr,
         t::vbios_missing,
         missing},
        {"rim.none",
         "Without manifests evidence is refused",
         {"GPUV-RIM-002"},
         h,
         nullptr,
         t::all_missing,
         {"E_RIM_UNAVAILABLE", "E_MEAS_NO_REFERENCE"}},
        {"rim.product",
         "A manifest of another product is refused",
         {"GPUV-RIM-003"},
         h,
         nullptr,
         t::of_another_product,
         {"E_RIM_ID_MISMATCH", "E_RIM_UNAVAILABLE", "E_RIM_VERSION_DRIVER", "E_RIM_SCHEMA"}},
        {"rim.edition",
         "A manifest of another edition is refused",
         {"GPUV-RIM-003"},
         h,
         nullptr,
         t::of_another_edition,
         {"E_RIM_ID_MISMATCH", "E_RIM_UNAVAILABLE", "E_RIM_VERSION_DRIVER", "E_RIM_SCHEMA"}},
        {"rim.no-version",
         "A manifest without a version is refused",
         {"GPUV-RIM-004"},
         h,
         nullptr,
         t::no_version,
         {"E_RIM_SCHEMA", "E_RIM_VERSION_DRIVER", "E_RIM_UNAVAILABLE"}},
        {"rim.no-meta",
         "A manifest without Meta is refused",
         {"GPUV-RIM-004"},
         h,
         nullptr,
         t::no_meta,
         {"E_RIM_SCHEMA", "E_RIM_VERSION_DRIVER", "E_RIM_UNAVAILABLE"}},
        {"rim.two-metas",
         "A manifest with two Metas is refused",
         {"GPUV-RIM-004"},
         h,
         nullptr,
         t::two_metas,
         schema,
         {},
         106},
        {"rim.no-manufacturer",
         "A manifest without manufacturer is refused",
         {"GPUV-RIM-004"},
         h,
         nullptr,
         t::no_manufacturer,
         schema,
         {},
         106},
        {"rim.no-resources",
         "A manifest without resources is refused",
         {"GPUV-RIM-005"},
         h,
         nullptr,
         t::no_resources,
         schema},
        {"rim.nothing-active",
         "Manifests that compare nothing are refused",
         {"GPUV-RIM-005"},
         h,
         nullptr,
         t::nothing_active,
         {"E_MEAS_NO_REFERENCE", "E_RIM_SCHEMA"}},
        {"rim.active-twice",
         "An index that is active twice is refused",
         {"GPUV-RIM-005"},
         h,
         nullptr,
         t::active_twice,
         {"E_RIM_SCHEMA", "E_RIM_CONFLICT"},
         {},
         106},
        {"rim.conflict",
         "An index that both manifests claim is refused",
         {"GPUV-RIM-005"},
         h,
         nullptr,
         t::conflict,
         {"E_RIM_CONFLICT"},
         {},
         108},
        {"rim.alternatives-zero",
         "A golden with no alternative is refused",
         {"GPUV-RIM-006"},
         h,
         nullptr,
         t::alternatives_zero,
         format},
        {"rim.alternatives-high",
         "A golden with fewer hashes than alternatives is refused",
         {"GPUV-RIM-006"},
         h,
         nullptr,
         t::alternatives_high,
         format},
        {"rim.alternatives-text",
         "A golden whose alternatives is no number is refused",
         {"GPUV-RIM-006"},
         h,
         nullptr,
         t::alternatives_text,
         format},
        {"rim.no-hash",
         "A golden without hash is refused",
         {"GPUV-RIM-006"},
         h,
         nullptr,
         t::no_hash,
         format,
         {},
         106},
        {"rim.hash-short",
         "A golden of 47 bytes is refused",
         {"GPUV-RIM-007"},
         h,
         nullptr,
         t::hash_short,
         format},
        {"rim.hash-32",
         "A golden of 32 bytes is refused",
         {"GPUV-RIM-007"},
         h,
         nullptr,
         t::hash_of_32,
         {"E_RIM_FORMAT", "E_RIM_SCHEMA", "E_MEAS_MISMATCH"}},
        {"rim.hash-prefix",
         "A golden of one byte matches nothing",
         {"GPUV-RIM-007"},
         h,
         nullptr,
         t::prefix_of_one_byte,
         {"E_RIM_FORMAT", "E_RIM_SCHEMA", "E_MEAS_MISMATCH"}},
        {"rim.hash-odd",
         "A golden with half a byte is refused",
         {"GPUV-RIM-007"},
         h,
         nullptr,
         t::hash_odd,
         format},
        {"rim.hash-not-hex",
         "A golden that is not hexadecimal is refused",
         {"GPUV-RIM-007"},
         h,
         nullptr,
         t::hash_not_hex,
         format},
        {"rim.size",
         "A golden whose size is not its length is refused",
         {"GPUV-RIM-007"},
         h,
         nullptr,
         t::size_other,
         format},
        {"rim.no-size", "A golden without size is refused", {"GPUV-RIM-006"}, h, nullptr, t::no_size, format},
        {"rim.no-index",
         "A golden without index is refused",
         {"GPUV-RIM-006"},
         h,
         nullptr,
         t::no_index,
         format},
        {"rim.index-text",
         "An index that is no number is refused",
         {"GPUV-RIM-006"},
         h,
         nullptr,
         t::index_text,
         format},
        {"rim.index-negative",
         "A negative index is refused",
         {"GPUV-RIM-006"},
         h,
         nullptr,
         t::index_negative,
         format},
        {"rim.index-beyond",
         "A golden of an index that does not exist never matches",
         {"GPUV-RIM-006"},
         h,
         nullptr,
         t::index_beyond,
         {"E_RIM_FORMAT", "E_RIM_SCHEMA", "E_MEAS_MISSING"}},
        {"rim.hash-namespace",
         "A hash of another algorithm is no golden",
         {"GPUV-RIM-007"},
         h,
         nullptr,
         t::hash_of_another_algorithm,
         format},
        {"rim.expired",
         "A manifest whose signer has expired is refused",
         {"GPUV-RIM-008"},
         h,
         nullptr,
         t::signer_ended,
         {"E_PKI_EXPIRED"}},
        {"rim.not-yet-valid",
         "A manifest whose signer is not valid yet is refused",
         {"GPUV-RIM-008"},
         h,
         nullptr,
         t::signer_not_begun,
         {"E_PKI_NOT_YET_VALID"}},
        {"rim.expired-issuer",
         "A manifest whose signer's issuer has expired is refused",
         {"GPUV-RIM-008"},
         h,
         nullptr,
         t::authority_ended,
         {"E_PKI_EXPIRED"}},
        {"rim.other-root",
         "A manifest of another root with the pinned name is refused",
         {"GPUV-RIM-009"},
         h,
         nullptr,
         t::other_anchor,
         {"E_PKI_UNTRUSTED_ROOT", "E_PKI_SIGNATURE"},
         {},
         802},
        {"rim.device-root",
         "A device root does not vouch for manifests",
         {"GPUV-RIM-009"},
         h,
         nullptr,
         t::device_anchor,
         {"E_PKI_UNTRUSTED_ROOT"}},
        {"rim.signer-forged",
         "A signer that its authority did not certify is refused",
         {"GPUV-RIM-009"},
         h,
         nullptr,
         t::signer_forged,
         {"E_PKI_SIGNATURE"}},
        {"rim.signer-usage",
         "A signer whose key may not sign is refused",
         {"GPUV-RIM-009"},
         h,
         nullptr,
         t::signer_may_not_sign,
         {"E_PKI_KEY_USAGE"}},
    };
}

}  // namespace assay::conformance::gpu_appraisal
